using System.Globalization;
using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Actors;
using Backup.Tests.Unit.Persistence;
using Xunit;
using Xunit.Abstractions;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Retention;

/// <summary>
/// Random histories on a real catalog, with real runs of retention, and volumes in memory that do what they are told:
/// backups of any level, copies in another library, migrations, damage, volumes in error, holds, undo, restores, rules
/// of policies and of pools that change, clocks that jump, and volumes that are labelled anew. BACKUP_RETENTIONS: how
/// many.
/// </summary>
public sealed class RetentionHistorySpecs : ActorKit
{
    private const int Steps = 60;
    private static readonly int Histories = int.Parse(
        Environment.GetEnvironmentVariable("BACKUP_RETENTIONS") ?? "4", CultureInfo.InvariantCulture);
    private static readonly int Seed = int.Parse(
        Environment.GetEnvironmentVariable("BACKUP_SEED") ?? "1", CultureInfo.InvariantCulture);

    private readonly ITestOutputHelper _output;

    public RetentionHistorySpecs(ITestOutputHelper output) => _output = output;

    [Fact]
    public async Task No_run_takes_the_last_that_can_be_restored_nor_what_something_kept_needs()
    {
        var (purged, freed, refused, expired) = (0, 0, 0, 0);
        for (var history = 0; history < Histories; history++)
        {
            using var world = new World(Sys, Seed + history);
            for (var step = 0; step < Steps; step++) await world.Step(step);
            (purged, freed, refused) = (purged + world.Purged, freed + world.Freed, refused + world.Refused);
            expired += world.Expired;
        }
        _output.WriteLine($"{purged} images were removed, {expired} copies of others taken out of use, "
            + $"{freed} volumes let go, {refused} clocks doubted.");
        Assert.True(purged > 4 * Histories && expired > Histories && freed > 0 && refused > 0);
    }

    private sealed class World : IDisposable
    {
        private const string Near = "main";
        private const string Far = "far";
        private readonly SqliteFixture _catalog = new();
        private readonly Random _random;
        private readonly int _seed;
        private readonly Clock _clock = new();
        private readonly Dictionary<VolumeName, Medium> _media = [];
        private readonly HashSet<ImageId> _held = [];
        private readonly Dictionary<JobId, IReadOnlyList<ImageId>> _readers = [];
        private readonly RetentionSetup _setup;
        private readonly Dictionary<PoolName, RetentionRules> _pools = new() { [new(Near)] = new() { Last = 1 } };
        private RetentionRules _rules = new() { Last = 2 };
        private TimeSpan _grace = TimeSpan.FromDays(1);
        private int _requests;

        public World(ActorSystem system, int seed)
        {
            (_seed, _random) = (seed, new Random(seed));
            _setup = new RetentionSetup(
                system.ActorOf(CatalogStandIn.Props(Store)), system.ActorOf(Library.Props(this)),
                () => Policies,
                () => RetentionTerms.Usual with { Grace = _grace, ShareMax = 100 }, _clock, TimeZoneInfo.Utc,
                TimeSpan.FromSeconds(30))
            {
                PoolRules = () => _pools,
            };
        }

        public int Purged { get; private set; }

        public int Freed { get; private set; }

        public int Refused { get; private set; }

        public int Expired { get; private set; }

        private IReadOnlyList<PolicyDefinition> Policies => [new PolicyDefinition(
            new PolicyName("daily"), [], _ => throw new InvalidOperationException()) { Retention = _rules }];

        private CatalogStore Store => _catalog.Store;

        public async Task Step(int step)
        {
            _clock.Now += TimeSpan.FromHours(_random.Next(1, 30));
            var sealedOnes = Sealed();
            var any = sealedOnes.Count > 0 ? sealedOnes[_random.Next(sealedOnes.Count)] : null;
            switch (_random.Next(any is null ? 1 : 26))
            {
                case 0 or 1 or 2 or 3: Backup(_random.Next(3) == 0 ? any : null); break;
                case 4: Hold(any!.Opened.Image); break;
                case 5: Copy(any!.Opened.Image, migrates: false); break;
                case 6: Copy(any!.Opened.Image, migrates: true); break;
                case 7: Damage(any!.Opened.Image); break;
                case 8: FailVolume(); break;
                case 9: Read(any!.Opened.Image); break;
                case 10: Undo(); break;
                case 11: Change(); break;
                case 12: await Jump($"seed {_seed}, step {step}"); break;
                case < 16: Backup(null); break;
                case < 20:
                    foreach (var image in Chain(any!.Opened.Image)) Copy(image, migrates: false);
                    break;
                default: await Runs($"seed {_seed}, step {step}"); break;
            }
        }

