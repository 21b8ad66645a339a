namespace Backup.Messages;

/// <summary>A message that may cross the border of a node or of an actor system. Such types only grow.</summary>
public interface IWireMessage;

/// <summary>A message about one job; the job id routes it.</summary>
public interface IJobMessage : IWireMessage
{
    /// <summary>The job.</summary>
    JobId Job { get; }
}
