using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class DataLinkSpecs
{
    private readonly DataLink<Parcel> _link = new(2);

    [Fact]
    public async Task Elements_come_in_their_order_then_the_end()
    {
        await _link.Write(new Parcel(1));
        await _link.Write(new Parcel(2));
        _link.Complete();

        Assert.Equal(1, (await _link.Read())!.Number);
        Assert.Equal(2, (await _link.Read())!.Number);
        Assert.Null(await _link.Read());
        Assert.Null(await _link.Read());
    }

    [Fact]
    public async Task A_writer_waits_when_the_connection_is_full()
    {
        await _link.Write(new Parcel(1));
        await _link.Write(new Parcel(2));

        var third = _link.Write(new Parcel(3));
        Assert.False(third.IsCompleted);
        await _link.Read();

        await third;
    }

    [Fact]
    public async Task A_failure_reaches_the_reader_with_its_cause_and_never_looks_like_an_end()
    {
        var reading = _link.Read();
        var cause = new InvalidOperationException("The disk is gone.");

        _link.Fail(cause);

        Assert.Same(cause, (await Assert.ThrowsAsync<DataLinkException>(() => reading)).InnerException);
        await Assert.ThrowsAsync<DataLinkException>(() => _link.Read());
    }

    /// <summary>The failure empties the buffer between the reader's look and its grasp: a race, so many times.</summary>
    [Fact]
    public async Task A_failure_while_something_is_read_never_looks_like_an_end()
    {
        for (var round = 0; round < 5000; round++)
        {
            var link = new DataLink<Parcel>(1);
            var reading = Task.Run(async () =>
            {
                while (await link.Read() is not null) { }
            });
            var writing = link.Write(new Parcel(round));
            link.Fail(new InvalidOperationException("The disk is gone."));

            await Assert.ThrowsAsync<DataLinkException>(() => reading);
            await writing;
        }
    }

    [Fact]
    public async Task A_failure_reaches_the_writer_and_its_element_is_disposed()
    {
        var cause = new InvalidOperationException("The tape is gone.");
        _link.Fail(cause);
        var parcel = new Parcel(1);

        var thrown = await Assert.ThrowsAsync<DataLinkException>(() => _link.Write(parcel));

        Assert.Same(cause, thrown.GetBaseException());
        Assert.True(parcel.IsDisposed);
    }

    [Fact]
    public async Task A_failure_wakes_a_writer_that_waits_and_leaves_nothing_undisposed()
    {
        Parcel[] parcels = [new(1), new(2), new(3)];
        await _link.Write(parcels[0]);
        await _link.Write(parcels[1]);
        var waiting = _link.Write(parcels[2]);

        _link.Fail(new InvalidOperationException("Stop."));

        await Assert.ThrowsAsync<DataLinkException>(() => waiting);
        Assert.All(parcels, parcel => Assert.True(parcel.IsDisposed));
    }

    [Fact]
    public async Task The_first_end_counts()
    {
        _link.Complete();
        _link.Fail(new InvalidOperationException("Too late."));

        Assert.Null(await _link.Read());
    }

    [Fact]
    public void A_token_opens_its_connection_once()
    {
        var plane = new DataPlane(new DataPlaneOptions());
        var address = plane.Open(_link, Passport);

        Assert.Same(_link, plane.Take<Parcel>(address, Passport));

        Assert.Null(plane.Take<Parcel>(address, Passport));
        Assert.Null(plane.Take<Parcel>(address with { Token = "guessed" }, Passport));
        Assert.Null(plane.Take<Parcel>(address with { Token = new string('0', 64) }, Passport));
    }

    [Fact]
    public void A_token_that_was_closed_opens_nothing()
    {
        var plane = new DataPlane(new DataPlaneOptions());
        var address = plane.Open(_link, Passport);

        plane.Close(address.Token, new JobFailure.Cancelled("the job"));

        Assert.Null(plane.Take<Parcel>(address, Passport));
    }

    private static DataPassport Passport { get; } = new(
        new JobId(1), new Epoch(1), new ClientName("here"), new LibraryName("tapes"));

    private sealed class Parcel(int number) : IDisposable
    {
        public int Number { get; } = number;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
