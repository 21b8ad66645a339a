using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Scripts around the work of a job, its run time, and what is done again, on whole nodes.</summary>
public sealed class ScriptSpecs
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Fact]
    public async Task Scripts_of_client_and_director_run_in_order_know_the_job_and_write_into_its_log()
    {
        await using var node = Node();
        var trace = Path.Combine(node.Root, "trace");
        Script(node, "note", $"echo \"$1 $BACKUP_JOB $BACKUP_CLIENT $BACKUP_LEVEL $BACKUP_OUTCOME\" >> {trace}\n"
            + "echo said $1");
        Use(node, "note", "before director", "before client", "after client", "after director");
        await node.Start();

        var job = await node.Backup();

        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        Assert.Equal(
            ["before-director 1 tester full ", "before-client 1 tester 0 ", "after-client 1 tester 0 complete",
                "after-director 1 tester 0 complete"],
            await File.ReadAllLinesAsync(trace));
        Assert.Equal(
            ["note: said before-director", "note: said before-client", "note: said after-client",
                "note: said after-director"],
            job.Log.Where(line => line.Code == "script-output").Select(line => line.Text));
        await node.RestoresIdentical(job.Job.Image!.Value.ToString());
    }

    [Fact]
    public async Task A_script_that_fails_fails_the_job_by_name_and_the_client_tidies_up()
    {
        await using var node = Node();
        var trace = Path.Combine(node.Root, "trace");
        Script(node, "freeze", "echo the database is away; exit 4");
        Script(node, "thaw", $"echo \"$BACKUP_OUTCOME: $BACKUP_FAILURE\" >> {trace}");
        node.Policy = $$"""
            scripts = [
              { command = ["{{node.Root}}/freeze"] }
              { when = after, on = failure, command = ["{{node.Root}}/thaw"] }
              { when = after, on = success, command = ["{{node.Root}}/freeze"] }
            ]
            """;
        await node.Start();

        var job = await node.Backup();

        var why = $"Script {node.Root}/freeze on client tester failed: It ended with exit code 4. Its last line: "
            + "\"the database is away\".";
        Assert.Equal((JobOutcome.Failed, why), (job.Job.Outcome, job.Job.Failure));
        Assert.Equal([$"failed: {why}"], await File.ReadAllLinesAsync(trace));
        Assert.Empty((await node.Ask<ImageList>(new ListImages())).Images);
    }

    [Fact]
    public async Task What_the_client_does_not_allow_is_not_run()
    {
        await using var node = Node();
        node.Extra = "";
        Script(node, "note", $"touch {node.Root}/ran");
        Use(node, "note", "before client");
        await node.Start();

        var job = await node.Backup();

        Assert.Equal(JobOutcome.Failed, job.Job.Outcome);
        Assert.Contains("client.scripts of this node does not allow it (it is empty)", job.Job.Failure);
        Assert.False(File.Exists(Path.Combine(node.Root, "ran")));
    }

    [Fact]
    public async Task A_job_that_is_cancelled_kills_its_script_and_tidies_up()
    {
        await using var node = Node();
        Script(node, "freeze", "echo frozen; exec sleep 1000");
        Script(node, "thaw", $"echo $BACKUP_OUTCOME > {node.Root}/thawed");
        node.Policy = $$"""
            scripts = [{ command = ["{{node.Root}}/freeze"] }, { when = after, command = ["{{node.Root}}/thaw"] }]
            """;
        await node.Start();
        var job = await node.Run();
        await node.Until(job, details => details.Log.Any(line => line.Text == "freeze: frozen"));

        await node.Ask<JobCancelling>(new CancelJob(RequestId.New(), job));

        Assert.Equal(JobOutcome.Cancelled, (await node.Ended(job)).Job.Outcome);
        Assert.Equal("cancelled", (await File.ReadAllTextAsync(Path.Combine(node.Root, "thawed"))).Trim());
    }

    [Theory]
    [InlineData("client")]
    [InlineData("director")]
    public async Task A_node_that_is_killed_while_scripts_run_goes_on_with_the_job_when_it_is_back(string where)
    {
        await using var node = Node();
        // The first time it waits for ever
        Script(node, "freeze", $"echo $$ >> {node.Root}/began\n"
            + $"[ $(wc -l < {node.Root}/began) -gt 1 ] || exec sleep 1000");
        Use(node, "freeze", $"before {where}");
        await node.StartProcess();
        var job = await node.Run();
        await node.Until(job, _ => File.Exists(Path.Combine(node.Root, "began")));
        var orphan = (await File.ReadAllLinesAsync(Path.Combine(node.Root, "began")))[0];

        await node.Kill();
        await Shell.Run("kill", "-9", orphan);
        await node.StartProcess();

        var ended = await node.Ended(job);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
    }

    [Fact]
    public async Task A_job_that_runs_too_long_is_cancelled_by_rule()
    {
        await using var node = Node();
        node.DriveSpeedLimit = "1MB";
        node.Policy = "run-time-max = 1s";
        await node.Start();

        var job = await node.Backup();

        Assert.Equal(
            (JobOutcome.Cancelled, "Cancelled by a rule: it ran for 1 s, which its policy's run-time-max allows."),
            (job.Job.Outcome, job.Job.Failure));
    }

    [Fact]
    public async Task A_job_that_failed_is_done_again_until_it_works_and_a_failed_full_stays_a_full()
    {
        await using var node = Node();
        Script(node, "third", $"echo x >> {node.Root}/tries; [ $(wc -l < {node.Root}/tries) -ge 3 ]");
        Use(node, "third", "before client");
        node.Policy += ", retries = 5, retry-after = 10ms";
        await node.Start();
        var first = await node.Run();

        var third = new JobId(3);
        Assert.Equal(JobOutcome.Failed, (await node.Ended(first)).Job.Outcome);
        await node.Until(first, _ => node.Ask<JobList>(new ListJobs()).Result.Jobs.Any(job => job.Job == third));
        var last = await node.Ended(third);

        Assert.True(last.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(last));
        var told = await node.Until(third, details => details.Log.Any(line => line.Code == "retry"));
        Assert.Contains(told.Log, line => line.Text.Contains("retry 2 of 5", StringComparison.Ordinal));
        Assert.Equal(3, (await node.Ask<JobList>(new ListJobs())).Jobs.Count);
    }

    [Fact]
    public async Task Behind_a_full_that_failed_an_incremental_is_a_full()
    {
        await using var node = Node();
        Script(node, "gate", $"[ ! -e {node.Root}/closed ]");
        Use(node, "gate", "before client");
        node.Policy += ", rerun-failed-level = on, level = incremental";
        await node.Start();
        Assert.Equal(0, (await node.Backup()).Job.Level);
        Assert.Equal(1, (await node.Backup()).Job.Level);
        await File.WriteAllTextAsync(Path.Combine(node.Root, "closed"), "");
        var full = (await node.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), new PolicyName("nightly"), Level: "full"))).Jobs[0];
        Assert.Equal(JobOutcome.Failed, (await node.Ended(full)).Job.Outcome);
        File.Delete(Path.Combine(node.Root, "closed"));

        var job = await node.Backup();

        Assert.Equal((JobOutcome.Complete, 0), (job.Job.Outcome, job.Job.Level));
        Assert.Contains(job.Log, line => line.Text.Contains(
            $"this backup is a full one: job {full}, which was to have that level, failed",
            StringComparison.Ordinal));
        Assert.NotEqual(0, (await node.Backup()).Job.Level);
    }

    [Fact]
    public async Task A_policy_of_scripts_alone_runs_them_saves_nothing_and_is_done_again()
    {
        await using var node = Node();
        Script(node, "tidy", $"echo \"$1 $BACKUP_POLICY\" >> {node.Root}/tidied; [ ! -e {node.Root}/closed ]");
        node.Extra += $$"""

            backup.policies.tidy {
              scripts-only = on
              scripts = [
                { command = ["{{node.Root}}/tidy", c] }
                { where = director, command = ["{{node.Root}}/tidy", d] }
              ]
            }
            """;
        await node.Start();

        var job = await Tidy(node);
        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        Assert.Equal((JobKind.Admin, null), (job.Job.Kind, job.Job.Image));
        Assert.Equal(["d tidy", "c tidy"], await File.ReadAllLinesAsync(Path.Combine(node.Root, "tidied")));
        await File.WriteAllTextAsync(Path.Combine(node.Root, "closed"), "");
        var again = (await node.Ask<JobsStarted>(new RerunJob(RequestId.New(), job.Job.Job))).Jobs.Single();
        Assert.Equal(JobOutcome.Failed, (await node.Ended(again)).Job.Outcome);
        Assert.IsType<Refused>(await node.Connection.Ask(
            new VerifyPolicy(RequestId.New(), new PolicyName("tidy")), CancellationToken.None));

        static async Task<JobDetails> Tidy(NodeFixture node) => await node.Ended((await node.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), new PolicyName("tidy")))).Jobs.Single());
    }

    [Fact]
    public async Task What_has_not_changed_gives_no_image_where_that_is_asked_for()
    {
        await using var node = new NodeFixture { Policy = "level = incremental, skip-unchanged = on" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        await node.Backup();

        var unchanged = await node.Backup();
        Assert.True(unchanged.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(unchanged));
        Assert.Contains(unchanged.Log, line => line is { Code: "nothing-changed", Severity: LogSeverity.Info });
        Assert.Equal((null, null), (unchanged.Job.Failure, unchanged.Report!.Image));
        Assert.Single((await node.Ask<ImageList>(new ListImages())).Images);
        File.Delete(Path.Combine(node.Source, "folder-0", "file-00"));

        var changed = await node.Backup();

        Assert.Equal((JobOutcome.Complete, 1), (changed.Job.Outcome, changed.Job.Level));
        await node.RestoresIdentical(changed.Job.Image!.Value.ToString());
    }

    private static NodeFixture Node()
    {
        var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        node.Extra = $$"""
            backup.client.scripts = ["{{node.Root}}"]
            backup.job { scripts = ["{{node.Root}}"], ask-again-after = 200ms }
            """;
        return node;
    }

    private static void Script(NodeFixture node, string name, string text)
    {
        var path = Path.Combine(node.Root, name);
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, Executable);
    }

    /// <summary>One script at some moments and places, as `before client`, which it gets as its argument.</summary>
    private static void Use(NodeFixture node, string name, params string[] when) => node.Policy = "scripts = ["
        + string.Join(", ", when.Select(each => each.Split(' ')).Select(words =>
            $"{{ when = {words[0]}, where = {words[1]}, command = [\"{node.Root}/{name}\", {words[0]}-{words[1]}] }}"))
        + "]";
}
