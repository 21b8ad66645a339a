using Backup.Host.LocalCluster;
using Xunit;

namespace Backup.Tests.Unit.Service;

public sealed class PrivatePostgresSpecs : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly string _place = Directory.CreateTempSubdirectory("backup-postgres-").FullName;

    public void Dispose() => Directory.Delete(_place, recursive: true);

    /// <summary>The stand-in for initdb makes half a directory, says its number and waits.</summary>
    [Fact]
    public async Task A_server_whose_making_was_cancelled_is_not_there_and_nobody_makes_it_any_more()
    {
        const UnixFileMode all = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(_place, all); // it runs as another user where this is root
        var programs = Directory.CreateDirectory(Path.Combine(_place, "bin"), all).FullName;
        var initdb = Path.Combine(programs, "initdb");
        File.WriteAllText(initdb, "#!/bin/sh\nmkdir \"$2\" && echo $$ > \"$2/half\" && exec sleep 60\n");
        File.SetUnixFileMode(initdb, all);
        using var cancel = new CancellationTokenSource();
        var starting = PrivatePostgres.Start(programs, _place, cancel.Token);
        var made = Path.Combine(_place, "postgres");
        await Until(() => Directory.Exists(made)
            && Directory.GetFiles(made, "half", SearchOption.AllDirectories) is [var file]
            && File.ReadAllText(file).EndsWith('\n'));
        var process = int.Parse(File.ReadAllText(
            Directory.GetFiles(made, "half", SearchOption.AllDirectories)[0]), null);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.WaitAsync(Patience));
        Assert.False(Directory.Exists($"/proc/{process}"));
        Assert.False(Directory.Exists(Path.Combine(made, "data")));
    }

    private static async Task Until(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!holds()) await Task.Delay(10, patience.Token);
    }
}
