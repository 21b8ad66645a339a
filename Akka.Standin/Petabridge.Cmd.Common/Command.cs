namespace Petabridge.Cmd;

/// <summary>What an operator typed.</summary>
/// <param name="palette">The palette's name.</param>
/// <param name="name">The command's.</param>
/// <param name="arguments">Switches as typed, each with its value; empty where none stood behind it.</param>
public sealed class Command(string palette, string name, IEnumerable<Tuple<string, string>> arguments)
{
    public string Palette { get; } = palette;

    public string Name { get; } = name;

    public IReadOnlyList<Tuple<string, string>> Arguments { get; } = [.. arguments];
}

/// <summary>Text for the operator. The final one ends the command.</summary>
public class CommandResponse(string msg, bool final = true)
{
    /// <summary>Ends a command and says nothing more.</summary>
    public static readonly CommandResponse Empty = new("");

    public string Msg { get; } = msg;

    public bool Final { get; } = final;
}

/// <summary>Why a command was not done.</summary>
public sealed class ErroredCommandResponse(string msg, bool final = true) : CommandResponse(msg, final);
