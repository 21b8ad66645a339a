using Backup.Host.Operations;
using Petabridge.Cmd;

namespace Backup.Host.Pbm;

/// <summary>A command of the console: a face of an operation.</summary>
/// <param name="Palette">The word in front of it.</param>
/// <param name="Name">What is typed.</param>
/// <param name="Operation">What it asks.</param>
/// <param name="Effect">What it does, and what stays.</param>
/// <param name="Without">Arguments of the operation that it does not take.</param>
internal sealed record PbmCommand(
    string Palette, string Name, Operation Operation, string Effect, params string[] Without)
{
    /// <summary>The switch with which every command answers in JSON instead of text.</summary>
    public const string JsonSwitch = "--json";

    /// <summary>In the order of the request's record; the idempotency key is made anew for each command.</summary>
    public IReadOnlyList<PbmArgument> Arguments { get; } = [.. Operation.Arguments
        .Where(argument => argument.Name != "request" && !Without.Contains(argument.Name))
        .Select(PbmArgument.Of)];

    /// <summary>As Petabridge.Cmd wants it.</summary>
    public CommandDefinition Definition()
    {
        var definition = new CommandDefinitionBuilder().WithName(Name).WithDescription(Effect);
        foreach (var argument in Arguments)
        {
            definition.WithArgument(made => made
                .WithName(argument.Name)
                .WithSwitch(argument.Switch)
                .WithSwitch(argument.Letter)
                .WithDescription(argument.Description)
                .IsMandatory(argument.IsMandatory)
                .AllowMultiple(argument.IsList)
                .WithDefaultValues([.. argument.Choices]));
        }
        return definition
            .WithArgument(made => made
                .WithName("json")
                .WithSwitch(JsonSwitch)
                .WithDescription("Answers with one line of JSON: on or off.")
                .WithDefaultValues("on"))
            .Build();
    }
}