        public void Dispose() => _catalog.Dispose();

        private List<ImageRecord> Sealed() =>
            [.. Store.Images.List(new ImageFilter(State: ImageState.Sealed), 1000).Value];

        private void Backup(ImageRecord? of)
        {
            var client = of?.Opened.Client.Value ?? $"c{_random.Next(2)}";
            var job = Job(JobKind.Backup, client);
            var image = Image(job) with
            {
                Client = new ClientName(client),
                Since = _clock.Now,
                Level = of is null ? 0 : 1,
                Base = of?.Opened.Image,
                BaseRoot = of is null ? null : Root(0),
            };
            Assert.Equal(Recorded.Now, Store.Images.Open(image, First).Value);
            Assert.Null(Store.Manifests.Stage(
                Fragment(image.Image, 0).Key, [Block(0, "0/a", $"{image.Image}"), Block(1, "0/m")]).Failure);
            Assert.Null(Store.Images.CloseFragment(
                new FragmentClosing(Written(image.Image, Near, 1), 2, []), ByFirst).Failure);
            Assert.Null(Store.Images.Seal(image.Image, Seal(1) with { At = _clock.Now }, ByFirst).Failure);
            End(job);
        }

        private void Hold(ImageId image)
        {
            var kind = _random.Next(2) == 0 ? ImageMarkKind.Hold : ImageMarkKind.LegalHold;
            if (_held.Remove(image))
                foreach (var held in (ImageMarkKind[])[ImageMarkKind.Hold, ImageMarkKind.LegalHold])
                    Assert.Null(Store.Retention.Unmark(image, held, "").Failure);
            else if (Store.Retention.Mark(new ImageMark(image, kind, "", "audit", _clock.Now)).Failure is null)
                _held.Add(image);
        }

        private void Copy(ImageId image, bool migrates)
        {
            var fragment = Store.Images.Fragments(image, -1, 9).Value.Single();
            var number = fragment.Copies.Max(copy => copy.Copy) + 1;
            var job = Job(JobKind.Copy, "c0");
            Assert.Null(Store.Copies.Add(
                Written(image, Far, number) with { Copy = number, CopiedAt = _clock.Now }, job, First).Failure);
            // What is read stays where it is
            if (migrates)
                _ = Store.Copies.Retire(
                    image, number, new PoolName(Near), job, First,
                    _ => _readers.Where(reader => reader.Value.Contains(image)).Select(reader => (JobId?)reader.Key)
                        .FirstOrDefault());
            End(job);
        }

        private void Damage(ImageId image)
        {
            var copies = Store.Images.Fragments(image, -1, 9).Value.Single().Copies;
            var hurt = copies[_random.Next(copies.Count)];
            if (_media[hurt.Index.Volume].Files.Count > hurt.Index.TapeFile)
                _media[hurt.Index.Volume].Files[hurt.Index.TapeFile] = null;
            var job = Job(JobKind.Scrub, "c0");
            Assert.Null(Store.Copies.Mark(hurt.Index, CopyState.Damaged, "a block", job, First).Failure);
            End(job);
        }

        private void FailVolume()
        {
            var known = Store.Volumes.List(new VolumeFilter()).Value;
            var volume = known[_random.Next(known.Count)];
            if (volume.State == VolumeState.Recycle) return;
            var state = volume.State is VolumeState.Error or VolumeState.Disabled ? VolumeState.Full
                : _random.Next(2) == 0 ? VolumeState.Error : VolumeState.Disabled;
            Assert.Null(Store.Volumes.Update(volume.Name, volume.Epoch, new VolumeUpdate(state)).Failure);
        }

        /// <summary>A restore that reads an image for a while, or one that ends.</summary>
        private void Read(ImageId image)
        {
            if (_readers.Count > 2)
            {
                End(_readers.Keys.First());
                _readers.Remove(_readers.Keys.First());
                return;
            }
            var chain = Chain(image);
            var spec = JobSpecs.Write(JobSamples.Restore with { Image = image, Chain = chain });
            _readers[Job(JobKind.Restore, "c0", spec)] = chain;
        }

