using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Catalog;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class IndexIntakeSpecs
{
    private readonly IndexIntake _intake = new();

    [Fact]
    public void Pieces_in_order_become_the_index_and_a_repeat_begins_anew()
    {
        Assert.Null(_intake.Take(Piece(0, [1, 2]), At));
        Assert.Null(_intake.Take(Piece(0, [1, 2]), At));
        Assert.Equal(2, _intake.Next(Piece(0, [1, 2])));
        Assert.Null(_intake.Take(Piece(3, [4]), At));

        Assert.Equal([1, 2, 3, 4], _intake.Take(Piece(2, [3, 4]), At));

        Assert.Equal(0, _intake.Count);
    }

    [Fact]
    public void What_nobody_completes_is_forgotten()
    {
        for (var fragment = 0; fragment < 10;
            fragment++) _intake.Take(Piece(0, [1], fragment), At.AddMinutes(fragment));
        Assert.Equal(10, _intake.Count);

        _intake.Take(Piece(0, [1], 99), At + IndexIntake.KeptFor + TimeSpan.FromMinutes(5.5));

        Assert.Equal(5, _intake.Count);
        Assert.Equal(0, _intake.Next(Piece(1, [2], 0))); // whose sender is asked to begin anew
    }

    private static CatalogProtocol.IndexPiece Piece(long offset, byte[] bytes, int fragment = 0) =>
        new(Job, new Epoch(1), Image, fragment, Root(fragment), new TapeFile(Volume, 2), offset, 4, bytes);
}
