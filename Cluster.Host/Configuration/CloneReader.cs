using Backup.Hocon;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Host.Configuration;

/// <summary>Reads the jobs that a policy's jobs begin beside themselves.</summary>
/// <param name="cloneDefaults">Defaults of a clone.</param>
/// <param name="policies">The names of all policies.</param>
/// <param name="pools">The names of all pools.</param>
internal sealed class CloneReader(
    HoconObject cloneDefaults, IReadOnlyCollection<string> policies, IReadOnlyCollection<string> pools)
{
    private const string Forms = "a list of clones such as [{ pool = vault, level = full }]";

    private static readonly string[] Levels =
        ["full", "differential", "incremental", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    private readonly List<(SettingsSection Section, string Policy, CloneSettings Clone)> _read = [];

    /// <summary>Those of a policy.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="policy">Its section.</param>
    public IReadOnlyList<CloneSettings> ReadClones(string name, SettingsSection policy)
    {
        var clones = new List<CloneSettings>();
        foreach (var section in policy.Sections("clones", Forms, cloneDefaults))
        {
            var clone = ReadClone(section);
            if (clone is { Policy: null, Pool: null })
                section.Refuse("pool", "found neither pool nor policy", "another pool, another policy, or both");
            clones.Add(clone);
            if (!policy.IsTemplate) _read.Add((section, name, clone));
        }
        if (clones.Count == 0) return [];
        return clones;
    }

    public CloneSettings ReadClone(SettingsSection section)
    {
        var clone = new CloneSettings(
            section.OptionalReference("policy", "policy", "policies", policies) is { } policy
                ? new PolicyName(policy) : null,
            section.OptionalReference("pool", "pool", "pools", pools) is { } pool ? new PoolName(pool) : null,
            section.OptionalReference("level", "level", "levels", Levels) is { } level ? new LevelWord(level) : null,
            section.Choice("since", ("own", CloneSince.Own), ("same", CloneSince.Same)),
            section.Switch("record"));
        if (clone is { Since: CloneSince.Same, Level: not null })
            section.Refuse("level", "found a level with since = same", "none: it has that of the job that begins it");
        section.RefuseOtherKeys();
        return clone;
    }

    /// <summary>What can be said only when all policies are read.</summary>
    public void Check(IReadOnlyDictionary<string, PolicySettings> all)
    {
        foreach (var (section, name, clone) in _read)
        {
            if (!all.TryGetValue(clone.Policy?.Value ?? name, out var other)) continue;
            if (other.ScriptsOnly)
                section.Refuse(
                    "policy", $"policy \"{other.Name}\" runs scripts alone", "a policy that saves something");
            else if (clone.Since == CloneSince.Same && other.FileSet != all[name].FileSet)
                section.Refuse(
                    "since", $"policy \"{other.Name}\" saves another file set", "own: what is saved is not the same");
        }
    }
}

/// <summary>On what a clone builds.</summary>
public enum CloneSince
{
    /// <summary>On what its own level says.</summary>
    Own,

    /// <summary>On the image on which the job builds that begins it.</summary>
    Same,
}

/// <summary>
/// A job that jobs of a policy begin beside themselves: an entry of <c>backup.policies.NAME.clones</c>.
/// </summary>
/// <param name="Policy">By whose rules; null: by those of the policy itself.</param>
/// <param name="Pool">Null: that policy's.</param>
/// <param name="Level">Null: as the job was asked for that begins it.</param>
/// <param name="Since">On what it builds.</param>
/// <param name="Record">Whether later backups may build on its image.</param>
public sealed record CloneSettings(
    PolicyName? Policy, PoolName? Pool, LevelWord? Level, CloneSince Since, bool Record);
