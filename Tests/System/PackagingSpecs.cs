using Xunit;
using DiagnosticProcess = global::System.Diagnostics.Process;
using ProcessStartInfo = global::System.Diagnostics.ProcessStartInfo;

namespace Backup.Tests.System;

/// <summary>systemd's own word on the files of the package.</summary>
public sealed class PackagingSpecs : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("unit-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>Alone and with each drop-in; an unknown setting, a wrong value or a missing program is a complaint.</summary>
    [NeedsTheory("systemd-analyze")]
    [InlineData(null)]
    [InlineData("no-client.conf")]
    [InlineData("read-only-client.conf")]
    public async Task The_unit_is_verified(string? dropIn)
    {
        var unit = Path.Combine(_root, "backup-node.service");
        var text = await File.ReadAllTextAsync(Path.Combine(Packaging, "backup-node.service"));
        // The program and its pages are not installed where this runs.
        await File.WriteAllTextAsync(unit, text.Replace(
            "/usr/bin/backup ", Path.Combine(AppContext.BaseDirectory, "backup") + " ", StringComparison.Ordinal));
        if (dropIn is not null)
        {
            Directory.CreateDirectory(unit + ".d");
            File.Copy(Path.Combine(Packaging, dropIn), Path.Combine(unit + ".d", dropIn));
        }

        var complaints = await Verify(unit);

        Assert.Equal("", complaints);
        await File.AppendAllTextAsync(unit, "\n[Service]\nNoSuchSetting=yes\n");
        Assert.Contains("NoSuchSetting", await Verify(unit), StringComparison.Ordinal);
    }

    private static string Packaging { get; } = Path.Combine(
        Unit.Docs.Repository.Root, "Cluster.Host", "Packaging", "systemd");

    /// <summary>What it says of our files; of other units of the machine it may say more.</summary>
    private static async Task<string> Verify(string unit)
    {
        using var process = DiagnosticProcess.Start(
            new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", unit])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return string.Join('\n', errors.Split('\n').Where(line =>
            line.Contains("backup-node", StringComparison.Ordinal)
            || line.Contains("client.conf", StringComparison.Ordinal)));
    }
}
