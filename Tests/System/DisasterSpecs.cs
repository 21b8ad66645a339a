using System.Text.RegularExpressions;
using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// Runs the commands of docs/disaster-recovery.md word by word, each way on a machine that has nothing but what the way
/// says. Paths of the page are below a directory of the test.
/// </summary>
public sealed partial class DisasterSpecs : IAsyncLifetime
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "disaster-recovery.md"));

    private readonly string _root = Directory.CreateTempSubdirectory("backup-spec-").FullName;

    public async Task InitializeAsync()
    {
        var bin = Directory.CreateDirectory(Path.Combine(_root, "bin")).FullName;
        var program = Path.Combine(bin, "backup");
        await File.WriteAllTextAsync(
            program, $"#!/bin/sh\nexec dotnet exec '{Path.Combine(AppContext.BaseDirectory, "backup.dll")}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var folder in (string[])["etc/backup", "home", "srv", "mnt/usb", "root"])
            Directory.CreateDirectory(Path.Combine(_root, folder));
        Sources.Fill(Path.Combine(_root, "home"), seed: 7);
        await File.WriteAllTextAsync(
            Path.Combine(_root, "etc/backup/node.conf"), $"{Moved(Blocks("hocon", "").Single())}\nbackup.pbm.enabled = off\n");
        await Prepare();
    }

    public async Task DisposeAsync()
    {
        using var remove = global::System.Diagnostics.Process.Start("rm", ["-rf", _root]);
        await remove.WaitForExitAsync();
    }

    [NeedsFact(root: false, "zstd", "tar")]
    public async Task Each_way_of_the_page_leads_from_an_empty_machine_to_the_files()
    {
        // Nobody but the way itself brings configuration, catalog, copies and bootstrap file, where it says so.
        await Way("bootstrap", keep: ["mnt/usb"]);
        await Way("volumes", keep: []);
        await Way("directory", keep: ["mnt/other"]);
        await Way("scan", keep: ["etc/backup"]);
        await Way("extract", keep: ["mnt/usb"]);
        await Way("plain", keep: []);

        // Whatever else the page shows as commands would be run by nobody
        Assert.Equal(
            ["bootstrap", "directory", "extract", "plain", "scan", "volumes"],
            Fenced().Matches(Page).Where(block => block.Groups[1].Value == "sh").Select(block => block.Groups[2].Value)
                .Distinct().Order(StringComparer.Ordinal));
        Assert.Single(Blocks("hocon", ""));
    }

    private async Task Way(string name, string[] keep)
    {
        var away = Path.Combine(_root, $"away-{name}");
        foreach (var folder in (string[])["etc/backup", "var", "mnt/usb", "mnt/other", "root", "srv/restored"])
        {
            var place = Path.Combine(_root, folder);
            if (keep.Contains(folder) || !Directory.Exists(place)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(away, folder))!);
            Directory.Move(place, Path.Combine(away, folder));
        }
        Directory.CreateDirectory(Path.Combine(_root, "root"));
        var blocks = Blocks("sh", name);
        Assert.NotEmpty(blocks);
        var script = Path.Combine(_root, $"{name}.sh");
        await File.WriteAllTextAsync(script, Moved(string.Concat(blocks)));

        var run = await Run("sh", "-ex", script);

        Assert.True(run.Code == 0, $"{name}: {run.Output}");
        var source = Path.Combine(_root, "home");
        Assert.Empty(NodeFixture.Differences(source, Path.Combine(_root, "srv/restored") + source));
        // The next way has again what this one had not.
        foreach (var folder in (string[])["etc/backup", "var", "mnt/usb", "mnt/other"])
        {
            var kept = Path.Combine(away, folder);
            if (!Directory.Exists(kept)) continue;
            var place = Path.Combine(_root, folder);
            if (Directory.Exists(place)) Directory.Delete(place, recursive: true);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            Directory.Move(kept, place);
        }
    }

    /// <summary>A node backs up, and the catalog itself behind that.</summary>
    private async Task Prepare()
    {
        await using var node = BackupProgram.Start([], ["node", "--config", Path.Combine(_root, "etc/backup/node.conf")]);
        await node.Speaks();
        var run = await Run("backup", "run", "nightly");
        Assert.True(run.Code == 0, run.Output);
        var bootstrap = Path.Combine(_root, "mnt/usb/bootstrap.txt");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!File.Exists(bootstrap)
            || !File.ReadAllText(bootstrap).Contains("Policy=catalog-backup", StringComparison.Ordinal))
        {
            Assert.False(limit.IsCancellationRequested, $"The catalog was not backed up: {node}");
            await Task.Delay(50);
        }
        await node.Signal("TERM");
        await node.Ended();
    }

    private async Task<(int Code, string Output)> Run(string program, params string[] arguments)
    {
        var start = new global::System.Diagnostics.ProcessStartInfo(
            program == "backup" ? Path.Combine(_root, "bin/backup") : program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{Path.Combine(_root, "bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["BACKUP_CONFIG"] = Path.Combine(_root, "etc/backup/node.conf");
        using var process = global::System.Diagnostics.Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }

    /// <summary>The page's absolute paths, below the test's directory.</summary>
    private string Moved(string text) => AbsolutePath().Replace(text, $"{_root}/$1");

    private static IReadOnlyList<string> Blocks(string language, string way) =>
    [
        .. Fenced().Matches(Page).Where(block => block.Groups[1].Value == language && block.Groups[2].Value == way)
            .Select(block => block.Groups[3].Value),
    ];

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Backup.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"(?<![\w.*/])/(srv|var|etc|home|mnt|root)\b")]
    private static partial Regex AbsolutePath();

    [GeneratedRegex(@"^```(\w+) ?(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();
}
