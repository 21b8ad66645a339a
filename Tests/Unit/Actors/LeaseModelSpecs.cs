using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Actors;

/// <summary>
/// Jobs, an allocator that moves, and a network between them that is late and loses: no drive and no slot is ever two
/// jobs', and who waits gets its turn. A failure names the seed that shows it again.
/// </summary>
public sealed class LeaseModelSpecs
{
    private const int Histories = 1000;

    [Fact]
    public void Nothing_is_granted_twice_and_nobody_waits_for_ever_whatever_moves_and_is_lost()
    {
        var (grants, moves, lost, several) = (0, 0, 0, 0);
        for (var seed = 0; seed < Histories; seed++)
        {
            var model = new LeaseModel(seed);
            model.Trouble();
            model.Quieten();
            (grants, moves, lost) = (grants + model.Grants, moves + model.Moves, lost + model.Lost);
            several += model.MostDrives > 1 ? 1 : 0;
        }

        // The model is worth nothing when nothing happens in it.
        Assert.InRange(grants, Histories * 5, int.MaxValue);
        Assert.InRange(moves, Histories * 2, int.MaxValue);
        Assert.InRange(lost, Histories * 2, int.MaxValue);
        Assert.InRange(several, Histories / 2, int.MaxValue);
    }
}
