using Xunit;
using DiagnosticProcess = global::System.Diagnostics.Process;
using ProcessStartInfo = global::System.Diagnostics.ProcessStartInfo;

namespace Backup.Tests.System;

/// <summary>systemd's own word on the files of the package, and dpkg's on the package.</summary>
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

    [NeedsFact(root: false, "dpkg-deb", "dpkg", "md5sum")]
    public async Task The_package_holds_program_service_and_pages_and_all_of_it_belongs_to_root()
    {
        var packaging = Path.GetDirectoryName(Packaging)!;
        await Shell.Run(
            Path.Combine(packaging, "build-deb"), "--program", AppContext.BaseDirectory, "--fast", "--version", "9.8.7",
            "--output", _root);
        var package = Assert.Single(Directory.GetFiles(_root, "backup-node_9.8.7_*.deb"));

        var listed = (await Said("dpkg-deb", "--contents", package)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.All(listed, line => Assert.Equal("root/root", line[1]));
        Assert.All(listed, line => Assert.Matches("^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x|lrwxrwxrwx)$", line[0]));
        var modes = listed.ToDictionary(line => line[5][1..], line => line[0]);
        foreach (var file in (string[])
            [
                "/etc/backup/node.conf", "/usr/lib/systemd/system/backup-node.service",
                "/usr/lib/sysusers.d/backup-node.conf", "/usr/lib/tmpfiles.d/backup-node.conf",
                "/usr/share/backup/systemd/no-client.conf", "/usr/share/backup/systemd/read-only-client.conf",
                "/usr/share/doc/backup-node/services.md", "/usr/share/doc/backup-node/formats/index.md",
                "/usr/share/doc/backup-node/examples/reference.conf",
                "/usr/share/doc/backup-node/examples/storage.conf",
                "/usr/share/bash-completion/completions/backup", "/usr/share/zsh/vendor-completions/_backup",
                "/usr/share/fish/vendor_completions.d/backup.fish",
            ])
            Assert.Equal((file, "-rw-r--r--"), (file, modes.GetValueOrDefault(file)));
        Assert.Equal("-rwxr-xr-x", modes["/usr/lib/backup/backup"]);
        Assert.Equal(("lrwxrwxrwx", "../lib/backup/backup"),
            (modes["/usr/bin/backup"], listed.Single(line => line[5] == "./usr/bin/backup")[7]));
        // Catalog and tapes are somebody's: the package makes their folder by tmpfiles.d and never owns it.
        Assert.DoesNotContain(modes.Keys, file => file.StartsWith("/var", StringComparison.Ordinal));

        var fields = await Said("dpkg-deb", "--field", package);
        Assert.Matches("(?m)^Package: backup-node$", fields);
        Assert.Matches("(?m)^Version: 9.8.7$", fields);
        Assert.Matches("(?m)^Depends: .*libzstd1", fields);
        Assert.Matches("(?m)^Recommends: aspnetcore-runtime-10.0, systemd$", fields);
        var (control, files) = (Path.Combine(_root, "control"), Path.Combine(_root, "files"));
        await Shell.Run("dpkg-deb", "--control", package, control);
        Assert.Equal(["/etc/backup/node.conf"], await File.ReadAllLinesAsync(Path.Combine(control, "conffiles")));
        foreach (var script in (string[])["postinst", "prerm", "postrm"])
            Assert.True(File.GetUnixFileMode(Path.Combine(control, script)).HasFlag(UnixFileMode.OtherExecute));
        await Shell.Run("dpkg-deb", "--extract", package, files);
        await Shell.Run("sh", "-c", "cd \"$1\" && md5sum --quiet --check \"$2\"", "sh", files,
            Path.Combine(control, "md5sums"));
        // What was installed runs.
        await Shell.Run(
            Path.Combine(files, "usr/bin/backup"), "config", "check", Path.Combine(files, "etc/backup/node.conf"));
    }

    private static async Task<string> Said(string program, params string[] arguments)
    {
        using var process = DiagnosticProcess.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
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
