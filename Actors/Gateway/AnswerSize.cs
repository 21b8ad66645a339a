using System.Runtime.Serialization;
using Akka.Actor;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>
/// Answers to another process are messages, and a message has its limit: lists that can be gone on with are cut to it,
/// others are refused. Nothing is lost without a word.
/// </summary>
/// <param name="system">Whose serializers write the answers.</param>
internal sealed class AnswerSize(ActorSystem system)
{
    /// <summary>
    /// True for an asker in another process: remote, or behind the receptionist, whose tunnels are Akka's own actors.
    /// </summary>
    public static bool IsElsewhere(IActorRef asker) =>
        asker.Path.Address.HasGlobalScope || asker.Path.Elements.FirstOrDefault() == "system";

    /// <summary>The answer, or as much of it as fits.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="sent">What it is sent as; null: as it is.</param>
    public IReply Fit(IReply answer, Func<IReply, object>? sent = null)
    {
        for (var fitting = answer; ;)
        {
            if (Problem(sent?.Invoke(fitting) ?? fitting) is not { } problem) return fitting;
            if (Half(fitting) is not { } half)
                return new Refused(
                    RefusalCode.BadRequest, $"The answer cannot be sent: {problem} Ask for less at once.");
            fitting = half;
        }
    }

    private string? Problem(object message)
    {
        try
        {
            system.Serialization.FindSerializerFor(message).ToBinary(message);
            return null;
        }
        catch (SerializationException cannot)
        {
            return cannot.Message;
        }
    }

    private static IReply? Half(IReply answer) => answer switch
    {
        FileList { Files.Count: > 1 } list => list with
        {
            Files = [.. list.Files.Take(list.Files.Count / 2)],
            Next = list.Files[(list.Files.Count / 2) - 1].Path,
        },
        FoundFiles { Files.Count: > 1 } found =>
            new FoundFiles([.. found.Files.Take(found.Files.Count / 2)], More: true),
        ImageDifferences { Differences.Count: > 1 } found => found with
        {
            Differences = [.. found.Differences.Take(found.Differences.Count / 2)],
            Next = found.Differences[(found.Differences.Count / 2) - 1].File.Path,
        },
        VersionList { Versions.Count: > 1 } found =>
            new VersionList([.. found.Versions.Take(found.Versions.Count / 2)], More: true),
        ExceptionList { Exceptions.Count: > 1 } list => new ExceptionList(
            [.. list.Exceptions.Take(list.Exceptions.Count / 2)],
            list.Exceptions[(list.Exceptions.Count / 2) - 1].Number),
        ObjectShown { Events.Count: > 1 } shown => shown with
        {
            Events = [.. shown.Events.TakeLast(shown.Events.Count / 2)],
        },
        NodeStatus { Jobs.Count: > 0 } status => status with
        {
            Jobs = [.. status.Jobs.Take(status.Jobs.Count / 2)],
        },
        JobDetails { Log.Count: > 1 } job => job with { Log = [.. job.Log.Take(job.Log.Count / 2)] },
        JobDetails { Report.FirstExceptions.Count: > 0 } job => job with
        {
            Report = job.Report with
            {
                FirstExceptions = [.. job.Report.FirstExceptions.Take(job.Report.FirstExceptions.Count / 2)],
            },
        },
        _ => null,
    };
}
