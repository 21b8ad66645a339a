using System.Text.Json.Serialization.Metadata;
using Backup.Host.CommandLine;
using Backup.Host.Demo;
using Backup.Host.Extract;
using Backup.Host.LocalCluster;
using Backup.Host.Operations;
using Backup.Tests.Unit.Docs;
using Xunit;

namespace Backup.Tests.Unit.Operations;

/// <summary>
/// What a program may rely on: each property of each reply that ever was, with its kind. New ones are appended by
/// <c>BACKUP_WRITE_DOCS=1</c>; none goes or changes.
/// </summary>
public sealed class ReplySchemaSpecs
{
    private static readonly Type[] OfCommands =
    [
        typeof(NodeEvent), typeof(ConfigChecked), typeof(FragmentsListed), typeof(MembersListed),
        typeof(ExtractReport), typeof(DemoReport), typeof(LocalClusterUp), typeof(LocalClusterEnded),
        typeof(LocalClusterStopped), typeof(AuthorityMade), typeof(NodeEnrolled), typeof(CompletionScript),
        typeof(BatchLineBegun), typeof(BatchLineEnded),
    ];

    private static string Golden =>
        Path.Combine(Repository.Root, "Tests", "Unit", "Operations", "ReplySchemas.txt");

    [Fact]
    public void What_a_reply_holds_only_grows()
    {
        var known = File.ReadAllLines(Golden);
        var now = Lines().ToList();
        Assert.Equal("", string.Join('\n', known.Except(now)));
        var added = now.Except(known).ToList();
        if (Environment.GetEnvironmentVariable("BACKUP_WRITE_DOCS") == "1") File.AppendAllLines(Golden, added);
        else Assert.Equal("", string.Join('\n', added));
    }

    private static IEnumerable<string> Lines()
    {
        var seen = new HashSet<Type>();
        var queue = new Queue<Type>(OperationTable.ReplyTypes.Concat(OfCommands));
        while (queue.TryDequeue(out var type))
        {
            if (!seen.Add(type)) continue;
            foreach (var property in WireJson.Options.GetTypeInfo(type).Properties.OrderBy(each => each.Name))
                yield return $"{NameOf(type)}.{property.Name}: {KindOf(property.PropertyType, queue)}";
        }
    }

    private static string KindOf(Type type, Queue<Type> records)
    {
        if (Nullable.GetUnderlyingType(type) is { } value) return KindOf(value, records);
        if (type.IsEnum) return "word";
        if (type == typeof(string) || type == typeof(TimeSpan) || type == typeof(DateTimeOffset)) return "text";
        if (type == typeof(bool)) return "switch";
        if (type.IsPrimitive || type == typeof(Messages.JobId)) return "number";
        var info = WireJson.Options.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Enumerable:
                return $"[{KindOf(info.ElementType!, records)}]";
            case JsonTypeInfoKind.Dictionary:
                return $"{{{KindOf(info.ElementType!, records)}}}";
            case JsonTypeInfoKind.Object:
                records.Enqueue(type);
                return NameOf(type);
            default:
                return "text";
        }
    }

    private static string NameOf(Type type) =>
        type.DeclaringType is { } outer ? $"{outer.Name}.{type.Name}" : type.Name;
}
