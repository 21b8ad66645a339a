using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Journal;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>
/// One history: the real decisions of jobs (<see cref="JobRun"/>) and of the allocator (<see cref="LeaseBook{T}"/>) in
/// ticks of a made-up clock. Two that talk hear each other in order; a saga that was made anew is another, and may
/// overtake what its forerunner said. Nobody is unheard for as long as an allocator is quiet.
/// </summary>
internal sealed class LeaseModel
{
    private const int Jobs = 5;
    private const int Drives = 3;
    private const int Slots = 2;
    private const int TroubleTicks = 600;
    private const int QuietTicks = 2500;
    private const int LatencyMax = 3;
    private const int DeadMax = 5;
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(10);

    /// <summary>One after which any kind of job tries again for ever.</summary>
    private static readonly JobFailure InUse = new JobFailure.VolumeInUse(Volume, Drive);

    private readonly int _seed;
    private readonly Random _random;
    private readonly List<Saga> _sagas;
    private readonly List<Letter> _letters = [];
    private readonly Dictionary<(int From, int To), long> _last = [];
    private LeaseBook<int>? _book;
    private int _address = 100;
    private long _comesBackAt;
    private long _tick;
    private bool _trouble = true;

    public LeaseModel(int seed)
    {
        (_seed, _random) = (seed, new Random(seed));
        _sagas = [.. Enumerable.Range(1, Jobs).Select(job => new Saga(new JobId(job)) { Address = job })];
    }

    public int Grants { get; private set; }

    public int Moves { get; private set; }

    public int Lost { get; private set; }

    /// <summary>Most drives that a job held at once.</summary>
    public int MostDrives { get; private set; }

    private TimeSpan Now => TimeSpan.FromSeconds(_tick);

    public void Trouble()
    {
        while (_tick < TroubleTicks) Step();
    }

    /// <summary>
    /// From wherever the troubles left it, each job is granted what it needs, while all of them go on asking for ever.
    /// </summary>
    public void Quieten()
    {
        _trouble = false;
        var before = _sagas.ToDictionary(saga => saga, saga => saga.Granted);
        while (_sagas.Any(saga => saga.Granted == before[saga]))
        {
            Assert.True(_tick < TroubleTicks + QuietTicks, $"seed {_seed}: a job waits for ever.");
            Step();
        }
    }

    private void Step()
    {
        _tick++;
        MoveAllocator();
        foreach (var saga in _sagas) Live(saga);
        foreach (var letter in _letters.Where(letter => letter.At <= _tick).OrderBy(letter => letter.At).ToList())
        {
            _letters.Remove(letter);
            Deliver(letter);
            Check();
        }
        if (_book is null) return;
        if (_tick % 5 == 0) _book.Offer(Offer, Now);
        Answer();
    }

    private static AllocatorProtocol.Offer Offer => new(
        new NodeName("store1"), Client, [.. Enumerable.Range(0, Drives).Select(number => new DriveId(Library, number))],
        TimeSpan.FromSeconds(15));

    private static BackupSpec SaveOf(string set)
    {
        var spec = Save(attemptsMax: int.MaxValue);
        return spec with { FileSet = spec.FileSet with { Name = new FileSetName(set) } };
    }

    private void MoveAllocator()
    {
        if (_book is not null && _trouble && _random.Next(100) == 0)
        {
            (_book, _comesBackAt) = (null, _tick + _random.Next(10));
            Moves++;
        }
        if (_book is not null || _tick < _comesBackAt) return;
        _book = new LeaseBook<int>(AllocatorOptions.OfCluster(Slots, AskAgain), Now);
        if (_random.Next(2) == 0) _book.Expect(_sagas.Select(saga => saga.Job));
        _address++;
    }

    private void Live(Saga saga)
    {
        if (_tick < saga.ComesBackAt) return;
        if (_trouble && _tick > saga.DiesFrom && _random.Next(60) == 0)
        {
            // Its node died; on another one it is made anew from its journal. Not again at once.
            saga.Address += Jobs;
            (saga.ComesBackAt, saga.DiesFrom) = (_tick + 1 + _random.Next(DeadMax), _tick + 60);
            (saga.SpeaksAt, saga.LostLast) = (saga.ComesBackAt, false);
            return;
        }
        var before = saga.Run.State.Step;
        if (_random.Next(8) == 0) saga.GoOn();
        if (saga.Run.State.Step != before || _tick >= saga.SpeaksAt) Say(saga);
    }

