using System.Reflection;
using System.Text.Json;
using Backup.Messages.Operations;

namespace Backup.Host.Operations;

/// <summary>What an operation needs of whoever asks for it.</summary>
public enum Permission
{
    /// <summary>Looks only.</summary>
    Read,

    /// <summary>
    /// Starts and cancels jobs, handles volumes, and makes a node read its configuration again.
    /// </summary>
    Operate,

    /// <summary>Writes to a client's disk.</summary>
    Restore,
}

/// <summary>An operation, said once; command line and HTTP are faces of it.</summary>
/// <param name="Name">As in <c>POST /v1/operations/NAME</c>.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Request">A record of Messages.Operations.</param>
/// <param name="Replies">The usual one first. <see cref="Refused"/> is always possible.</param>
/// <param name="Permission">What it needs.</param>
/// <param name="Refusals">Why it may be refused, besides unavailable.</param>
/// <param name="Command">The command that is its face.</param>
/// <param name="Example">A request.</param>
internal sealed record Operation(
    string Name,
    string Summary,
    Type Request,
    IReadOnlyList<Type> Replies,
    Permission Permission,
    IReadOnlyList<RefusalCode> Refusals,
    string Command,
    IRequest Example)
{
    /// <summary>The arguments, as the request's record has them.</summary>
    public IReadOnlyList<OperationArgument> Arguments { get; } = [.. Request.GetConstructors()
        .MaxBy(constructor => constructor.GetParameters().Length)!.GetParameters().Select(OperationArgument.Of)];
}

/// <summary>An argument of an operation.</summary>
/// <param name="Name">The property in JSON.</param>
/// <param name="Type">In words: text, number, switch, one of …</param>
/// <param name="Default">In JSON; null: it must be given.</param>
internal sealed record OperationArgument(string Name, string Type, string? Default)
{
    public static OperationArgument Of(ParameterInfo parameter) => new(
        JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!),
        TypeOf(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType),
        !parameter.HasDefaultValue ? null
            : parameter.ParameterType.IsEnum
            ? JsonSerializer.Serialize(
                Enum.ToObject(parameter.ParameterType, parameter.DefaultValue!), WireJson.Options)
            : JsonSerializer.Serialize(parameter.DefaultValue, WireJson.Options));

    private static string TypeOf(Type type) =>
        type == typeof(bool) ? "switch"
        : type == typeof(int) || type == typeof(long) || type == typeof(Messages.JobId) ? "number"
        : type.IsEnum ? string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName))
        : typeof(IEnumerable<string>).IsAssignableFrom(type)
            || typeof(IEnumerable<Messages.VolumeName>).IsAssignableFrom(type)
            || typeof(IEnumerable<Messages.PoolName>).IsAssignableFrom(type) ? "list of texts"
        : "text";
}