        /// <summary>Of all images: what they have in pools is not condemned any more either.</summary>
        private void Undo()
        {
            Assert.Null(Store.Retention.Reprieve([.. Sealed().Select(image => image.Opened.Image)]).Failure);
            Assert.DoesNotContain(Store.Expiry.List().Value, copy => copy.ExpiredAt is null);
        }

        private void Change()
        {
            _rules = Rules();
            _grace = TimeSpan.FromHours(_random.Next(3) * 20);
            foreach (var pool in (PoolName[])[new(Near), new(Far)])
                if (_random.Next(3) > 0) _pools[pool] = Rules() with { Last = 1 + _random.Next(2) };
                else _pools.Remove(pool);
        }

        private RetentionRules Rules() => new()
        {
            Last = _random.Next(3),
            Daily = _random.Next(3),
            Weekly = _random.Next(2),
            For = TimeSpan.FromDays(_random.Next(4)),
            Window = TimeSpan.FromDays(_random.Next(3)),
        };

        /// <summary>The clock is wrong for one run, in which nothing may go, and then right again.</summary>
        private async Task Jump(string at)
        {
            var right = _clock.Now;
            _clock.Now = right.AddDays(_random.Next(2) == 0 ? _random.Next(60, 4000) : -_random.Next(30, 4000));
            var before = Dump();
            var said = (await new RetentionRound(_setup).Run(new RunRetention(RequestId.New()), _clock.Now)).Reply;
            _clock.Now = right;
            // A catalog that has seen no run yet has nothing by which a clock could be ahead
            if (said is RetentionDone) return;
            Assert.IsType<Refused>(said);
            Assert.Equal(before, Dump());
            Assert.True(said is Refused, at);
            Refused++;
        }

        private List<string> Dump() => [.. Sealed().Select(image => $"{image.Opened.Image} {image.CondemnedAt:O}")];

        /// <summary>Behind a time in which nobody looked nothing is removed: so there are some.</summary>
        private async Task Runs(string at)
        {
            for (var runs = _random.Next(1, 5); runs > 0; runs--)
            {
                await Run(at);
                _clock.Now += TimeSpan.FromHours(_random.Next(1, 23));
            }
        }

        private async Task Run(string at)
        {
            var before = Sealed();
            var restorable = before.Where(image => CanBeRestored(image.Opened.Image)).ToList();
            var condemned = before.Where(image => image.CondemnedAt is not null)
                .Select(image => image.Opened.Image).ToHashSet();
            var inOneLibrary = before.Where(image => IsInOneLibrary(image.Opened.Image)).ToList();
            var pooled = Store.Expiry.List().Value.ToDictionary(copy => copy.Copy);
            var simulated = Simulated();

            var said = (await new RetentionRound(_setup).Run(
                new RunRetention(RequestId.New()), DateTimeOffset.MinValue)).Reply;

            if (said is Refused) return; // of a clock that had been wrong before
            var done = Assert.IsType<RetentionDone>(said);
            var after = Sealed().ToDictionary(image => image.Opened.Image);
            var gone = before.Select(image => image.Opened.Image).Where(image => !after.ContainsKey(image)).ToList();
            Assert.Equal(done.Purged, gone.Count);
            Assert.True(_grace == TimeSpan.Zero || gone.TrueForAll(condemned.Contains), $"{at}: without grace");
            Assert.True(gone.TrueForAll(image => !_held.Contains(image)), $"{at}: held");
            Assert.DoesNotContain(gone, image => _readers.Values.Any(chain => chain.Contains(image)));
            foreach (var image in after.Values)
                Assert.True(
                    image.Opened.Base is not { } below || after.ContainsKey(below)
                    || before.TrueForAll(other => other.Opened.Image != below), $"{at}: base of {image.Opened.Image}");
            foreach (var set in restorable.GroupBy(image => image.Opened.Client))
                Assert.True(
                    set.Any(image => after.ContainsKey(image.Opened.Image) && CanBeRestored(image.Opened.Image)),
                    $"{at}: nothing of {set.Key} can be restored any more");
            // What could be restored and is kept still can: no volume of it was let go
            foreach (var image in restorable.Where(image => after.ContainsKey(image.Opened.Image)))
                Assert.True(CanBeRestored(image.Opened.Image), $"{at}: {image.Opened.Image} lost what it needs");
            foreach (var image in inOneLibrary.Where(image => after.ContainsKey(image.Opened.Image)))
                Assert.True(IsInOneLibrary(image.Opened.Image), $"{at}: {image.Opened.Image} was torn");
            Assert.True(gone.TrueForAll(image => !simulated[image].Kept), $"{at}: not as simulated");
            CopiesToo(done, pooled, simulated, at);
            (Purged, Freed) = (Purged + gone.Count, Freed + done.VolumesFreed.Count);
        }

