using Backup.Messages;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

public abstract class VolumeTableContract(ICatalogFixture fixture) : IDisposable
{
    private static readonly PoolName Main = new("main");
    private static readonly LibraryName Vault = new("vault");

    private readonly VolumeTable _volumes = fixture.Store.Volumes;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void A_volume_is_found_as_it_was_recorded()
    {
        var written = Volume("D0001") with { FirstWrittenAt = At, LastWrittenAt = At };
        var volume = written with { Error = "it's \"bad\"", Epoch = new Epoch(3) };

        Assert.Equal(Recorded.Now, _volumes.Record(volume).Value);
        Assert.Equal(Recorded.Before, _volumes.Record(volume).Value);

        Assert.Equal(volume, _volumes.Get(volume.Name).Value);
    }

    [ContractFact]
    public void Another_volume_of_the_same_name_is_refused()
    {
        _volumes.Record(Volume("D0001"));

        var refused = _volumes.Record(Volume("D0001") with { Uuid = VolumeUuid.New() });

        Assert.IsType<CatalogFailure.Contradiction>(refused.Failure);
    }

    [ContractFact]
    public void A_volume_that_was_labelled_anew_takes_the_place_of_the_one_that_it_was()
    {
        var before = Volume("D0001", VolumeState.Error) with { TapeFiles = 3, Error = "EIO" };
        _volumes.Record(before);
        var anew = Volume("D0001", VolumeState.Blank) with { Uuid = VolumeUuid.New(), Pool = new PoolName("other") };

        Assert.IsType<CatalogFailure.Contradiction>(_volumes.Record(anew, VolumeUuid.New()).Failure);
        Assert.Equal(Recorded.Now, _volumes.Record(anew, before.Uuid).Value);

        Assert.Equal(anew, _volumes.Get(anew.Name).Value);
        Assert.Equal(Recorded.Before, _volumes.Record(anew, before.Uuid).Value);
    }

    [ContractFact]
    public void A_volume_that_is_found_again_grows_but_never_shrinks_or_changes_its_state()
    {
        var full = Volume("D0001", VolumeState.Full) with { TapeFiles = 9, BytesWritten = 900000 };
        _volumes.Record(full);

        _volumes.Record(Volume("D0001") with { Library = new LibraryName("other"), TapeFiles = 4 });
        Assert.Equal(full with { Library = new LibraryName("other") }, _volumes.Get(full.Name).Value);
        _volumes.Record(full with { TapeFiles = 12 });

        Assert.Equal(full with { TapeFiles = 12 }, _volumes.Get(full.Name).Value);
    }

    [ContractFact]
    public void An_update_with_an_older_epoch_is_refused()
    {
        var name = new VolumeName("D0001");
        _volumes.Record(Volume("D0001") with { Epoch = new Epoch(2) });

        Assert.IsType<CatalogFailure.OlderEpoch>(
            _volumes.Update(name, new Epoch(1), new VolumeUpdate(VolumeState.Full)).Failure);
        Assert.Equal(VolumeState.Blank, _volumes.Get(name).Value.State);
    }

    [ContractFact]
    public void An_update_changes_what_it_names_and_counters_only_grow()
    {
        var volume = Volume("D0001");
        _volumes.Record(volume);
        var update = new VolumeUpdate(VolumeState.Append) { BytesWritten = 100000, TapeFiles = 4, WrittenAt = At };

        Assert.Equal(Recorded.Now, _volumes.Update(volume.Name, new Epoch(1), update).Value);
        Assert.Equal(Recorded.Before, _volumes.Update(volume.Name, new Epoch(1), update).Value);
        _volumes.Update(volume.Name, new Epoch(1),
            new VolumeUpdate(VolumeState.Error) { TapeFiles = 3, Error = "write: EIO" });

        Assert.Equal(
            volume with
            {
                State = VolumeState.Error,
                BytesWritten = 100000,
                TapeFiles = 4,
                FirstWrittenAt = At,
                LastWrittenAt = At,
                Error = "write: EIO",
                Epoch = new Epoch(1),
            },
            _volumes.Get(volume.Name).Value);
    }

    [ContractFact]
    public void Volumes_are_listed_by_filter()
    {
        _volumes.Record(Volume("D2"));
        _volumes.Record(Volume("D1", VolumeState.Full, pool: "other"));

        Assert.Equal(["D1", "D2"], Names(new VolumeFilter()));
        Assert.Equal(["D2"], Names(new VolumeFilter(Pool: Main, Library: Vault)));
        Assert.Equal(["D1"], Names(new VolumeFilter(State: VolumeState.Full)));
        Assert.Empty(Names(new VolumeFilter(Library: new LibraryName("' OR ''='"))));
    }

    [ContractFact]
    public void Names_are_in_the_order_of_their_bytes()
    {
        string[] names = ["a2", "Z1", "_x", "b-1", "B1", "a-3", "a10"];
        foreach (var name in names) _volumes.Record(Volume(name, pool: name));

        Assert.Equal(names.Order(StringComparer.Ordinal), Names(new VolumeFilter()));
    }

    [ContractFact]
    public void What_the_catalog_does_not_know_is_refused_by_name()
    {
        var none = new VolumeName("none");

        Assert.IsType<CatalogFailure.Unknown>(_volumes.Get(none).Failure);
        Assert.IsType<CatalogFailure.Unknown>(_volumes.Update(none, First, new VolumeUpdate(VolumeState.Full)).Failure);
    }

    private IEnumerable<string> Names(VolumeFilter filter) =>
        _volumes.List(filter).Value.Select(volume => volume.Name.Value);
}
