using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>What schedules have started, and up to when that is decided.</summary>
public sealed class ScheduleTable
{
    private readonly CatalogDatabase _database;

    internal ScheduleTable(CatalogDatabase database) => _database = database;

    /// <summary>What a scheduler needs to go on.</summary>
    public CatalogAnswer<ScheduleRecords> Load() => _database.Read<ScheduleRecords>(transaction => new ScheduleRecords(
        transaction.Query<MarkRow>($"{MarkRow.Select} ORDER BY policy").ConvertAll(row => row.ToRecord()),
        transaction.Query<FiringRow>(
            $"{FiringRow.Select} WHERE state = {(int)FiringState.Open} ORDER BY due_at, policy")
            .ConvertAll(row => row.ToRecord())));

    /// <summary>
    /// Decides what a schedule starts, if nobody decided since: one conditional change of its mark, with the runs.
    /// </summary>
    /// <param name="before">The mark as the caller read it; null: there was none.</param>
    /// <param name="after">The mark from now on.</param>
    /// <param name="firings">The runs. One that was decided before stays as it is.</param>
    /// <returns>Recorded; or a contradiction when the mark is another by now: read again.</returns>
    public CatalogAnswer<Recorded> Decide(
        ScheduleMark? before, ScheduleMark after, IReadOnlyList<FiringRecord> firings) =>
        _database.Write<Recorded>(transaction =>
        {
            var changed = before is null
                ? transaction.Execute(MarkRow.Insert, MarkRow.Of(after))
                : transaction.Execute(MarkRow.Update, MarkRow.Of(before, after));
            if (changed == 0)
            {
                var now = transaction.One<MarkRow>($"{MarkRow.Select} WHERE policy = @Policy{transaction.Hold}",
                    new { Policy = Columns.Of(after.Policy.Value) })?.ToRecord();
                // The commit may have come through and its answer not.
                return now == after
                    ? Recorded.Before
                    : new CatalogFailure.Contradiction($"the schedule of policy {after.Policy}",
                        now?.DecidedUntil.ToString("u") ?? "none", before?.DecidedUntil.ToString("u") ?? "none");
            }
            foreach (var firing in firings) transaction.Execute(FiringRow.Insert, FiringRow.Of(firing));
            return Recorded.Now;
        });

    /// <summary>
    /// Forgets up to when a policy's schedule was decided, if nobody decided since: should it get one again, that
    /// begins anew.
    /// </summary>
    /// <param name="mark">The mark as the caller read it.</param>
    public CatalogAnswer<Recorded> Drop(ScheduleMark mark) => _database.Write<Recorded>(transaction =>
        transaction.Execute(MarkRow.Delete, MarkRow.Of(mark)) > 0 ? Recorded.Now : Recorded.Before);

    /// <summary>Records what became of a run that was to be started; one that is not open stays as it is.</summary>
    /// <param name="firing">The run, with its new state.</param>
    public CatalogAnswer<Recorded> Update(FiringRecord firing) => _database.Write<Recorded>(transaction =>
        transaction.Execute(FiringRow.Update, FiringRow.Of(firing)) > 0 ? Recorded.Now : Recorded.Before);

    /// <summary>Runs that were decided on, the last due first.</summary>
    /// <param name="policy">Of one policy; null: of all.</param>
    /// <param name="since">Due then or later.</param>
    /// <param name="countMax">Most runs in the answer.</param>
    public CatalogAnswer<IReadOnlyList<FiringRecord>> List(PolicyName? policy, DateTimeOffset since, int countMax) =>
        _database.Read(transaction =>
        {
            var where = new Conditions().And("due_at >= @Since", true).And("policy = @Policy", policy is not null);
            return CatalogAnswer<IReadOnlyList<FiringRecord>>.Of(transaction.Query<FiringRow>(
                $"{FiringRow.Select}{where} ORDER BY due_at DESC, policy LIMIT @Max",
                new { Since = Columns.Of(since), Policy = Columns.OfOptional(policy?.Value), Max = countMax })
                .ConvertAll(row => row.ToRecord()));
        });

    /// <summary>The run that was decided on last by one line of a schedule.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="rule">The line.</param>
    /// <returns>One, or none.</returns>
    public CatalogAnswer<IReadOnlyList<FiringRecord>> Newest(PolicyName policy, string rule) =>
        One("rule = @Rule ORDER BY due_at DESC LIMIT 1", new { Policy = Columns.Of(policy.Value), Rule = rule });

    /// <summary>The run of a policy that was decided on for a moment.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="dueAt">The moment.</param>
    /// <returns>One, or none.</returns>
    public CatalogAnswer<IReadOnlyList<FiringRecord>> Of(PolicyName policy, DateTimeOffset dueAt) =>
        One("due_at = @DueAt", new { Policy = Columns.Of(policy.Value), DueAt = Columns.Of(dueAt) });

    private CatalogAnswer<IReadOnlyList<FiringRecord>> One(string which, object parameters) => _database.Read(
        transaction => CatalogAnswer<IReadOnlyList<FiringRecord>>.Of(transaction.Query<FiringRow>(
            $"{FiringRow.Select} WHERE policy = @Policy AND {which}", parameters).ConvertAll(row => row.ToRecord())));

    /// <summary>Forgets runs that are long over; open ones stay.</summary>
    /// <param name="before">Those that were due before.</param>
    public CatalogAnswer<Recorded> Forget(DateTimeOffset before) => _database.Write<Recorded>(transaction =>
        transaction.Execute($"DELETE FROM firing WHERE due_at < @Before AND state <> {(int)FiringState.Open}",
            new { Before = Columns.Of(before) }) > 0 ? Recorded.Now : Recorded.Before);
}

/// <summary>A row of the table schedule. Also the parameters of its statements.</summary>
internal sealed class MarkRow
{
    public const string Select =
        "SELECT policy AS Policy, text AS Text, decided_until AS DecidedUntil FROM schedule";

    public const string Insert =
        "INSERT INTO schedule (policy, text, decided_until) VALUES (@Policy, @Text, @DecidedUntil) "
        + "ON CONFLICT (policy) DO NOTHING";

    public const string Update =
        "UPDATE schedule SET text = @Text, decided_until = @DecidedUntil "
        + "WHERE policy = @Policy AND text = @TextBefore AND decided_until = @DecidedBefore";

    public const string Delete =
        "DELETE FROM schedule WHERE policy = @Policy AND text = @Text AND decided_until = @DecidedUntil";

    public string Policy { get; set; } = "";

    public string Text { get; set; } = "";

    public long DecidedUntil { get; set; }

    public string TextBefore { get; set; } = "";

    public long DecidedBefore { get; set; }

    public static MarkRow Of(ScheduleMark mark) => new()
    {
        Policy = Columns.Of(mark.Policy.Value),
        Text = Columns.Of(mark.Text),
        DecidedUntil = Columns.Of(mark.DecidedUntil),
    };

    public static MarkRow Of(ScheduleMark before, ScheduleMark after)
    {
        var row = Of(after);
        (row.TextBefore, row.DecidedBefore) = (Columns.Of(before.Text), Columns.Of(before.DecidedUntil));
        return row;
    }

    public ScheduleMark ToRecord() => new(new PolicyName(Policy), Text, Columns.Time(DecidedUntil));
}
