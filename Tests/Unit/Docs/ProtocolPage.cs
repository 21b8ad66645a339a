using System.Text.RegularExpressions;
using Backup.Host.Operations;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Tests.Unit.Docs;

/// <summary>The tables of docs/protocol.md between its marks; what stands around them is written by hand.</summary>
internal static partial class ProtocolPage
{
    /// <summary>The page with its tables made anew.</summary>
    public static string Make(string page) => Marks().Replace(page, found =>
        $"<!-- generated: {found.Groups[1].Value} -->\n{Table(found.Groups[1].Value)}<!-- end -->");

    /// <summary>The messages of the tables that a page has.</summary>
    public static IEnumerable<Type> Named(string page) =>
        Marks().Matches(page).SelectMany(found => Rows(found.Groups[1].Value));

    private static string Table(string mark) =>
        $"| {mark.Split(' ')[^1]} | fields | meaning |\n|---|---|---|\n" + string.Concat(Rows(mark).Select(Row));

    private static IEnumerable<Type> Rows(string mark) => mark switch
    {
        "operation command" => Operations("command"),
        "operation question" => Operations("question"),
        "operation answer" => OperationTable.ReplyTypes.Where(type => type != typeof(Refused))
            .Append(typeof(Refused)),
        "follower message" => [typeof(FollowJob), typeof(JobNews)],
        "job command" => Of(typeof(JobProtocol), "command"),
        "job answer" => Of(typeof(JobProtocol), "answer"),
        "allocator message" => Of(typeof(AllocatorProtocol), "message"),
        "node message" => Of(typeof(NodeProtocol), "message"),
        "client order" => Of(typeof(ClientProtocol), "command"),
        "client report" => Of(typeof(ClientProtocol), "report"),
        "storage order" => Of(typeof(StorageProtocol), "command"),
        "storage report" => Of(typeof(StorageProtocol), "report"),
        "volume work" => Of(typeof(VolumeProtocol), "message"),
        "volume answer" => Of(typeof(VolumeProtocol), "answer"),
        "catalog request" => Of(typeof(CatalogProtocol), "question"),
        "catalog answer" => Of(typeof(CatalogProtocol), "answer"),
        _ => throw new InvalidOperationException($"docs/protocol.md has a mark that is not known: {mark}."),
    };

    private static IEnumerable<Type> Operations(string kind) => OperationTable.All
        .Select(operation => operation.Request).Where(type => ProtocolDocument.KindOf(type) == kind);

    private static IEnumerable<Type> Of(Type protocol, string kind) => ProtocolDocument.Messages
        .Where(type => type.DeclaringType == protocol && ProtocolDocument.KindOf(type) == kind)
        .OrderBy(type => type.MetadataToken);

    private static string Row(Type type)
    {
        var fields = string.Join(", ", ProtocolDocument.FieldsOf(type).Select(field => field.Property.Name));
        return $"| `{ProtocolDocument.NameOf(type)}` | {(fields.Length == 0 ? "–" : fields)} | "
            + $"{MessageProse.Of(type).Replace("|", "\\|", StringComparison.Ordinal)} |\n";
    }

    [GeneratedRegex(@"<!-- generated: ([a-z ]+) -->\n(?:.*\n)*?<!-- end -->")]
    private static partial Regex Marks();
}
