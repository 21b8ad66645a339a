namespace Backup.Tests.System.Cluster;

/// <summary>
/// A network namespace for each node and a router between them, which can swallow what one sends to another, without
/// a word to either. Needs root.
/// </summary>
internal sealed class NetworkLab : IAsyncDisposable
{
    private readonly IReadOnlyList<string> _names;
    private readonly string _prefix = $"bk{Environment.ProcessId}x{Random.Shared.Next(1000)}";
    private readonly List<(string From, string To)> _cuts = [];

    private NetworkLab(IReadOnlyList<string> names) => _names = names;

    private string Router => _prefix + "-r";

    /// <summary>Makes the namespaces.</summary>
    public static async Task<NetworkLab> Make(params string[] names)
    {
        var lab = new NetworkLab(names);
        await Ip("netns", "add", lab.Router);
        await Ip("netns", "exec", lab.Router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
        foreach (var name in names) await lab.Connect(name);
        return lab;
    }

    public string NamespaceOf(string name) => $"{_prefix}-{name}";

    public string AddressOf(string name) => $"{NetworkOf(name)}.2";

    /// <summary>What one sends to the other is lost from now on; what the other sends is not.</summary>
    public async Task CutOneWay(string from, string to)
    {
        _cuts.Add((from, to));
        await Rule("add", from, to);
    }

    /// <summary>Nothing gets from one to the other, nor back.</summary>
    public async Task Cut(string one, string other)
    {
        await CutOneWay(one, other);
        await CutOneWay(other, one);
    }

    /// <summary>All is as at first.</summary>
    public async Task Heal()
    {
        foreach (var (from, to) in _cuts) await Rule("del", from, to);
        _cuts.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _names) await Ip("netns", "del", NamespaceOf(name));
        await Ip("netns", "del", Router);
    }

    private string NetworkOf(string name) => $"10.99.{_names.ToList().IndexOf(name) + 1}";

    private async Task Connect(string name)
    {
        var (space, network) = (NamespaceOf(name), NetworkOf(name));
        await Ip("netns", "add", space);
        await Ip("link", "add", "eth0", "netns", space, "type", "veth", "peer", "name", name, "netns", Router);
        await Ip("-n", space, "addr", "add", network + ".2/24", "dev", "eth0");
        await Ip("-n", space, "link", "set", "lo", "up");
        await Ip("-n", space, "link", "set", "eth0", "up");
        await Ip("-n", Router, "addr", "add", network + ".1/24", "dev", name);
        await Ip("-n", Router, "link", "set", name, "up");
        await Ip("-n", space, "route", "add", "default", "via", network + ".1");
    }

    private Task Rule(string verb, string from, string to) =>
        Ip("-n", Router, "rule", verb, "from", AddressOf(from), "to", AddressOf(to), "blackhole");

    private static Task Ip(params string[] arguments) => Shell.Run("ip", arguments);
}
