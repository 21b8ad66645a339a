using System.Collections.Concurrent;
using Backup.Actors.Scripts;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Scripts.ScriptFolder;

namespace Backup.Tests.Unit.Scripts;

public sealed class ScriptRunSpecs : IDisposable
{
    private readonly ScriptFolder _folder = new();
    private readonly ConcurrentQueue<ScriptLine> _told = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Output_goes_to_the_log_line_by_line_and_the_environment_is_what_was_said_and_no_more()
    {
        Environment.SetEnvironmentVariable("BACKUP_TEST_SECRET", "secret");
        var program = _folder.Write(
            "say", "echo \"job $BACKUP_JOB [$1] [$BACKUP_TEST_SECRET]\"; echo >&2 problem; cat; printf 'a\\tb'");

        Assert.Null(await Run(ScriptMoment.Before, Of(command: [program, "a b; $(id)"])));

        Assert.Equal(
            ["say: a b", "say: job 7 [a b; $(id)] []", "say: problem"],
            _told.Where(line => line.Code == "script-output").Select(line => line.Text).Order());
    }

    [Fact]
    public async Task A_failure_names_script_exit_code_and_last_line_and_those_behind_it_are_not_run()
    {
        var bad = _folder.Write("bad", "echo one; echo the disk is full; exit 3");
        var never = _folder.Write("never", $"touch {_folder.File("ran")}");

        var failure = await Run(ScriptMoment.Before, Of(command: [bad]), Of(command: [never]));

        Assert.Equal(
            $"Script {bad} on client web1 failed: It ended with exit code 3. Its last line: \"the disk is full\".",
            FailureText.Sentence(failure!));
        Assert.False(File.Exists(_folder.File("ran")));
    }

    [Fact]
    public async Task What_runs_after_the_work_runs_whatever_failed_before_it_and_what_does_not_count_is_a_warning()
    {
        var bad = _folder.Write("bad", "exit 3");
        var last = _folder.Write("last", $"touch {_folder.File("ran")}");

        var failure = await Run(ScriptMoment.After, Of(command: [bad]), Of(command: [last]));
        Assert.Equal(3, Assert.IsType<JobFailure.ScriptFailed>(failure).ExitCode);
        Assert.True(File.Exists(_folder.File("ran")));
        Assert.DoesNotContain(_told, line => line.Severity == LogSeverity.Warning);

        Assert.Null(await Run(ScriptMoment.Before, Of(abort: false, command: [bad])));
        Assert.Single(_told, line => line is { Severity: LogSeverity.Warning, Code: "script-failed" });
    }

    [Fact]
    public async Task One_that_runs_too_long_is_killed_with_what_it_started()
    {
        var program = _folder.Write("slow", $"echo began; sleep 1000 & echo $! > {_folder.File("child")}; wait");

        var failure = await Run(ScriptMoment.Before, Of(seconds: 1, command: [program]));

        Assert.Contains("time limit of 1 s. Its last line: \"began\".", FailureText.Sentence(failure!));
        var child = (await File.ReadAllTextAsync(_folder.File("child"))).Trim();
        // A child that nobody waits for may stay as a zombie
        Assert.True(!File.Exists($"/proc/{child}/stat") || (await File.ReadAllTextAsync($"/proc/{child}/stat"))
            .Contains(") Z ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_leaves_a_process_behind_has_ended_all_the_same()
    {
        var program = _folder.Write("daemon", $"sleep 20 & echo $! > {_folder.File("child")}; echo done");

        var run = Run(ScriptMoment.Before, Of(command: [program]));
        Assert.Null(await run.WaitAsync(TimeSpan.FromMinutes(2)));

        using var kill = System.Diagnostics.Process.Start(
            "kill", [(await File.ReadAllTextAsync(_folder.File("child"))).Trim()]);
        await kill.WaitForExitAsync();
    }

    [Fact]
    public async Task A_stopped_job_kills_the_one_that_runs_and_leaves_out_the_others()
    {
        using var stop = new CancellationTokenSource();
        var program = _folder.Write("slow", "echo began; exec sleep 1000");
        var order = Order(ScriptMoment.Before, Of(command: [program]), Of(command: ["/bin/true"]));

        var failure = await ScriptRun.All(order, line =>
        {
            _told.Enqueue(line);
            if (line.Code == "script-output") stop.Cancel();
        }, stop.Token);

        Assert.Contains("killed because the job was stopped", FailureText.Sentence(failure!));
        Assert.Single(_told, line => line.Code == "script");
    }

    [Fact]
    public async Task Long_output_is_cut_in_both_directions_and_the_last_line_is_known()
    {
        var program = _folder.Write(
            "loud", "i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done\n"
                + "head -c 100000 /dev/zero | tr '\\0' x; exit 1");

        var failure = await Run(ScriptMoment.Before, Of(command: [program]));

        var lines = _told.Where(line => line.Code == "script-output").Select(line => line.Text).ToList();
        Assert.Equal(ScriptOutput.LinesMax + 1, lines.Count);
        Assert.Equal("loud: 101 further lines are not logged.", lines[^1]);
        Assert.EndsWith(
            "Its last line: \"" + new string('x', ScriptOutput.CharactersMax) + "\".", FailureText.Sentence(failure!));
    }

    [Theory]
    [InlineData("/bin/true", "It may not be run: client.scripts of this node does not allow it")]
    [InlineData("text", "It could not be started")]
    public async Task One_that_cannot_be_run_has_failed(string program, string why)
    {
        await File.WriteAllTextAsync(_folder.File("text"), "no program");
        File.SetUnixFileMode(_folder.File("text"), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var failure = await Run(ScriptMoment.Before, Of(command: [Path.Combine(_folder.Path, program)]));

        Assert.Contains(why, FailureText.Sentence(failure!));
    }

    private static JobScript Of(bool abort = true, double seconds = 60, string[]? command = null) =>
        Script(ScriptPlace.Client, ScriptMoment.Before, ScriptCondition.Always, abort, seconds, command ?? []);

    private Task<JobFailure?> Run(ScriptMoment when, params JobScript[] scripts) =>
        ScriptRun.All(Order(when, scripts), _told.Enqueue, CancellationToken.None);

    private ScriptOrder Order(ScriptMoment when, params JobScript[] scripts) => new(
        when, scripts, new Dictionary<string, string> { ["BACKUP_JOB"] = "7" }, "client web1", [_folder.Path],
        "client.scripts");
}
