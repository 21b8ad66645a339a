using System.Globalization;
using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>A row of the table firing. Also the parameters of its statements.</summary>
internal sealed class FiringRow
{
    public const string Select =
        "SELECT policy AS Policy, due_at AS DueAt, rule AS Rule, level AS Level, state AS State, "
        + "not_before AS NotBefore, decided_at AS DecidedAt, note AS Note, jobs AS Jobs FROM firing";

    /// <summary>
    /// A moment is decided once. Only one that was left out can still be started: the clock had been ahead, and now its
    /// time has come.
    /// </summary>
    public const string Insert =
        "INSERT INTO firing (policy, due_at, rule, level, state, not_before, decided_at, note, jobs) VALUES "
        + "(@Policy, @DueAt, @Rule, @Level, @State, @NotBefore, @DecidedAt, @Note, @Jobs) "
        + "ON CONFLICT (policy, due_at) DO UPDATE SET rule = excluded.rule, level = excluded.level, "
        + "state = excluded.state, not_before = excluded.not_before, decided_at = excluded.decided_at, "
        + "note = excluded.note WHERE firing.state = 3 AND excluded.state = 1";

    public const string Update =
        "UPDATE firing SET state = @State, not_before = @NotBefore, note = @Note, jobs = @Jobs "
        + "WHERE policy = @Policy AND due_at = @DueAt AND state = 1";

    public string Policy { get; set; } = "";

    public long DueAt { get; set; }

    public string Rule { get; set; } = "";

    public string? Level { get; set; }

    public long State { get; set; }

    public long NotBefore { get; set; }

    public long DecidedAt { get; set; }

    public string? Note { get; set; }

    public string Jobs { get; set; } = "";

    public static FiringRow Of(FiringRecord firing) => new()
    {
        Policy = Columns.Of(firing.Policy.Value),
        DueAt = Columns.Of(firing.DueAt),
        Rule = Columns.Of(firing.Rule),
        Level = Columns.OfOptional(firing.Level),
        State = (long)firing.State,
        NotBefore = Columns.Of(firing.NotBefore),
        DecidedAt = Columns.Of(firing.DecidedAt),
        Note = Columns.OfOptional(firing.Note),
        Jobs = string.Join(' ', firing.Jobs),
    };

    public FiringRecord ToRecord() => new(
        new PolicyName(Policy),
        Columns.Time(DueAt),
        Rule,
        Level,
        (FiringState)State,
        Columns.Time(NotBefore),
        Columns.Time(DecidedAt),
        Note,
        [.. Jobs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Job)]);

    private static JobId Job(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? new JobId(number)
            : throw new DamagedRowException($"\"{text}\" is no job");
}
