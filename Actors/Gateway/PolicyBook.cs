namespace Backup.Actors.Gateway;

/// <summary>
/// The policies by which jobs are started: as configured now. A job keeps those by which it was started.
/// </summary>
/// <param name="policies">Those of the start.</param>
public sealed class PolicyBook(IReadOnlyList<PolicyDefinition> policies)
{
    private volatile IReadOnlyList<PolicyDefinition> _current = policies;

    /// <summary>All that are configured.</summary>
    public IReadOnlyList<PolicyDefinition> Current => _current;

    /// <summary>Jobs that are started from now on go by others.</summary>
    /// <param name="policies">All that are configured.</param>
    public void Replace(IReadOnlyList<PolicyDefinition> policies) => _current = policies;
}
