namespace Backup.Benchmark;

/// <summary>
/// Programs that do the same and are there or not (Debian's packages `restic` and `borgbackup`): an incremental of a
/// tree in which nothing has changed, as each of them makes one, into a store on the same disk.
/// </summary>
/// <param name="tree">The tree.</param>
/// <param name="media">Where their stores go.</param>
internal sealed class Peers(string tree, string media)
{
    private readonly string _store = Path.Combine(media, "peers");
    private readonly List<(string Name, string First, string Next)> _there = [];

    /// <summary>Which are not installed.</summary>
    public IReadOnlyList<string> Missing { get; private set; } = [];

    /// <summary>Each that is there makes a full.</summary>
    public async Task Prepare()
    {
        await Shell.Remove(_store);
        Directory.CreateDirectory(_store);
        var missing = new List<string>();
        foreach (var peer in All())
        {
            if (!IsInstalled(peer.Name))
            {
                missing.Add(peer.Name);
                continue;
            }
            await Shell.Run(peer.First);
            _there.Add(peer);
        }
        Missing = missing;
    }

    /// <summary>How long each takes for an incremental of nothing.</summary>
    /// <param name="round">Gives it a name.</param>
    public async Task<IReadOnlyList<(string Name, double Seconds)>> Unchanged(int round)
    {
        var found = new List<(string, double)>();
        foreach (var (name, _, next) in _there)
        {
            var script = next.Replace("ROUND", $"{round}", StringComparison.Ordinal);
            found.Add((name, (await Shell.Run(script)).Seconds));
        }
        return found;
    }

    private static bool IsInstalled(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, name)));

    /// <summary>Removes what they stored.</summary>
    public Task Remove() => Shell.Remove(_store);

    private IEnumerable<(string Name, string First, string Next)> All()
    {
        var restic = $"RESTIC_PASSWORD=benchmark RESTIC_REPOSITORY='{_store}/restic' RESTIC_CACHE_DIR='{_store}/cache' "
            + "restic -q";
        yield return ("restic", $"{restic} init && {restic} backup '{tree}'", $"{restic} backup '{tree}'");
        var borg = $"BORG_BASE_DIR='{_store}/borg-home' BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes borg";
        yield return (
            "borg", $"{borg} init -e none '{_store}/borg' && {borg} create -C zstd,1 '{_store}/borg::full' '{tree}'",
            $"{borg} create -C zstd,1 '{_store}/borg::next-ROUND' '{tree}'");
    }
}
