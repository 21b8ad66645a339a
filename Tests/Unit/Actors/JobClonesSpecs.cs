using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class JobClonesSpecs : IDisposable
{
    private static readonly JobBase Known = new(new ImageId(5), Root(1), At);
    private static readonly BackupSpec Parent = Save() with { Level = 2, Base = Known };
    private readonly SqliteFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void However_often_they_are_begun_there_is_one_of_each_and_one_line_about_it()
    {
        var store = _fixture.Store;
        var job = store.Jobs.Create(new NewJob(
            new RequestId("r"), JobKind.Backup, Client, At, Parameters: JobSpecs.Write(Parent))).Value.Job;
        var spec = Parent with { Clones = [new CloneSpec(Clone("vault"), false), new CloneSpec(Clone("main"), true)] };

        var first = JobClones.Begin(store, job, spec, At).Value;
        // The base was chosen anew meanwhile: what is begun is begun
        var again = JobClones.Begin(store, job, spec with { Level = 0, Base = null }, At.AddHours(1)).Value;

        Assert.Equal([2, 3], first.Select(each => each.Job.Value));
        Assert.Equal(first.Select(each => JobSpecs.Write(each.Spec)), again.Select(each => JobSpecs.Write(each.Spec)));
        Assert.Equal(3, store.Jobs.UnfinishedCount().Value);
        Assert.Equal(2, store.Jobs.Log(job, 0, 100).Value.Count(line => line.Line.Code == "clone"));
    }

    [Fact]
    public void One_of_the_same_base_has_level_and_base_of_the_job_and_begins_no_others()
    {
        var clone = JobClones.Of(Job, Parent, new CloneSpec(
            Clone("main") with { Clones = [new CloneSpec(Save(), false)] }, SameBase: true));

        Assert.Equal((2, Known, null), (clone.Level, clone.Base, clone.Rule));
        Assert.Equal((Job, null), (clone.CloneOf, clone.Clones));
    }

    [Fact]
    public void Where_the_base_lies_in_another_library_it_has_the_level_on_a_base_of_its_own()
    {
        var clone = JobClones.Of(Job, Parent, new CloneSpec(
            Clone("main") with { Library = new LibraryName("elsewhere") }, SameBase: true));

        Assert.Equal((null, "2"), (clone.Base, clone.Rule!.Level.Word));
    }

    [Fact]
    public void They_are_due_when_an_attempt_has_begun()
    {
        var spec = Save() with { Clones = [new CloneSpec(Clone("vault"), false)] };
        var waiting = JobState.None.After(new Backup.Persistence.Journal.JobEvents.Created(spec, At));
        var begun = waiting
            .After(new Backup.Persistence.Journal.JobEvents.Granted(Drive, At, []))
            .After(new Backup.Persistence.Journal.JobEvents.AttemptStarted(new Epoch(1), At, null));

        Assert.Null(JobClones.DueOf(waiting));
        Assert.NotNull(JobClones.DueOf(begun));
        Assert.Null(JobClones.DueOf(JobState.None));
    }

    private static BackupSpec Clone(string pool) => Save() with
    {
        Pool = new PoolName(pool),
        Image = new ImageId(9),
        Rule = new LevelRule(LevelWord.Full),
    };
}
