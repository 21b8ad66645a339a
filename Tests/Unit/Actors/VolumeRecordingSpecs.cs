using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What a storage node says of a volume, in whatever order it arrives.</summary>
public sealed class VolumeRecordingSpecs : IDisposable
{
    private static readonly VolumeUuid Uuid = VolumeUuid.New();
    private readonly SqliteFixture _catalog = new();

    public void Dispose() => _catalog.Dispose();

    [Fact]
    public void A_late_report_does_not_make_a_volume_in_error_usable_again()
    {
        Record(VolumeState.Error, "write: EIO", seconds: 2);
        Record(VolumeState.Append, null, seconds: 1);

        var known = _catalog.Store.Volumes.Get(Volume).Value;
        Assert.Equal((VolumeState.Error, "write: EIO"), (known.State, known.Error));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-100_000)] // the node's clock was set
    public void A_report_that_is_not_late_is_taken_over(int seconds)
    {
        Record(VolumeState.Append, null, seconds: 2);
        Record(VolumeState.Full, null, seconds);

        Assert.Equal(VolumeState.Full, _catalog.Store.Volumes.Get(Volume).Value.State);
    }

    private void Record(VolumeState state, string? error, int seconds) => Assert.Null(VolumeRecording.Record(
        _catalog.Store,
        new VolumeReport(
            Volume, Uuid, Library, new PoolName("main"), state, At, 5000, 3, 1 << 30, error, At.AddSeconds(seconds)))
        .Failure);
}
