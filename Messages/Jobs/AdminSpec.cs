using System.Text.Json.Serialization;

namespace Backup.Messages.Jobs;

/// <summary>A job that runs the scripts of a policy and saves nothing; done when those before the work are.</summary>
/// <param name="Policy">The policy that asked for it.</param>
/// <param name="Client">On whose node scripts of the client run.</param>
/// <param name="Frame">The scripts, and how long they may run.</param>
/// <param name="Queue">Where it stands among jobs that wait; null: at <see cref="JobClaim.PriorityUsual"/>, and beside
/// any number of its policy.</param>
public sealed record AdminSpec(
    PolicyName Policy,
    ClientName Client,
    JobFrame Frame,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] QueueRule? Queue = null) : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Admin;
}
