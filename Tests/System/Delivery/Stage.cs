using System.Globalization;
using Akka.Actor;
using Backup.Host.Extract;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.System.Delivery;

/// <summary>What a play does with a cluster, and what must hold behind it.</summary>
internal sealed class Stage(ModelCluster cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly List<JobId> _jobs = [];

    public ModelCluster Cluster => cluster;

    public static PolicyName Policy(string name) => new(name);

    /// <summary>Asks, and again only where it is told to try again: what is lost is not the asker's business.</summary>
    public async Task<T> Ask<T>(IRequest request, Asker? by = null)
        where T : class, IReply
    {
        T? answer = null;
        IReply? reply = null;
        await Until(
            async () =>
            {
                reply = await cluster.Ask(request, by);
                if (reply is not T && reply is not Refused { Code: RefusalCode.Unavailable })
                    Assert.Fail($"Expected {typeof(T).Name}, found {reply}.");
                return (answer = reply as T) is not null;
            },
            () => $"Expected {typeof(T).Name}, found {reply}");
        return answer!;
    }

    public async Task<JobId> Run(string policy) =>
        await Begin(new RunPolicy(RequestId.New(), Policy(policy)));

    public async Task<JobId> Begin(ICommandRequest request, Asker? by = null)
    {
        var job = Assert.Single((await Ask<JobsStarted>(request, by)).Jobs);
        _jobs.Add(job);
        return job;
    }

    /// <summary>The end of a job that ends so.</summary>
    public async Task<JobRecord> Ended(JobId job, JobOutcome outcome = JobOutcome.Complete)
    {
        await Until(() => Task.FromResult(RowOf(job).Phase == JobPhase.Ended), () => $"Job {job} does not end");
        var row = RowOf(job);
        Assert.True(row.Outcome == outcome, Describe(job));
        return row;
    }

    public Task Until(JobId job, JobPhase phase) =>
        Until(() => Task.FromResult(RowOf(job).Phase == phase), () => $"Job {job} does not get to {phase}");

    /// <summary>Waits until a fragment of the job's image is recorded.</summary>
    public Task FragmentClosed(JobId job) => Until(
        () => Task.FromResult(ImagesOf(job).Any(image => image.Fragments > 0)), () => $"Job {job} closes nothing");

    public async Task Until(Func<Task<bool>> holds, Func<string> otherwise)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await holds())
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"{otherwise()}:\n{string.Join("\n", _jobs.Select(Describe))}");
            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>A backup made one image, whole, with what was there.</summary>
    public string IsWhole(JobId backup, string library, string source = "source")
    {
        var image = Assert.Single(ImagesOf(backup));
        Assert.Equal(ImageState.Sealed, image.State);
        var target = Path.Combine(cluster.Root, "extracted", $"{backup}");
        var troubles = new List<string>();
        var report = new Extraction(new Selection([], []), ReplaceRule.Never, keepGoing: false, troubles.Add).Run(
            FragmentShelf.Open(DataOf(image, library)).Choose(image.Opened.Image.ToString()), target,
            CancellationToken.None);
        Assert.True(report.Failure is null && troubles.Count == 0, $"{report.Failure} {string.Join("\n", troubles)}");
        AreEqual(source, target);
        return image.Opened.Image.ToString();
    }

    /// <summary>What was restored is what was saved.</summary>
    public void AreEqual(string source, string target)
    {
        var path = Path.Combine(cluster.Root, source);
        Assert.Empty(NodeFixture.Differences(path, target + path));
        Directory.Delete(target, recursive: true);
    }

    public IReadOnlyList<ImageRecord> ImagesOf(JobId job) =>
        cluster.Store.Images.List(new ImageFilter(Job: job), 10).Value;

    /// <summary>
    /// When the last message has come, however late: nothing works any more for a job that has ended, nothing is held
    /// for it, and what was said of its end still holds.
    /// </summary>
    public async Task IsQuiet()
    {
        var ends = _jobs.Select(RowOf).ToList();
        await Until(() => Task.FromResult(cluster.Postman.HasDelivered), () => "A message is still under way");
        await Until(
            async () => (await cluster.Allocator.Ask<AllocatorProtocol.Holders>(
                AllocatorProtocol.List.Instance, Patience)).Drives.All(drive => drive.Job is null),
            () => "A drive is held for a job that has ended");
        foreach (var end in ends)
        {
            await Until(async () => !await cluster.HasSessions(end.Job, end.Attempts),
                () => $"A session of job {end.Job} is left");
            Assert.Equal((end.Phase, end.Outcome, end.Epoch), (RowOf(end.Job) is var row ? row.Phase : default,
                row.Outcome, row.Epoch));
            Assert.True(ImagesOf(end.Job).Count <= 1, $"Job {end.Job} made several images.");
        }
    }

    private IEnumerable<string> DataOf(ImageRecord image, string library) =>
        cluster.Store.Images.Fragments(image.Opened.Image, -1, 1000).Value.SelectMany(fragment => fragment.Parts)
            .Select(part => Path.Combine(
                cluster.Root, library, part.Position.Volume.Value,
                part.Position.TapeFile.ToString("00000", CultureInfo.InvariantCulture) + ".data"));

    public JobRecord RowOf(JobId job) => cluster.Store.Jobs.Get(job).Value;

    private string Describe(JobId job) => $"{RowOf(job)}\n" + string.Join(
        "\n", cluster.Store.Jobs.Log(job, 0, 100).Value.Select(line => $"{line.Line.Code} {line.Line.Text}"));
}
