using Backup.Actors.Clients;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class UntoldExceptionsSpecs
{
    private readonly List<IReadOnlyList<FileException>> _told = [];

    [Fact]
    public void The_end_tells_all_that_is_left_in_messages_of_some()
    {
        var untold = new UntoldExceptions(() => { });
        for (var number = 0; number < 1200; number++) untold.Add(Exception(number));

        Assert.True(untold.TellSome(_told.Add));
        untold.TellAll(_told.Add);

        Assert.Equal([500, 500, 200], _told.Select(batch => batch.Count));
        Assert.Equal(Enumerable.Range(0, 1200), _told.SelectMany(batch => batch).Select(each => each.Errno));
        Assert.Equal(1200, untold.Tally.Total);
        untold.TellAll(_told.Add);
        Assert.Equal(3, _told.Count);
    }

    [Fact]
    public void Only_the_first_that_waits_wakes_the_session()
    {
        var woken = 0;
        var untold = new UntoldExceptions(() => woken++);

        for (var number = 0; number < 3; number++) untold.Add(Exception(number));
        Assert.Equal(1, woken);
        untold.TellAll(_told.Add);
        untold.Add(Exception(3));

        Assert.Equal(2, woken);
    }

    private static FileException Exception(int number) => new([1], FileExceptionKind.Unreadable, "read", number, "");
}
