using Backup.Actors.Scheduling;
using Backup.Hocon;
using Backup.Messages.Jobs;

namespace Backup.Host.Configuration;

/// <summary>Reads what runs around the work of a policy's jobs, and what a node lets others run.</summary>
/// <param name="scriptDefaults">Defaults of a script.</param>
/// <param name="messageDefaults">Defaults of a message.</param>
internal sealed class ScriptReader(HoconObject scriptDefaults, HoconObject messageDefaults)
{
    private const string MessageForms =
        "a list of programs such as [{ on = exceptions, command = [/etc/backup/scripts/mail, ops] }]";
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

    /// <summary>Reads <c>backup.messages.NAME</c>.</summary>
    public MessagesSettings ReadMessages(string name, SettingsSection section)
    {
        if (name == RuleWords.NoMessages && !section.IsTemplate)
            section.Refuse("send", $"found messages named \"{name}\"", "another name: this one stands for none");
        var messages = new MessagesSettings(
            name, [.. section.Sections("send", MessageForms, messageDefaults).Select(ReadMessage)]);
        section.RefuseOtherKeys();
        return messages;
    }

    /// <summary>A program that tells of the end of a job.</summary>
    public static MessageSettings ReadMessage(SettingsSection section)
    {
        var message = new MessageSettings(
            Command(section),
            section.Choice("on", ("always", ScriptCondition.Always), ("success", ScriptCondition.Success),
                ("failure", ScriptCondition.Failure), ("exceptions", ScriptCondition.Exceptions)),
            section.Duration("time-limit", TimeSpan.FromMilliseconds(10), LimitMax));
        section.RefuseOtherKeys();
        return message;
    }

    private static string[] Command(SettingsSection section)
    {
        var command = section.Texts("command", CommandForms);
        if (command.Count > 0 && !Path.IsPathFullyQualified(command[0].Text))
            section.Refuse(command[0].Place, "command", $"found \"{command[0].Text}\"", CommandForms);
        return [.. command.Select(each => each.Text)];
    }

    public JobScript ReadScript(SettingsSection section)
    {
        var command = Command(section);
        var script = new JobScript(
            section.Choice("where", ("client", ScriptPlace.Client), ("director", ScriptPlace.Director)),
            section.Choice("when", ("before", ScriptMoment.Before), ("after", ScriptMoment.After)),
            command,
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

/// <summary>Who is told what becomes of jobs (docs/scripts.md).</summary>
/// <param name="Name">Its name.</param>
/// <param name="Send">Programs of the director that tell it, in order.</param>
public sealed record MessagesSettings(string Name, IReadOnlyList<MessageSettings> Send)
{
    /// <summary>The same as scripts around a job.</summary>
    public IReadOnlyList<JobScript> Scripts { get; } = [.. Send.Select(each => new JobScript(
        ScriptPlace.Director, ScriptMoment.After, each.Command, each.On, AbortOnError: false, each.TimeLimit))];
}

/// <summary>A program that tells of the end of a job.</summary>
/// <param name="Command">The absolute path of the program, and its arguments.</param>
/// <param name="On">Of which jobs.</param>
/// <param name="TimeLimit">It is killed after this time.</param>
public sealed record MessageSettings(IReadOnlyList<string> Command, ScriptCondition On, TimeSpan TimeLimit);
