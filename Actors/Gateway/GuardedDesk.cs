using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>A request, and from where it came.</summary>
/// <param name="Request">The request.</param>
/// <param name="By">Who asks; null where nobody said it.</param>
/// <param name="From">The actor system of the sender; null: this one.</param>
public sealed record Asking(IRequest Request, Asker? By, Address? From);

/// <summary>
/// Answers what whoever asks may know and have done, and writes into a job's log who asked for it. What a node may
/// follows from what the cluster says of the sender's address.
/// </summary>
/// <param name="setup">What the desk behind it needs.</param>
public sealed class GuardedDesk(GatewaySetup setup)
{
    private readonly GatewayDesk _desk = new(setup);

    /// <summary>Answers.</summary>
    /// <param name="asking">What, and who.</param>
    public Task<IReply> Answer(Asking asking) => Task.Run(() => AnswerOf(asking));

    private async Task<IReply> AnswerOf(Asking asking)
    {
        var roles = RolesOf(asking.From);
        if (roles is null) return await Noted(asking, await _desk.Answer(asking.Request).ConfigureAwait(false))
            .ConfigureAwait(false);
        var by = await WhoAsks(asking, roles).ConfigureAwait(false);
        var may = by.Client is { } client ? setup.Rights?.Invoke(client) ?? ClientRights.Usual : ClientRights.None;
        var ownOnly = Rights.AsksAsClient(roles) && !may.HasFlag(ClientRights.All) ? by.Client : null;
        var owners = new Owners(setup);
        var request = ownOnly is { } own ? Rights.Narrow(own, asking.Request, owners) : asking.Request;
        var refused = Rights.Check(by, roles, request, may, owners);
        if (owners.Unread is { } unread) return unread;
        if (refused is not null) return refused;
        var reply = await _desk.Answer(request).ConfigureAwait(false);
        if (ownOnly is { } mine) reply = Rights.Own(mine, asking.Request, reply, owners);
        return await Noted(asking with { By = by }, reply).ConfigureAwait(false);
    }

    /// <summary>Null: the request was made in this process, or by a program that its door let in.</summary>
    private IReadOnlyCollection<string>? RolesOf(Address? from) => from is null
        ? null
        : setup.Members?.Invoke().FirstOrDefault(member => member.Address == from.ToString())?.Roles ?? [];

    /// <summary>A client is who it announced itself as, whatever a single message says.</summary>
    private async Task<Asker> WhoAsks(Asking asking, IReadOnlyCollection<string> roles)
    {
        var said = asking.By ?? new Asker(new NodeName($"{asking.From}"));
        if (!Rights.AsksAsClient(roles)) return said;
        var seen = await setup.Nodes.Ask<NodeProtocol.Nodes>(NodeProtocol.List.Instance, setup.AnswerWithin)
            .ConfigureAwait(false);
        return seen.All.FirstOrDefault(node => node.Address == $"{asking.From}") is { } known
            ? said with { Node = known.Node, Client = known.Client }
            : said with { Client = null };
    }

    /// <summary>Once for a job, however often the same request comes.</summary>
    private async Task<IReply> Noted(Asking asking, IReply reply)
    {
        if (asking.By is not { } by || reply is not JobsStarted started) return reply;
        var who = by.Client is { } client ? $"client {client}" : $"node {by.Node}";
        var line = new JobLogLine(
            setup.Clock.Now, LogSeverity.Info, "asked-by",
            $"Asked for by {who}{(by.User is { } user ? $", user {user}" : "")}.", Source: "gateway",
            SourceSequence: 0);
        // A line that is lost costs no job: it is accepted already.
        foreach (var job in started.Jobs)
            await setup.Catalog.Write(store => store.Jobs.AppendLog(job, [line])).ConfigureAwait(false);
        return reply;
    }
}
