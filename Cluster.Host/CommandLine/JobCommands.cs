using System.CommandLine;
using System.CommandLine.Parsing;
using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What starts, follows, lists and cancels jobs.</summary>
internal static class JobCommands
{
    private static readonly Argument<JobId> Job = new("job")
    {
        Description = "A job number.",
        CustomParser = result =>
        {
            if (long.TryParse(result.Tokens[0].Value, out var number) && number > 0) return new JobId(number);
            result.AddError($"Expected a job number of 1 or more, found \"{result.Tokens[0].Value}\".");
            return default;
        },
    };

    /// <summary>For commands that start a job.</summary>
    public static Option<bool> Detach { get; } = new("--detach", "-d")
    {
        Description = "Do not follow the job: print its number and end. Needs a running node.",
    };

    public static IEnumerable<Command> All(BackupCommand program) =>
        [Run(program), Rerun(program), Jobs(program), Show(program), Cancel(program)];

    /// <summary>
    /// Starts jobs through the running node, or in one of this process's own, and follows them to their end.
    /// </summary>
    /// <returns>The exit code; of several jobs the greatest.</returns>
    public static async Task<int> StartAndFollow(
        BackupCommand program, ParseResult parsed, Func<INodeConnection, Task<IReply>> start,
        CancellationToken cancellation)
    {
        var (context, settings) = (program.Context, program.Context.Settings(parsed));
        var detach = parsed.GetValue(Detach);
        await using var door = detach
            ? await context.Door.Running(settings, cancellation)
                ?? throw new CommandFailure(new Refused(RefusalCode.Unavailable,
                    "No node runs that could go on with the job. Start one: backup node. Or leave --detach out."))
            : await context.Door.ForWork(settings, cancellation);
        SayOthers(context.Screen, door);
        var reply = await start(door.Node);
        context.Screen.Reply(reply);
        foreach (var note in (reply as JobsStarted)?.Notes ?? []) context.Screen.Note(note);
        switch (reply)
        {
            case JobsStarted started when detach:
                foreach (var job in started.Jobs) context.Screen.Line(job.ToString());
                return ExitCode.Complete;
            case JobsStarted started:
                var worst = ExitCode.Complete;
                foreach (var job in started.Jobs)
                    worst = Math.Max(
                        worst, await new JobFollower(context, door, program.Pace).Follow(job, cancellation));
                return worst;
            case RestorePlan plan:
                PlanText.Print(context.Screen, plan);
                return ExitCode.Complete;
            default:
                throw new NodeUnreachableException(
                    $"Expected a JobsStarted from the node, found a {reply.GetType().Name}.");
        }
    }

    private static void SayOthers(Screen screen, OpenDoor door)
    {
        if (door.Solo) screen.Note("No node runs, so this command runs the job itself.");
        if (door.OtherJobs.Count > 0)
            screen.Note(
                $"Other jobs wait for a node ({string.Join(", ", door.OtherJobs)}): start it with `backup node`.");
    }

