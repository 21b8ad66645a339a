namespace Backup.Actors.Jobs;

/// <summary>
/// Whether the order of a step has gone out. One that certainly reached nobody, as when a director that has just taken
/// the job over has not heard of the node yet, is given again: to ask after it would take what nobody lost for lost.
/// State of one actor.
/// </summary>
internal sealed class OrderGiven
{
    private bool _isNewest; // nothing was asked behind it, to which an answer could be
    private bool _reachedNobody;

    /// <summary>True: the order is given now; false: it is asked whether it is known.</summary>
    /// <param name="fresh">The step begins.</param>
    public bool Gives(bool fresh)
    {
        (_isNewest, _reachedNobody) = (fresh || _reachedNobody, false);
        return _isNewest;
    }

    /// <summary>What went out last could not be delivered.</summary>
    public void Failed() => (_reachedNobody, _isNewest) = (_isNewest, false);
}
