using Akka.Actor;
using Akka.Event;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// The items that a job's parties name: a line in its log for the first of them, and all in the catalog. Those of a
/// backup come to the catalog with the fragments that hold them; of any other job they are recorded here, under the
/// number that their party gave them, so that what is told again, also to another director's saga, is recorded once.
/// What was counted and never came is asked for before its party forgets it.
/// </summary>
internal sealed class JobItems
{
    /// <summary>Those that get a log line of their own; all are in the catalog anyway.</summary>
    private const int LoggedMax = 1000;

    private const int ReportedMax = 100;

    /// <summary>How often what is missing is asked for: a party may have died, or may not keep it.</summary>
    private const int AskedMax = 5;

    private const string Client = "client";
    private const string Storage = "storage";

    private readonly JobId _job;
    private readonly IScheduler _clock;
    private readonly Action<IReadOnlyList<JobLogLine>> _append;
    private readonly CatalogQueue<Entry> _unrecorded;
    private readonly Dictionary<string, Party> _parties = [];
    private readonly List<string> _first = [];
    private readonly Dictionary<string, long> _byKind = [];
    private long _number;
    private long _logged;

    public JobItems(
        JobId job, IActorRef catalog, IScheduler clock, ILoggingAdapter log, Action<IReadOnlyList<JobLogLine>> append)
    {
        (_job, _clock, _append) = (job, clock, append);
        _unrecorded = new CatalogQueue<Entry>(job, catalog, "Exceptions", waitingMax: 1000, atOnce: 20, Write, log);
    }

    /// <summary>Items of the attempt so far.</summary>
    public long Count => _parties.Values.Sum(party => party.End);

    /// <summary>What the catalog could not take is offered again.</summary>
    public void Repeat() => _unrecorded.Repeat();

    /// <summary>Named in the log at once (acceptance S0-18).</summary>
    /// <param name="records">True where no fragment brings them to the catalog.</param>
    public void Heard(ClientProtocol.Excepted report, bool records) =>
        Heard(Client, report.Epoch, report.First, report.Exceptions, records);

    /// <summary>As of a client.</summary>
    public void Heard(StorageProtocol.Excepted report, bool records) =>
        Heard(Storage, report.Epoch, report.First, report.Exceptions, records);

    /// <summary>A new attempt does all anew, and counts and names it anew.</summary>
    public void Forget()
    {
        _parties.Clear();
        _first.Clear();
        _byKind.Clear();
        _logged = 0;
        _unrecorded.Add([new Entry(long.MaxValue, [])]);
    }

    /// <summary>The saga was started again within an attempt: what the one before could not forget goes.</summary>
    public void ForgetBefore(Epoch attempt) => _unrecorded.Add([new Entry(NumberOf(attempt, Client, 0), [])]);

    /// <summary>Ends a client's part; asks first for what it counted and did not come.</summary>
    public ClientProtocol.ICommand Release(JobState state, ClientResult? did) =>
        Missing(Client, state, did?.Exceptions) is { } from
            ? new ClientProtocol.Query(_job, state.Epoch, from)
            : new ClientProtocol.Stop(_job, state.Epoch);

    /// <summary>
    /// As of a client. Storage also counts damage that hits no item, so its first answer is believed.
    /// </summary>
    public StorageProtocol.ICommand Release(JobState state, StorageResult? did) =>
        Missing(Storage, state, PartyOf(Storage).Answered ? null : did?.Exceptions) is { } from
            ? new StorageProtocol.Query(_job, state.Epoch, from)
            : new StorageProtocol.Stop(_job, state.Epoch);

    /// <summary>A party has said its last word again, behind all that it was asked for; or it has none.</summary>
    /// <returns>False when the message is no such word.</returns>
    public bool Answered(IAttemptMessage message)
    {
        if (message is ClientProtocol.Unknown or ClientProtocol.Failed) PartyOf(Client).Asked = AskedMax;
        else if (message is StorageProtocol.Unknown or StorageProtocol.Failed) PartyOf(Storage).Asked = AskedMax;
        else if (message is StorageProtocol.Finished) PartyOf(Storage).Answered |= PartyOf(Storage).Asked > 0;
        else return message is ClientProtocol.Finished;
        return true;
    }

    /// <summary>Records what waits, and completes a report by what the catalog has.</summary>
    /// <param name="report">What the job's end says.</param>
    /// <param name="image">The image that the job writes, whose fragments name the items; null: the job does.</param>
    public CatalogAnswer<JobReport> Complete(CatalogStore store, JobReport report, ImageId? image)
    {
        if (_unrecorded.RecordAll(store) is { } trouble) return trouble;
        if (!store.Jobs.ExceptionTally(_job, image).Is(out var tally, out var failure)) return failure;
        if (tally.Count == 0) return CatalogAnswer<JobReport>.Of(report);
        var before = image is { } written ? new RecordedException(written, -1, -1, Nothing) : null;
        return store.Jobs.Exceptions(_job, before, ReportedMax).Is(out var first, out failure)
            ? CatalogAnswer<JobReport>.Of(report with
            {
                ExceptionsByKind = tally.ToDictionary(kind => kind.Key.ToString(), kind => kind.Value),
                FirstExceptions = [.. first.Where(each => each.Image == image)
                    .Select(each => ExceptionText.Sentence(each.Exception))],
            })
            : failure;
    }

