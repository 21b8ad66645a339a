using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Backup.Host.Operations;
using Xunit;

namespace Backup.Tests.Unit.Docs;

/// <summary>
/// What is published is what the types say. After a change: <c>BACKUP_WRITE_DOCS=1 dotnet test --filter
/// ProtocolDocument</c>.
/// </summary>
public sealed class ProtocolDocumentSpecs
{
    private static readonly bool Writes = Environment.GetEnvironmentVariable("BACKUP_WRITE_DOCS") == "1";

    private static string Data => Path.Combine(Repository.Root, "docs", "protocol.json");

    private static string Page => Path.Combine(Repository.Root, "docs", "protocol.md");

    [Fact]
    public void The_document_is_that_of_the_types() => IsMade(Data, ProtocolDocument.Make());

    [Fact]
    public void The_tables_of_the_page_are_those_of_the_types() =>
        IsMade(Page, ProtocolPage.Make(File.ReadAllText(Page)));

    [Fact]
    public void Every_message_stands_in_a_table_that_is_made() => Assert.Equal(
        ProtocolDocument.Messages.Select(ProtocolDocument.NameOf).Order(),
        ProtocolPage.Named(File.ReadAllText(Page)).Select(ProtocolDocument.NameOf).Order());

    /// <summary>A field that is written and not described would surprise whoever has the document alone.</summary>
    [Fact]
    public void What_is_written_as_json_is_what_is_described()
    {
        var seen = new HashSet<Type>();
        var queue = new Queue<Type>(
            OperationTable.All.Select(operation => operation.Request).Concat(OperationTable.ReplyTypes));
        while (queue.TryDequeue(out var type))
        {
            if (Nullable.GetUnderlyingType(type) is { } value) type = value;
            foreach (var argument in type.GenericTypeArguments) queue.Enqueue(argument);
            if (type.Namespace?.StartsWith("Backup.", StringComparison.Ordinal) != true) continue;
            if (type.IsEnum || !ProtocolDocument.IsObject(type) || !seen.Add(type)) continue;
            var written = WireJson.Options.GetTypeInfo(type).Properties;
            Assert.Equal((type.Name, Words(written.Select(property => property.Name))),
                (type.Name, Words(ProtocolDocument.FieldsOf(type)
                    .Select(field => JsonNamingPolicy.CamelCase.ConvertName(field.Property.Name)))));
            foreach (var property in written) queue.Enqueue(property.PropertyType);
        }
        Assert.True(seen.Count > OperationTable.All.Count);
    }

    private static string Words(IEnumerable<string> words) => string.Join(", ", words.Order(StringComparer.Ordinal));

    private static void IsMade(string file, string made)
    {
        if (Writes) File.WriteAllText(file, made);
        var found = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.True(made == found,
            $"{Repository.Name(file)} is not what the types say. Make it anew: "
                + "BACKUP_WRITE_DOCS=1 dotnet test Tests/Unit --filter ProtocolDocument");
    }
}