    private static ExampledCommand Run(BackupCommand program)
    {
        var policy = new Argument<string>("policy") { Description = "A policy of the configuration." };
        var client = new Option<string?>("--client")
        {
            Description = "One client of the policy only. Default: all.",
            HelpName = "client"
        };
        var level = new Option<string?>("--level", "-l")
        {
            Description = "What to save: everything, or what changed since the newest image of a lower level. "
                + "Default: as the policy says.",
            HelpName = "full|incremental|differential|0..9",
        };
        var noRecord = new Option<bool>("--no-record")
        {
            Description = "An image beside the chain: no later backup builds on it.",
        };
        var allowEmpty = new Option<bool>("--allow-empty")
        {
            Description = "Also save a root that is empty, and was not when the image before was made.",
        };
        var priority = new Option<int?>("--priority")
        {
            Description = "0 to 1000, among jobs that wait: the greater goes before. Default: the policy's.",
            HelpName = "number",
        };
        var paths = new Option<string[]>("--path", "-p")
        {
            Description = "Of one client only this path, with all below; may be given several times. A full image "
                + "beside the chain, of what you chose alone.",
            HelpName = "path",
        };
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Only say what would run: clients, level and why, volumes, items and bytes. Records nothing.",
        };
        var list = new Option<bool>("--list")
        {
            Description = "With --dry-run: name every item that would be saved, and why.",
        };
        var pool = new Option<string?>("--pool")
        {
            Description = "Volumes of this pool take it. Default: of the policy's.",
            HelpName = "pool",
        };
        var copyTo = new Option<string[]>("--copy-to")
        {
            Description = "Promise a copy in this pool; may be given several times. Default: as the policy says.",
            HelpName = "pool",
        };
        var selectBy = new Option<SelectBy?>("--select-by")
        {
            Description = "How an incremental knows what changed (docs/levels.md). Default: as the policy says.",
            HelpName = string.Join('|', RuleWords.Selections.Keys),
            CustomParser = result =>
            {
                if (RuleWords.Selections.TryGetValue(result.Tokens[0].Value, out var found)) return found;
                result.AddError($"Expected --select-by {string.Join(", ", RuleWords.Selections.Keys)}, found "
                    + $"\"{result.Tokens[0].Value}\".");
                return null;
            },
        };
        var messages = new Option<string?>("--messages")
        {
            Description = "Who is told what becomes of the jobs, by a configured name, or `none`. Default: as the "
                + "policy says.",
            HelpName = "messages",
        };
        var spool = new Option<SpoolUse?>("--spool")
        {
            Description = "Whether they go to the spool first, where there is one. Default: as the pool says.",
            HelpName = string.Join('|', RuleWords.Spools.Keys),
            CustomParser = result =>
            {
                if (RuleWords.Spools.TryGetValue(result.Tokens[0].Value, out var found)) return found;
                result.AddError($"Expected --spool {string.Join(", ", RuleWords.Spools.Keys)}, found "
                    + $"\"{result.Tokens[0].Value}\".");
                return null;
            },
        };
        var command = new ExampledCommand(
            "run", "Runs a policy: starts a backup job for each of its clients, and follows it.",
            "backup run nightly", "backup run nightly --level incremental", "backup run nightly --detach",
            "backup run nightly --dry-run --list", "backup run nightly --client web1 --path /home/ann/thesis",
            "backup run nightly --json")
        {
            policy, level, client, priority, pool, copyTo, selectBy, spool, messages, noRecord, allowEmpty, paths,
            dryRun, list, Detach,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(list) && !result.GetValue(dryRun)) result.AddError("--list goes with --dry-run.");
            if (result.GetValue(dryRun) && result.GetValue(Detach))
                result.AddError("--dry-run starts no job, so there is none to detach from.");
        });
        program.Does(command, (parsed, cancellation) => parsed.GetValue(dryRun)
            ? RunPreviewing.Show(
                program, parsed,
                new PreviewRun(
                    new PolicyName(parsed.GetRequiredValue(policy)),
                    parsed.GetValue(client) is { } one ? new ClientName(one) : null,
                    parsed.GetValue(level),
                    parsed.GetValue(paths) is { Length: > 0 } some ? some : null,
                    parsed.GetValue(allowEmpty),
                    ToPool: parsed.GetValue(pool) is { } other ? new PoolName(other) : null,
                    SelectBy: parsed.GetValue(selectBy),
                    CopyTo: Pools(parsed.GetValue(copyTo))),
                parsed.GetValue(list), cancellation)
            : StartAndFollow(program, parsed, async node => await CommandContext.Ask<JobsStarted>(
            node,
            new RunPolicy(
                RequestId.New(),
                new PolicyName(parsed.GetRequiredValue(policy)),
                parsed.GetValue(client) is { } name ? new ClientName(name) : null,
                parsed.GetValue(level),
                parsed.GetValue(noRecord),
                parsed.GetValue(allowEmpty),
                parsed.GetValue(priority),
                ToPool: parsed.GetValue(pool) is { } into ? new PoolName(into) : null,
                Only: parsed.GetValue(paths) is { Length: > 0 } chosen ? chosen : null,
                SelectBy: parsed.GetValue(selectBy),
                Messages: parsed.GetValue(messages),
                Spool: parsed.GetValue(spool),
                CopyTo: Pools(parsed.GetValue(copyTo))),
            cancellation), cancellation));
        return command;
    }

    private static IReadOnlyList<PoolName>? Pools(string[]? named) =>
        named is { Length: > 0 } ? [.. named.Select(name => new PoolName(name))] : null;

    private static ExampledCommand Rerun(BackupCommand program)
    {
        var jobs = new Argument<JobId[]>("jobs")
        {
            Description = "Job numbers, or ranges of them such as 3-7.",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = result => [.. result.Tokens.SelectMany(token => Range(token.Value, result)).Distinct()],
        };
        var level = new Option<string?>("--level", "-l")
        {
            Description = "Of backups: another level than they were asked for.",
            HelpName = "level",
        };
        var command = new ExampledCommand(
            "rerun",
            "Does jobs that have ended once more, as new jobs, and follows them. A backup goes by its policy as it is "
                + "configured now.",
            "backup rerun 12", "backup rerun 3-7 12 --detach", "backup rerun 12 --level full") { jobs, level, Detach };
        program.Does(command, (parsed, cancellation) =>
            StartAndFollow(program, parsed, async node =>
            {
                var (begun, notes) = (new List<JobId>(), new List<string>());
                foreach (var job in parsed.GetRequiredValue(jobs))
                {
                    try
                    {
                        var started = await CommandContext.Ask<JobsStarted>(
                            node, new RerunJob(RequestId.New(), job, parsed.GetValue(level)), cancellation);
                        begun.AddRange(started.Jobs);
                        notes.AddRange(started.Notes ?? []);
                    }
                    catch (CommandFailure) when (begun.Count > 0)
                    {
                        program.Context.Screen.Note($"Already started: {string.Join(", ", begun)}.");
                        throw;
                    }
                }
                return new JobsStarted(begun, notes.Count > 0 ? notes : null);
            }, cancellation));
        return command;
    }

    private static IEnumerable<JobId> Range(string text, ArgumentResult result)
    {
        var ends = text.Split('-');
        if (ends.Length <= 2 && long.TryParse(ends[0], out var first) && long.TryParse(ends[^1], out var last)
            && first > 0 && first <= last && last - first < 1000)
            return Enumerable.Range(0, (int)(last - first) + 1).Select(number => new JobId(first + number));
        result.AddError(
            $"Expected a job number of 1 or more, or a range of at most 1,000 such as 3-7, found \"{text}\".");
        return [];
    }

    private static ExampledCommand Jobs(BackupCommand program)
    {
        var running = new Option<bool>("--running") { Description = "Only jobs that have not ended." };
        var limit = BrowseCommands.Limit(50);
        var command = new ExampledCommand(
            "jobs", "Lists jobs, newest first.", "backup jobs", "backup jobs --running") { running, limit };
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var list = await CommandContext.Ask<JobList>(
                door.Node, new ListJobs(parsed.GetValue(limit), parsed.GetValue(running)), cancellation);
            screen.Reply(list);
            if (list.Jobs.Count == 0) screen.Note("There are no jobs. `backup run POLICY` starts one.");
            else JobText.Print(screen, list);
            return ExitCode.Complete;
        });
        return command;
    }

    private static ExampledCommand Show(BackupCommand program)
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Follow it to its end." };
        var exceptions = new Option<bool>("--exceptions", "-x")
        {
            Description = "Only the items that could not be treated as asked, all of them.",
        };
        var command = new ExampledCommand(
            "job", "Shows a job: state, rates, what it waits for, its log and its report.",
            "backup job 12", "backup job 12 --follow", "backup job 12 --exceptions") { Job, follow, exceptions };
        program.Does(command, async (parsed, cancellation) =>
        {
            var (screen, job) = (program.Context.Screen, parsed.GetRequiredValue(Job));
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            if (parsed.GetValue(exceptions)) return await Exceptions(screen, door, job, cancellation);
            if (parsed.GetValue(follow))
                return await new JobFollower(program.Context, door, program.Pace).Follow(job, cancellation);
            var request = new ShowJob(job);
            var first = await CommandContext.Ask<JobDetails>(door.Node, request, cancellation);
            if (!screen.Json) JobText.Print(screen, first);
            if (first.Log.Count > 0) screen.Line("  log");
            for (var page = first; ;)
            {
                screen.Reply(page);
                foreach (var line in page.Log) screen.Line($"    {JobText.Log(line)}");
                if (page.Log.Count < request.LogLimit) return ExitCode.Complete;
                request = request with { LogAfter = page.Log[^1].Number };
                page = await CommandContext.Ask<JobDetails>(door.Node, request, cancellation);
            }
        });
        return command;
    }

    private static async Task<int> Exceptions(
        Screen screen, OpenDoor door, JobId job, CancellationToken cancellation)
    {
        for (var request = new ListExceptions(job); ;)
        {
            var page = await CommandContext.Ask<ExceptionList>(door.Node, request, cancellation);
            screen.Reply(page);
            foreach (var exception in page.Exceptions) screen.Line(exception.Text);
            if (page.Exceptions.Count == 0 && request.After is null) screen.Note($"Job {job} has no exceptions.");
            if (page.Next is not { } next) return ExitCode.Complete;
            request = request with { After = next };
        }
    }

    private static ExampledCommand Cancel(BackupCommand program)
    {
        var command = new ExampledCommand(
            "cancel", "Cancels a job that waits or runs. What it has sealed stays on its volumes.",
            "backup cancel 12") { Job };
        program.Does(command, async (parsed, cancellation) =>
        {
            var job = parsed.GetRequiredValue(Job);
            await using var door = await program.Context.Door.Running(program.Context.Settings(parsed), cancellation)
                ?? throw new CommandFailure(new Refused(
                    RefusalCode.Unavailable,
                    $"No node runs, so job {job} does not either. If it has not ended, the next node takes it up: "
                        + "start it (`backup node`), then cancel the job."));
            var reply =
                await CommandContext.Ask<JobCancelling>(door.Node, new CancelJob(RequestId.New(), job), cancellation);
            program.Context.Screen.Reply(reply);
            program.Context.Screen.Line($"Job {job} is being cancelled. To see it end: backup job {job} --follow");
            return ExitCode.Complete;
        });
        return command;
    }
}
