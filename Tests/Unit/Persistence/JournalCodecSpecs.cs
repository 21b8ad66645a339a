using System.Reflection;
using System.Text;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Journal;
using Xunit;

namespace Backup.Tests.Unit.Persistence;

public sealed class JournalCodecSpecs
{
    [Fact]
    public void Every_event_comes_back_from_its_bytes()
    {
        Assert.All(JournalSamples.All, happened =>
        {
            var bytes = JournalCodec.ToBytes(happened);
            var back = JournalCodec.FromBytes(JournalCodec.ManifestOf(happened), bytes);

            Assert.IsType(happened.GetType(), back);
            Assert.Equivalent(happened, back, strict: true);
            Assert.Equal(bytes, JournalCodec.ToBytes(back));
        });
    }

    [Fact]
    public void Every_type_of_the_family_has_a_manifest_and_a_sample()
    {
        var family = typeof(IJobEvent).Assembly.GetTypes().Where(type =>
            type.IsAssignableTo(typeof(IJobEvent)) && !type.IsInterface);

        Assert.Equal(Names(family), Names(JournalSamples.All.Select(happened => happened.GetType()).Distinct()));
        Assert.Equal(JournalCodec.Manifests.Order(),
            JournalSamples.All.Select(JournalCodec.ManifestOf).Distinct().Order());
    }

    [Fact]
    public void Every_kind_of_job_and_of_failure_has_a_sample()
    {
        var specs = JournalSamples.All.OfType<JobEvents.Created>().Select(happened => happened.Spec.GetType());
        var failures = JournalSamples.All.OfType<JobEvents.AttemptLost>().Select(happened =>
            happened.Failure.GetType());

        Assert.Equal(Names(typeof(JobSpec).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(JobSpec)))),
            Names(specs.Distinct()));
        Assert.Equal(Names(typeof(JobFailure).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(JobFailure)))),
            Names(failures));
    }

    /// <summary>
    /// The lines of JournalGolden.txt never change and never go; new ones are added. A line that differs means that
    /// journals that people have could not be read any more.
    /// </summary>
    [Fact]
    public void Events_have_the_bytes_that_journals_hold()
    {
        var now = JournalSamples.All.Select(happened =>
            $"{JournalCodec.ManifestOf(happened)} {Encoding.UTF8.GetString(JournalCodec.ToBytes(happened))}");

        Assert.Equal("", string.Join('\n', now.Except(Golden()))); // events without their line
        Assert.Equal(Golden(), now);
    }

    [Fact]
    public void The_bytes_that_journals_hold_are_read()
    {
        Assert.All(Golden().Zip(JournalSamples.All), line =>
        {
            var cut = line.First.IndexOf(' ');
            var read = JournalCodec.FromBytes(line.First[..cut], Encoding.UTF8.GetBytes(line.First[(cut + 1)..]));
            Assert.Equivalent(line.Second, read, strict: true);
        });
    }

    [Theory]
    [InlineData("job.teleported.1", "{}", "job.teleported.1")]
    [InlineData("job.attempt-started.2", "{}", "job.attempt-started.2")]
    [InlineData("job.attempt-started.1", "", "cannot be read")]
    [InlineData("job.attempt-started.1", "null", "empty")]
    [InlineData("job.attempt-started.1", "{\"at\":\"2026-03-01T10:30:00+00:00\"}", "epoch")]
    [InlineData("job.attempt-started.1", "{\"epoch\":\"1\",\"at\":\"2026-03-01T10:30:00+00:00\"}", "Epoch")]
    [InlineData("job.attempt-lost.1", "{\"failure\":null,\"at\":\"2026-03-01T10:30:00+00:00\"}", "cannot be read")]
    [InlineData(
        "job.attempt-lost.1", "{\"failure\":{\"failure\":\"flood\"},\"at\":\"2026-03-01T10:30:00+00:00\"}", "flood")]
    public void What_cannot_be_read_is_said_with_its_manifest(string manifest, string text, string said)
    {
        var error = Assert.Throws<JournalCorruptException>(
            () => JournalCodec.FromBytes(manifest, Encoding.UTF8.GetBytes(text)));

        Assert.Contains(manifest, error.Message);
        Assert.Contains(said, error.Message);
    }

    [Fact]
    public void A_field_that_a_newer_version_added_is_passed_over()
    {
        var read = JournalCodec.FromBytes(
            "job.attempt-started.1",
                "{\"colour\":\"red\",\"epoch\":2,\"at\":\"2026-03-01T10:30:00+00:00\"}"u8.ToArray());

        Assert.Equal(new Epoch(2), Assert.IsType<JobEvents.AttemptStarted>(read).Epoch);
    }

    [Fact]
    public void A_type_without_a_codec_is_refused() =>
        Assert.Contains("System.Version",
            Assert.Throws<JournalCorruptException>(() => JournalCodec.ToBytes(new Version())).Message);

    private static IEnumerable<string> Names(IEnumerable<Type> types) => types.Select(type => type.FullName!).Order();

    private static List<string> Golden()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("JournalGolden.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
