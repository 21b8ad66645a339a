using System.Text.Json.Nodes;
using Backup.Tests.ProtocolClient;
using Backup.Tests.Unit.Docs;
using Xunit;

namespace Backup.Tests.System.Protocol;

/// <summary>
/// Backups and restores by a client that knows docs/protocol.json and the node's socket, and nothing else (S0-30,
/// S0-31).
/// </summary>
public sealed class ConformanceSpecs
{
    private static readonly string Document =
        File.ReadAllText(Path.Combine(Repository.Root, "docs", "protocol.json"));

    private readonly ProtocolClient.Protocol _protocol = new(Document);

    [Fact]
    public async Task A_client_made_of_the_document_alone_backs_up_restores_and_is_refused_as_it_says()
    {
        await using var node = new ConformanceNode();
        await node.Start();
        using var client = new Client(_protocol, node.Socket);
        using var inSolo = new Client(_protocol, node.SoloSocket);
        using var inVain = new Client(_protocol, node.StrandedSocket);

        Assert.Equal(Document, await client.Document());
        await new ConformanceBackup(client, node).Run();
        await new ConformanceRestore(client, node).Run();
        await new ConformanceRefusals(client, inSolo).Run(node);
        foreach (var (name, operation) in _protocol.Operations)
        {
            await client.Send(name, "{\"undescribed\":true}");
            await inVain.Ask(name, operation.Example);
        }

        Assert.Equal(_protocol.Operations.Keys.Order(), client.Asked.Order());
        var provoked = client.Refused.Union(inSolo.Refused).Union(inVain.Refused).ToHashSet();
        Assert.Equal("", string.Join('\n', _protocol.Operations
            .SelectMany(operation => operation.Value.Refusals.Select(code => (Name: operation.Key, Code: code)))
            .Where(documented => documented.Code != "forbidden" // RightsSpecs, ClusterJobSpecs
                && !provoked.Contains(documented) && !ConformanceNode.Elsewhere.Contains(documented))
            .Select(documented => $"{documented.Name}: {documented.Code} was not provoked")));
    }

    [Fact]
    public void The_client_refers_to_nothing_of_the_product()
    {
        var references = typeof(Client).Assembly.GetReferencedAssemblies().Select(name => name.Name!);

        Assert.DoesNotContain(references, name => !name.StartsWith("System", StringComparison.Ordinal)
            && name != "netstandard");
    }

    [Theory]
    [InlineData("""{"schema":"backup/JobsStarted/1","jobs":[1,2],"notes":null,"awaitedUntil":null}""", "")]
    [InlineData("""{"schema":"backup/JobsStarted/1","notes":null,"awaitedUntil":null}""",
        "JobsStarted: jobs is missing.")]
    [InlineData("""{"jobs":[1],"more":1,"notes":null,"awaitedUntil":null}""", "JobsStarted: more is not described.")]
    [InlineData("""{"jobs":[0],"notes":null,"awaitedUntil":null}""", "JobsStarted.jobs[0]: is 0, expected 1 or more.")]
    [InlineData("""{"jobs":[1.5],"notes":null,"awaitedUntil":null}""",
        "JobsStarted.jobs[0]: is 1.5, expected 1 or more.")]
    [InlineData("""{"jobs":[null],"notes":null,"awaitedUntil":null}""", "JobsStarted.jobs[0]: is null.")]
    [InlineData("""{"jobs":null,"notes":null,"awaitedUntil":null}""", "JobsStarted.jobs: is null.")]
    [InlineData("""{"jobs":{},"notes":null,"awaitedUntil":null}""", "JobsStarted.jobs: is no list.")]
    public void An_answer_that_is_not_as_described_is_seen(string reply, string problem) => Assert.Equal(
        problem, string.Join('\n', ValueCheck.Reply(_protocol, "JobsStarted", JsonNode.Parse(reply)!.AsObject())));

    [Theory]
    [InlineData("code", "\"maybe\"", "Refused.code: is \"maybe\", which is no word of the document.")]
    [InlineData("sentence", "7", "Refused.sentence: is 7, expected text.")]
    public void A_word_or_text_that_is_none_is_seen(string field, string value, string problem)
    {
        var reply = new JsonObject { ["code"] = "conflict", ["sentence"] = "No." };
        reply[field] = JsonNode.Parse(value);

        Assert.Equal([problem], ValueCheck.Reply(_protocol, "Refused", reply));
    }
}
