using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Messages.Operations;

/// <summary>Asks what jobs ask of people now.</summary>
/// <param name="Of">Only what was asked of this person; null: all.</param>
public sealed record ListRequests(string? Of = null) : IRequest;

/// <summary>What jobs ask of people.</summary>
/// <param name="Requests">By job.</param>
public sealed record RequestList(IReadOnlyList<HumanRequest> Requests) : IReply;

/// <summary>What a job asks of a person: to bring a volume.</summary>
/// <param name="Job">The job that waits.</param>
/// <param name="Drive">The drive that it holds, empty.</param>
/// <param name="Volume">The volume to be read; null when any of a pool will do.</param>
/// <param name="Pool">The pool of which a volume is needed; null for one to be read.</param>
/// <param name="Since">Since when it waits.</param>
/// <param name="Text">One sentence: what is to be done.</param>
/// <param name="Assigned">Who was asked to; null: nobody yet.</param>
public sealed record HumanRequest(
    JobId Job, DriveId Drive, VolumeName? Volume, PoolName? Pool, DateTimeOffset Since, string Text,
    Assignment? Assigned);

/// <summary>
/// Says who is to do what a job asks of a person. It lasts as long as the job waits for the same, on whichever
/// director.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Job">The job that waits.</param>
/// <param name="Person">A name, 1 to 100 characters; null: nobody any more.</param>
/// <param name="Note">What is said to the person, up to 500 characters.</param>
public sealed record AssignRequest(RequestId Request, JobId Job, string? Person = null, string? Note = null)
    : ICommandRequest;

/// <summary>It is recorded.</summary>
/// <param name="Job">The job.</param>
/// <param name="Person">Who is to do what it asks for; null: nobody any more.</param>
public sealed record RequestAssigned(JobId Job, string? Person) : IReply;
