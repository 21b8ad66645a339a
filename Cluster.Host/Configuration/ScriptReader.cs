using Backup.Hocon;
using Backup.Messages.Jobs;

namespace Backup.Host.Configuration;

/// <summary>Reads what runs around the work of a policy's jobs, and what a node lets others run.</summary>
/// <param name="scriptDefaults">Defaults of a script.</param>
internal sealed class ScriptReader(HoconObject scriptDefaults)
{
    private const string ScriptForms =
        "a list of scripts such as [{ when = before, command = [/etc/backup/scripts/freeze, db] }]";
    private const string CommandForms =
        "the absolute path of a program and its arguments, as [/etc/backup/notify, web]";
    private static readonly TimeSpan LimitMax = TimeSpan.FromDays(7);

    /// <summary>Null where there are none.</summary>
    public IReadOnlyList<JobScript>? ReadScripts(SettingsSection policy)
    {
        var scripts = policy.Sections("scripts", ScriptForms, scriptDefaults).Select(ReadScript).ToList();
        return scripts.Count == 0 ? null : scripts;
    }

    public JobScript ReadScript(SettingsSection section)
    {
        var command = section.Texts("command", CommandForms);
        if (command.Count > 0 && !Path.IsPathFullyQualified(command[0].Text))
            section.Refuse(command[0].Place, "command", $"found \"{command[0].Text}\"", CommandForms);
        var script = new JobScript(
            section.Choice("where", ("client", ScriptPlace.Client), ("director", ScriptPlace.Director)),
            section.Choice("when", ("before", ScriptMoment.Before), ("after", ScriptMoment.After)),
            [.. command.Select(each => each.Text)],
            section.Choice("on", ("always", ScriptCondition.Always), ("success", ScriptCondition.Success),
                ("failure", ScriptCondition.Failure)),
            section.Switch("abort-on-error"),
            section.Duration("time-limit", TimeSpan.FromMilliseconds(10), LimitMax));
        if (script is { When: ScriptMoment.Before, On: not ScriptCondition.Always })
            section.Refuse("on", "found a condition for a script that runs before", "always, or when = after");
        section.RefuseOtherKeys();
        return script;
    }

    /// <summary>What a node lets others run on it.</summary>
    public static IReadOnlyList<string> ReadAllowed(SettingsSection section)
    {
        const string Forms = "absolute paths of directories and programs such as [/etc/backup/scripts]";
        var texts = section.Texts("scripts", Forms);
        foreach (var (text, place) in texts)
            if (!Path.IsPathFullyQualified(text) || Path.GetFullPath(text).TrimEnd('/') != text.TrimEnd('/'))
                section.Refuse(place, "scripts", $"found \"{text}\"", Forms);
        return texts.Count == 0 ? [] : [.. texts.Select(each => each.Text)];
    }
}