        private void CopiesToo(
            RetentionDone done, Dictionary<CopyInPool, CopyExpiry> before,
            IReadOnlyDictionary<ImageId, RetentionLine> simulated, string at)
        {
            var expired = Store.Expiry.List().Value.Where(copy => copy.ExpiredAt is not null
                && before.GetValueOrDefault(copy.Copy).ExpiredAt != copy.ExpiredAt).ToList();
            Assert.Equal(done.CopiesExpired, expired.Count);
            foreach (var (image, pool) in expired.Select(copy => copy.Copy))
            {
                Assert.True(
                    _grace == TimeSpan.Zero || before[new CopyInPool(image, pool)].ExpiredAt is null,
                    $"{at}: a copy without grace");
                Assert.False(_held.Contains(image) || _readers.Values.Any(chain => chain.Contains(image)), at);
                Assert.True(_pools.Count > 0 && simulated[image].Kept, $"{at}: a copy without rules");
                Assert.False(
                    simulated[image].Copies!.Single(copy => copy.Pool == pool).Kept, $"{at}: not as simulated");
                Assert.DoesNotContain(
                    Store.Images.Fragments(image, -1, 9).Value.Single().Copies,
                    copy => Store.Volumes.Get(copy.Index.Volume).Value.Pool == pool);
            }
            Expired += expired.Count;
        }

        private Dictionary<ImageId, RetentionLine> Simulated() => Assert.IsType<RetentionShown>(
            new RetentionQueries(Store, Policies, _pools, _clock.Now, TimeZoneInfo.Utc, _grace)
                .Show(new ShowRetention())).Images.ToDictionary(line => line.Image);

        /// <summary>One restore reads one library.</summary>
        private bool IsInOneLibrary(ImageId image) => Chain(image) is var chain
            && new[] { Near, Far }.Any(pool => chain.All(each =>
                Store.Images.Get(each).Value.State == ImageState.Sealed
                && Store.Images.Fragments(each, -1, 9).Value.All(fragment => fragment.Copies.Any(
                    copy => copy.Index.Volume.Value.StartsWith(pool, StringComparison.Ordinal)
                        && IsThere(each, copy)))));

        /// <summary>By the catalog's places, and what really lies there.</summary>
        private bool CanBeRestored(ImageId image) => Chain(image) is var chain && chain.All(each =>
            Store.Images.Get(each).Value.State == ImageState.Sealed
            && Store.Images.Fragments(each, -1, 9).Value.All(
                fragment => fragment.Copies.Any(copy => IsThere(each, copy))));

        private bool IsThere(ImageId image, CopyRecord copy)
        {
            var medium = _media[copy.Index.Volume];
            var known = Store.Volumes.Get(copy.Index.Volume).Value;
            return copy.State == CopyState.Good && known.Uuid == medium.Uuid
                && known.State is not (VolumeState.Error or VolumeState.Disabled) && !medium.IsLetGo
                && copy.Parts.Select(part => part.Position).Append(copy.Index).All(place =>
                    medium.Files.ElementAtOrDefault(place.TapeFile) == image);
        }

        private List<ImageId> Chain(ImageId image)
        {
            var chain = new List<ImageId> { image };
            while (Store.Images.Get(chain[^1]).Value.Opened.Base is { } below) chain.Add(below);
            return chain;
        }

