using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Backup.Host.Operations;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.Pbm;

/// <summary>What an operator typed, as a request to the gateway.</summary>
/// <param name="Request">Null where something is wrong.</param>
/// <param name="AsJson">Whether the answer is wanted as JSON.</param>
/// <param name="Problem">What is wrong; empty where nothing is.</param>
internal sealed record PbmRequest(IRequest? Request, bool AsJson, string Problem)
{
    /// <summary>Reads the arguments: through the same JSON as HTTP, so that the same values are refused.</summary>
    public static PbmRequest Read(PbmCommand command, IEnumerable<Tuple<string, string>> given)
    {
        var (json, asJson) = (new JsonObject(), false);
        foreach (var (name, value) in given)
        {
            if (name == PbmCommand.JsonSwitch)
            {
                if (Switch(value) is not { } on) return Bad($"Expected {name} on or off, found \"{value}\".");
                asJson = on;
                continue;
            }
            var argument = command.Arguments.FirstOrDefault(each => each.Switch == name || each.Letter == name);
            if (argument is null) return Bad($"{command.Palette} {command.Name} does not take {name}.");
            if (!argument.IsList && json.ContainsKey(argument.Name)) return Bad($"Expected {argument.Switch} once.");
            if (Value(argument, value) is not { } node)
                return Bad($"Expected {argument.Switch} {Expected(argument)}, found \"{value}\".");
            if (!argument.IsList) json[argument.Name] = node;
            else if (json[argument.Name] is JsonArray list) list.Add(node);
            else json[argument.Name] = new JsonArray(node);
        }
        return Finish(command, json, asJson);
    }

    private static PbmRequest Finish(PbmCommand command, JsonObject json, bool asJson)
    {
        foreach (var absent in command.Arguments.Where(each => !json.ContainsKey(each.Name)))
        {
            var isNull = command.Operation.Arguments.Any(each => each.Name == absent.Name && each.Default == "null");
            if (absent.IsList && !isNull) json[absent.Name] = new JsonArray();
            if (absent.IsMandatory)
                return Bad($"{command.Palette} {command.Name} needs {absent.Switch}: {absent.Description}");
        }
        if (command.Operation.Arguments.Any(each => each.Name == "request"))
            json["request"] = RequestId.New().ToString();
        try
        {
            var request = WireJson.Request(json.ToJsonString(WireJson.Options), command.Operation.Request);
            return new PbmRequest((IRequest)request, asJson, "");
        }
        catch (JsonException bad)
        {
            var argument = command.Arguments.FirstOrDefault(each => bad.Path == $"$.{each.Name}");
            return Bad(argument is null
                ? bad.Message
                : $"{argument.Switch} \"{json[argument.Name]}\" is not right: {bad.Message.Split(" Path:")[0]}");
        }
    }

    private static JsonNode? Value(PbmArgument argument, string value) => argument.Type switch
    {
        "switch" => Switch(value),
        "number" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        "number" => null,
        _ when argument.Choices.Count > 0 => argument.Choices.Contains(value) ? value : null,
        _ => value.Length > 0 ? value : null,
    };

    private static string Expected(PbmArgument argument) => argument.Type switch
    {
        "number" => "with a number",
        _ when argument.Choices.Count > 0 => $"with {string.Join(", ", argument.Choices)}",
        _ => "with a text",
    };

    private static bool? Switch(string value) => value switch
    {
        "" or "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        _ => null,
    };

    private static PbmRequest Bad(string problem) => new(null, false, problem);
}