    /// <summary>As far as this saga has heard of them.</summary>
    public (IReadOnlyDictionary<string, long> ByKind, IReadOnlyList<string> First) Named => (_byKind, [.. _first]);

    private static FileException Nothing { get; } = new([], default, "", 0, "");

    private Party PartyOf(string name)
    {
        if (!_parties.TryGetValue(name, out var party)) _parties[name] = party = new Party();
        return party;
    }

    private void Heard(string name, Epoch attempt, long? first, IReadOnlyList<FileException> items, bool records)
    {
        var party = PartyOf(name);
        var from = first ?? party.Next;
        var known = from <= party.Next ? (int)Math.Min(party.Next - from, items.Count) : 0;
        IReadOnlyList<FileException> fresh = [.. items.Skip(known)];
        from += known;
        if (fresh.Count == 0) return;
        var number = first is null ? NumberByClock(fresh.Count) : NumberOf(attempt, name, from);
        // Where there is no room they are asked for again at the end.
        if (records && !_unrecorded.Add([new Entry(number, fresh)])) return;
        if (from <= party.Next) party.Next = from + fresh.Count;
        party.End = Math.Max(party.End, from + fresh.Count);
        Name(name, first is null ? null : number, fresh);
    }

    private void Name(string source, long? number, IReadOnlyList<FileException> items)
    {
        var lines = new List<JobLogLine>();
        foreach (var item in items)
        {
            var sentence = ExceptionText.Sentence(item);
            _byKind[item.Kind.ToString()] = _byKind.GetValueOrDefault(item.Kind.ToString()) + 1;
            if (_first.Count < ReportedMax) _first.Add(sentence);
            if (_logged++ < LoggedMax)
                lines.Add(new JobLogLine(
                    _clock.Now, LogSeverity.Warning, ExceptionText.Code(item.Kind), sentence, item.Path, source,
                    number));
            else if (_logged == LoggedMax + 1)
                lines.Add(new JobLogLine(
                    _clock.Now, LogSeverity.Warning, "more-exceptions",
                    $"Further exceptions are not logged here; `backup job {_job} --exceptions` lists all.",
                    Source: source, SourceSequence: number));
            number++;
        }
        if (lines.Count > 0) _append(lines);
    }

    /// <summary>From which item on some did not come; null: none is missing, or they are given up.</summary>
    private long? Missing(string name, JobState state, long? counted)
    {
        var party = PartyOf(name);
        if (!state.WorkDone || JobParts.WritesImage(state.Spec) || counted is not { } all || party.Next >= all)
            return null;
        if (++party.Asked <= AskedMax) return party.Next;
        if (party.Asked == AskedMax + 1)
            _append([new JobLogLine(
                _clock.Now, LogSeverity.Warning, "exceptions-lost",
                $"The {name} counted {all} exceptions and not all of them arrived: those behind the first "
                    + $"{party.Next} may be missing from the list. Its node's log says whether it stopped.")]);
        return null;
    }

    /// <summary>
    /// One of an older node, which numbers nothing: the moment keeps the numbers rising when the job moves to another
    /// director in the middle.
    /// </summary>
    private long NumberByClock(int count)
    {
        var first = Math.Max(_number, _clock.Now.UtcTicks);
        _number = first + count;
        return first;
    }

    /// <summary>Rising with the attempts, and in each with the party.</summary>
    private static long NumberOf(Epoch attempt, string party, long item) =>
        (attempt.Value << 40) + (party == Storage ? 1L << 39 : 0) + item;

    private CatalogAnswer<Recorded> Write(CatalogStore store, IReadOnlyList<Entry> entries)
    {
        var all = CatalogAnswer<Recorded>.Of(Recorded.Before);
        foreach (var entry in entries)
        {
            all = entry.Items.Count == 0
                ? store.Jobs.ClearExceptions(_job, entry.Number)
                : store.Jobs.AddExceptions(_job, entry.Number, entry.Items);
            if (all.Failure is not null) return all;
        }
        return all;
    }

    /// <summary>Items under their numbers; without any: all before the number go.</summary>
    private sealed record Entry(long Number, IReadOnlyList<FileException> Items);

    private sealed class Party
    {
        /// <summary>All items before it have come.</summary>
        public long Next { get; set; }

        /// <summary>Behind the last that came.</summary>
        public long End { get; set; }

        /// <summary>How often it was asked for what is missing.</summary>
        public int Asked { get; set; }

        /// <summary>It has answered that.</summary>
        public bool Answered { get; set; }
    }
}