    private void Say(Saga saga)
    {
        saga.SpeaksAt = _tick + (long)AskAgain.TotalSeconds;
        if (JobOrders.ToAllocator(saga.Job, saga.Run.State) is not { } said) return;
        if (_trouble && !saga.LostLast && _tick > saga.DiesFrom && _random.Next(10) == 0)
        {
            saga.LostLast = true;
            Lost++;
            return;
        }
        saga.LostLast = false;
        Send(saga.Address, _address, said);
    }

    private void Send(int from, int to, object message)
    {
        // To an allocator it goes wherever that is by then, as through a proxy, so its number is no part of the way.
        var way = (from, to >= 100 ? 100 : to);
        var at = Math.Max(_last.GetValueOrDefault(way), _tick + _random.Next(LatencyMax));
        _letters.Add(new Letter(at, from, to, message));
        _last[way] = at;
    }

    private void Deliver(Letter letter)
    {
        if (letter.To < 100)
        {
            if (_sagas.Find(saga => saga.Address == letter.To && _tick >= saga.ComesBackAt) is { } saga)
                Hear(saga, letter.Message);
            return;
        }
        switch (letter.Message)
        {
            case AllocatorProtocol.Reserve ask: _book?.Reserve(ask, letter.From, Now); break;
            case AllocatorProtocol.Hold hold: _book?.Hold(hold, Now); break;
            case AllocatorProtocol.Release release: _book?.Release(release); break;
        }
        Answer();
    }

    private void Answer()
    {
        foreach (var (asker, granted) in _book?.Grants(Now) ?? []) Send(_address, asker, granted);
    }

    private void Hear(Saga saga, object message)
    {
        var before = saga.Run.State.Step;
        saga.Run.Tell(message);
        if (saga.Run.State.Step == before) return;
        saga.Granted++;
        Grants++;
        Say(saga);
    }

    /// <summary>By what the journals of the jobs say, whose truth it is.</summary>
    private void Check()
    {
        var holding = _sagas.Where(saga => saga.Run.State.Step
            is JobStep.Starting or JobStep.Opening or JobStep.Transferring or JobStep.Releasing).ToList();
        Assert.True(holding.Count <= Slots, $"seed {_seed}, tick {_tick}: {holding.Count} jobs on a client.");
        var drives = holding.SelectMany(saga => saga.Run.State.More.Append(saga.Run.State.Drive!.Value)).ToList();
        MostDrives = Math.Max(MostDrives, holding.Max(saga => (int?)saga.Run.State.More.Count + 1) ?? 0);
        Assert.True(
            holding.Select(saga => saga.Set).Distinct().Count() == holding.Count,
            $"seed {_seed}, tick {_tick}: a file set is saved twice at a time.");
        Assert.True(
            drives.Distinct().Count() == drives.Count,
            $"seed {_seed}, tick {_tick}: a drive is held twice.");
    }

    private sealed class Saga(JobId job)
    {
        public JobId Job => job;

        /// <summary>The first two save the same; the last ones restore.</summary>
        public string Set { get; } = $"set{Math.Max(2, job.Value)}";

        public JobRun Run { get; } = new(
            job.Value > 3 ? Restore with { Drives = 3 } : SaveOf($"set{Math.Max(2, job.Value)}"));

        public int Address { get; set; }

        public int Granted { get; set; }

        public long SpeaksAt { get; set; }

        public long ComesBackAt { get; set; }

        public long DiesFrom { get; set; } = 30;

        public bool LostLast { get; set; }

        /// <summary>An attempt begins, is lost and pauses; its next one has a turn of its own.</summary>
        public void GoOn()
        {
            var epoch = Run.State.Epoch.Value;
            switch (Run.State.Step)
            {
                case JobStep.Starting: Run.Happen(new JobEvents.AttemptStarted(new Epoch(epoch + 1), Run.Now)); break;
                case JobStep.Opening: Run.Tell(StorageFailed(epoch, InUse)); break;
                case JobStep.Releasing: Run.Release(epoch); break;
                case JobStep.Pausing: Run.Happen(new JobEvents.Resumed(Run.Now)); break;
            }
        }
    }

    private sealed record Letter(long At, int From, int To, object Message);
}
