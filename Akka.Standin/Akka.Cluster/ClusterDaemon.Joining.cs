using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using static Akka.Cluster.ClusterProtocol;

namespace Akka.Cluster;

/// <summary>Becoming a member, and letting others become one.</summary>
internal sealed partial class ClusterDaemon
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    private ImmutableList<Address> _seeds = [];
    private Address _joiningTo;
    private TimeSpan _askingSince;

    private sealed record JoinTick : INoSerializationVerificationNeeded;

    private void Joining()
    {
        Receive<ClusterCommand.JoinTo>(join => JoinTo(join.Address, []));
        Receive<ClusterCommand.JoinSeedNodes>(join => SeekSeeds(join.SeedNodes));
        Receive<JoinTick>(_ => OnJoinTick());
        Receive<InitJoin>(_ => Sender.Tell(IsMember && _gossip.Known[_self]
            .Status is not (MemberStatus.Down or MemberStatus.Exiting)
            ? new InitJoinAck(_self.Address) : new InitJoinNack()));
        Receive<InitJoinAck>(ack =>
        {
            if (_joiningTo is null && !_seeds.IsEmpty && !IsMember) JoinTo(ack.Address, _seeds);
        });
        Receive<InitJoinNack>(_ => { }); // it looks for a cluster itself
        Receive<Join>(OnJoin);
        Receive<Welcome>(OnWelcome);
    }

    private void SeekSeeds(ImmutableList<Address> seeds)
    {
        if (IsMember || seeds.IsEmpty) return;
        (_seeds, _joiningTo, _askingSince) = (seeds, null, Now);
        if (seeds[0].Equals(_self.Address) && seeds.All(seed => seed.Equals(_self.Address))) Found();
        else AskSeeds();
    }

    private void JoinTo(Address address, ImmutableList<Address> seeds)
    {
        if (IsMember) return;
        if (address.Protocol != _self.Address.Protocol || address.System != _self.Address.System)
        {
            _log.Error("Cannot join {0}: this system is {1}, and protocol and name have to be the same", address,
                _self.Address);
            return;
        }
        (_seeds, _joiningTo, _askingSince) = (seeds, address, Now);
        if (address.Equals(_self.Address)) Found();
        else AskToJoin();
    }

    private void AskSeeds()
    {
        foreach (var seed in _seeds.Where(seed => !seed.Equals(_self.Address))) DaemonAt(seed).Tell(new InitJoin());
        Timers.StartSingleTimer(typeof(JoinTick), new JoinTick(), AskAgainAfter);
    }

    private void AskToJoin()
    {
        DaemonAt(_joiningTo).Tell(new Join(_self, _cluster.SelfRoles));
        Timers.StartSingleTimer(typeof(JoinTick), new JoinTick(), AskAgainAfter);
    }

    private void OnJoinTick()
    {
        if (IsMember) return;
        if (_joiningTo is null)
        {
            // Only the first of the list may found a cluster; else two of them might.
            if (_seeds[0].Equals(_self.Address) && Now - _askingSince >= _config.GetTimeSpan("seed-node-timeout"))
                Found();
            else AskSeeds();
        }
        else if (!_seeds.IsEmpty
            && Now - _askingSince >= _config.GetTimeSpan("retry-unsuccessful-join-after")) SeekSeeds(_seeds);
        else AskToJoin();
    }

    private void Found()
    {
        Timers.Cancel(typeof(JoinTick));
        Update(Gossip.Empty.With(new Member(_self, MemberStatus.Joining, _cluster.SelfRoles)));
        OnLeaderTick();
    }

    private void OnJoin(Join join)
    {
        if (!IsMember || join.Node == _self) return;
        var old = At(join.Node.Address).FirstOrDefault(member => member.UniqueAddress != join.Node);
        if (old is not null)
        {
            // The same place with another uid: the one that was there has ended. The newcomer asks again.
            if (old.Status != MemberStatus.Down)
                _log.Info("A new incarnation of {0} wants to join; the old one is Down", old);
            Down(join.Node.Address);
            return;
        }
        if (_gossip.Known.TryGetValue(join.Node, out var known))
        {
            if (known.Status == MemberStatus.Removed) return;
        }
        else Update(_gossip.With(new Member(join.Node, MemberStatus.Joining, join.Roles)));
        Sender.Tell(new Welcome(_self, _gossip.ToState()));
    }

    private void OnWelcome(Welcome welcome)
    {
        if (IsMember || !welcome.From.Address.Equals(_joiningTo)) return;
        var gossip = Gossip.From(welcome.State);
        if (!gossip.IsMember(_self)) return;
        Timers.Cancel(typeof(JoinTick));
        Update(gossip);
        Send(welcome.From);
    }
}
