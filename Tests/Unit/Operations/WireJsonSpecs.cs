using System.Text.Json;
using Backup.Host.Operations;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Unit.CommandLine;
using Xunit;

namespace Backup.Tests.Unit.Operations;

public sealed class WireJsonSpecs
{
    [Fact]
    public void Every_example_request_and_its_reply_come_back_as_they_were() =>
        Assert.All(OperationTable.All, operation =>
    {
        var json = JsonSerializer.Serialize(operation.Example, operation.Request, WireJson.Options);
        var back = (IRequest)WireJson.Request(json, operation.Request);
        Assert.Equal(json, JsonSerializer.Serialize(back, operation.Request, WireJson.Options));
        var sent = WireJson.Request(WireJson.RequestText(operation.Example, operation.Request), operation.Request);
        Assert.Equal(json, JsonSerializer.Serialize(sent, operation.Request, WireJson.Options));

        var line = WireJson.Line(Replies.Answer(operation.Example));
        var reply = WireJson.Reply(line, OperationTable.ReplyTypes);
        Assert.Contains(reply.GetType(), operation.Replies);
        Assert.Equal(line, WireJson.Line(reply));
    });

    /// <summary>What a user chose is listed, previewed and restored under a name that no configuration has.</summary>
    [Theory]
    [InlineData("home:chosen", true)]
    [InlineData("home", true)]
    [InlineData(":chosen", false)]
    [InlineData("home:other", false)]
    [InlineData("home:chosen:chosen", false)]
    public void The_file_set_of_what_a_user_chose_has_a_name(string fileSet, bool isOne)
    {
        var json = JsonSerializer.Serialize(
            new ListVersions("/etc", FileSet: new FileSetName(fileSet)), WireJson.Options);

        if (isOne) Assert.Equal(new FileSetName(fileSet), ((ListVersions)Read()).FileSet);
        else Assert.ThrowsAny<JsonException>(Read);

        object Read() => WireJson.Request(json, typeof(ListVersions));
    }

    [Fact]
    public void A_request_names_what_is_asked_for_alone_and_an_older_node_understands_it() => Assert.Equal(
        """{"request":"seven","policy":"nightly","noRecord":true}""",
        WireJson.RequestText(
            new RunPolicy(
                new RequestId("seven"), new PolicyName("nightly"), NoRecord: true),
            typeof(RunPolicy)));

    [Fact]
    public void A_reply_has_these_letters() => Assert.Equal(
        """{"schema":"backup/JobsStarted/1","jobs":[12,13],"notes":null,"awaitedUntil":null}""",
        WireJson.Line(new JobsStarted([new JobId(12), new JobId(13)])));

    [Fact]
    public void Words_of_several_parts_have_dashes_and_drives_a_slash()
    {
        var line =
            WireJson.Line(Replies.Details(null) with { Job = Replies.Job(outcome: JobOutcome.CompleteWithExceptions) });

        Assert.Contains("\"outcome\":\"complete-with-exceptions\"", line, StringComparison.Ordinal);
        Assert.Contains("\"drive\":\"tapes/0\"", line, StringComparison.Ordinal);
        Assert.Contains("\"image\":\"71a601c289f659aa9734a6dafc040a96\"", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"request":"a"}""")]
    [InlineData("""{"request":"","policy":"nightly"}""")]
    [InlineData("""{"request":"a","policy":"../etc"}""")]
    [InlineData("""{"request":"a","policy":null}""")]
    [InlineData("""{"request":"a","policy":"nightly","clinet":"web1"}""")]
    public void A_request_that_is_not_right_is_refused(string json) =>
        Assert.Throws<JsonException>(() => WireJson.Request(json, typeof(RunPolicy)));

    [Theory]
    [InlineData("""{"job":0}""")]
    [InlineData("""{"job":"12"}""")]
    [InlineData("""{"job":1.5}""")]
    public void A_job_number_that_is_none_is_refused(string json) =>
        Assert.Throws<JsonException>(() => WireJson.Request(json, typeof(ShowJob)));

    [Theory]
    [InlineData("""{"jobs":[1]}""")]
    [InlineData("""{"schema":"backup/JobsStarted/2","jobs":[1]}""")]
    [InlineData("""{"schema":"backup/String/1"}""")]
    [InlineData("""{"schema":7}""")]
    public void A_reply_of_no_known_schema_is_refused(string json) =>
        Assert.Throws<JsonException>(() => WireJson.Reply(json, OperationTable.ReplyTypes));
}
