using System.Text.Json.Nodes;
using Akka.Event;
using Backup.Host.CommandLine;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

public sealed class LogTextSpecs : ActorKit
{
    public LogTextSpecs() : base("akka.loglevel = INFO") =>
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));

    [Theory]
    [InlineData(true, "<4>warning here: a | forged[31m line")]
    [InlineData(false, "Z warning here: a | forged[31m line")]
    public void An_event_is_one_line_that_drives_no_terminal(bool underSystemd, string end) =>
        Assert.EndsWith(end, LogText.Line(
            new Warning("here", typeof(string), "a\nforged\x1b[31m line"), underSystemd), StringComparison.Ordinal);

    [Fact]
    public void As_json_an_event_is_one_object_on_one_line()
    {
        Exception cause;
        try
        {
            throw new IOException("no\nspace");
        }
        catch (IOException thrown)
        {
            cause = thrown;
        }

        var line = LogText.Json(new Error(cause, "here", typeof(string), "a\nforged\x1b[31m \"line\""));

        Assert.DoesNotContain(line, char.IsControl);
        var json = JsonNode.Parse(line)!.AsObject();
        Assert.Equal(["time", "level", "source", "message", "exception"], json.Select(member => member.Key));
        Assert.Matches(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z\z", (string)json["time"]!);
        Assert.Equal(("error", "here", "a\nforged\x1b[31m \"line\""),
            ((string)json["level"]!, (string)json["source"]!, (string)json["message"]!));
        Assert.StartsWith("System.IO.IOException: no\nspace", (string)json["exception"]!, StringComparison.Ordinal);
        Assert.Contains(nameof(As_json_an_event_is_one_object_on_one_line), (string)json["exception"]!,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_names_job_and_image_has_them_as_keys()
    {
        var image = ImageId.New();
        Logging.GetLogger(Sys, "here").Warning("Fragment {0} of job {1}, image {2}", 7, new JobId(12), image);

        var json = JsonNode.Parse(LogText.Json(ExpectMsg<Warning>()))!;

        Assert.Equal((12, image.ToString()), ((int)json["job"]!, (string)json["image"]!));
        Assert.Equal($"Fragment 7 of job 12, image {image}", (string)json["message"]!);
    }

    [Theory]
    [InlineData("akka://backup-local/user/client/job-12-epoch-3", 12)]
    [InlineData("[akka://backup/user/jobs/job-12#77]", 12)]
    [InlineData("akka://backup/user/jobs/job-12/news", 12)]
    [InlineData("[akka://backup/user/jobs/job-12]", 12)]
    [InlineData("akka://backup/user/storage/drive-job-1x-0", null)]
    public void A_session_or_saga_speaks_of_its_job(string source, int? job) =>
        Assert.Equal(job, (int?)JsonNode.Parse(LogText.Json(new Info(source, typeof(string), "said")))!["job"]);
}
