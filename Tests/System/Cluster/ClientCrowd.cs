namespace Backup.Tests.System.Cluster;

/// <summary>Several clients in one process, which die together.</summary>
/// <param name="root">Their data directories and configurations lie in it.</param>
/// <param name="address">Where they listen, each at a port of its own.</param>
internal sealed class ClientCrowd(string root, string address) : IAsyncDisposable
{
    private const int Count = 6;
    private ChildNode? _process;

    public string Address => address;

    /// <summary>The clients, with their configuration and data directory.</summary>
    public IReadOnlyList<(string Name, string File, string Data)> Members { get; } =
    [
        .. Enumerable.Range(2, Count).Select(number =>
            ($"c{number}", Path.Combine(root, $"c{number}.conf"), Path.Combine(root, $"c{number}"))),
    ];

    /// <summary>Starts all; returns when each is a node.</summary>
    public async Task Start() => _process = await ChildNode.Start([.. Members.Select(member => member.File)]);

    /// <summary>Ends all with one SIGKILL.</summary>
    public async Task Kill()
    {
        await _process!.Kill();
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = null;
    }
}