        /// <summary>A fragment on a volume of a pool that takes data: two tape files, data and index.</summary>
        private FragmentRecord Written(ImageId image, string pool, int copy)
        {
            var volume = Taking(pool);
            var medium = _media[volume];
            var data = medium.Files.Count;
            medium.Files.AddRange([image, image]);
            var known = Store.Volumes.Get(volume).Value;
            var isFull = medium.Files.Count > 6;
            Assert.Null(Store.Volumes.Update(
                volume, known.Epoch, new VolumeUpdate(isFull ? VolumeState.Full : VolumeState.Append)
                {
                    TapeFiles = medium.Files.Count,
                }).Failure);
            return Fragment(image, 0) with
            {
                Copy = copy,
                Parts = [new PartRecord(0, new TapePosition(volume, data), 0, 400)],
                Index = new TapePosition(volume, data + 1),
            };
        }

        private VolumeName Taking(string pool)
        {
            var volumes = Store.Volumes.List(new VolumeFilter(Pool: new PoolName(pool))).Value;
            if (volumes.FirstOrDefault(volume => volume.State is VolumeState.Append or VolumeState.Blank) is { } append)
                return append.Name;
            if (volumes.FirstOrDefault(volume => _media[volume.Name].IsLetGo) is { } letGo)
            {
                // Labelled anew: what it held is gone
                var anew = New(letGo.Name.Value, pool) with { Uuid = VolumeUuid.New() };
                Assert.Equal(Recorded.Now, Store.Volumes.Record(anew, letGo.Uuid).Value);
                _media[letGo.Name] = new Medium(anew.Uuid);
                return letGo.Name;
            }
            var made = New($"{pool}-{volumes.Count:00}", pool);
            Assert.Equal(Recorded.Now, Store.Volumes.Record(made).Value);
            _media[made.Name] = new Medium(made.Uuid);
            return made.Name;
        }

        /// <summary>Each pool is in a library of its own.</summary>
        private static VolumeRecord New(string name, string pool) =>
            Volume(name, pool: pool) with { Library = new LibraryName($"{pool}-library") };

        private JobId Job(JobKind kind, string client, string parameters = "{}")
        {
            var job = Store.Jobs.Create(CatalogSamples.Job($"request-{_requests++}", client) with
            {
                Kind = kind,
                At = _clock.Now,
                Parameters = parameters,
            }).Value.Job;
            Assert.Equal(First, Store.Jobs.TakeEpoch(job, default).Value);
            return job;
        }

        private void End(JobId job) => Assert.Null(Store.Jobs.Update(
            job, First, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete, EndedAt = _clock.Now }).Failure);

        private VolumeProtocol.IAnswer Do(VolumeProtocol.IWork work)
        {
            var medium = _media[work.Volume];
            if (medium.Uuid != work.Uuid) return new VolumeProtocol.NotDone(work.Volume, "another");
            switch (work)
            {
                case VolumeProtocol.GiveBack give:
                    foreach (var file in give.Files)
                        if (medium.Files[file.File] == file.Image) medium.Files[file.File] = null;
                    return new VolumeProtocol.Done(
                        work.Volume, [.. give.Files.Select(file => file.File)], give.Files.Count);
                case VolumeProtocol.LetGo:
                    medium.IsLetGo = true;
                    var known = Store.Volumes.Get(work.Volume).Value;
                    Store.Volumes.Update(work.Volume, known.Epoch, new VolumeUpdate(VolumeState.Recycle));
                    return new VolumeProtocol.Done(work.Volume, [], 0);
                default:
                    return new VolumeProtocol.Inspected(
                        work.Volume, medium.Files.Count,
                        [.. medium.Files.Index().Skip(1).Where(file => file.Item is not null).Select(file =>
                            new TapeFileFound(file.Index, file.Item!.Value, 0, First))], []);
            }
        }

        private sealed class Medium(VolumeUuid uuid)
        {
            public VolumeUuid Uuid => uuid;

            /// <summary>By number what lies there, the label as none; null: it was given back, or is damaged.</summary>
            public List<ImageId?> Files { get; } = [null];

            public bool IsLetGo { get; set; }
        }

        private sealed class Library : ReceiveActor
        {
            private Library(World world) =>
                Receive<NodeProtocol.ForVolume>(order => Sender.Tell(world.Do(order.Work)));

            public static Props Props(World world) => Akka.Actor.Props.Create(() => new Library(world));
        }
    }

    private sealed class Clock : ITimeProvider
    {
        public DateTimeOffset Now { get; set; } = At;

        public TimeSpan MonotonicClock => Now - At;

        public TimeSpan HighResMonotonicClock => MonotonicClock;
    }
}
