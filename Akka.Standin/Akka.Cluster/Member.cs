using System.Collections.Immutable;
using Akka.Actor;
using Akka.Serialization.Wire;

namespace Akka.Cluster;

public enum MemberStatus
{
    Joining = 0,
    Up = 1,
    Leaving = 2,
    Exiting = 3,
    Down = 4,
    Removed = 5,
    WeaklyUp = 6,
}

/// <summary>An address and which run of the system it was: a node that comes back is another member.</summary>
public class UniqueAddress(Address address, int uid) : IComparable<UniqueAddress>, IEquatable<UniqueAddress>,
    IComparable, IProtocolMessage
{
    public Address Address { get; } = address;
    public int Uid { get; } = uid;

    public int CompareTo(UniqueAddress other)
    {
        if (other is null) return 1;
        var order = Member.AddressOrdering.Compare(Address, other.Address);
        return order != 0 ? order : Uid.CompareTo(other.Uid);
    }

    int IComparable.CompareTo(object obj) => CompareTo(obj as UniqueAddress);

    public bool Equals(UniqueAddress other) => other is not null && Uid == other.Uid && Address.Equals(other.Address);

    public override bool Equals(object obj) => Equals(obj as UniqueAddress);

    public override int GetHashCode() => Uid;

    public override string ToString() => $"UniqueAddress: ({Address}, {Uid})";

    public static bool operator ==(UniqueAddress left, UniqueAddress right) => Equals(left, right);

    public static bool operator !=(UniqueAddress left, UniqueAddress right) => !Equals(left, right);
}

/// <summary>A node of the cluster as it is known here. Equal when the unique addresses are.</summary>
public class Member : IComparable<Member>, IComparable, IProtocolMessage
{
    public static readonly IComparer<Address> AddressOrdering = Comparer<Address>.Create(CompareAddresses);

    /// <summary>The oldest first.</summary>
    public static readonly IComparer<Member> AgeOrdering = Comparer<Member>.Create((a, b) =>
        a.Equals(b) ? 0 : a.IsOlderThan(b) ? -1 : 1);

    internal const int NotUpYet = int.MaxValue;

    internal Member(UniqueAddress node, MemberStatus status, ImmutableHashSet<string> roles, int upNumber = NotUpYet) =>
        (UniqueAddress, Status, Roles, UpNumber) = (node, status, roles, upNumber);

    public UniqueAddress UniqueAddress { get; }
    public MemberStatus Status { get; }
    public ImmutableHashSet<string> Roles { get; }
    public Address Address => UniqueAddress.Address;
    internal int UpNumber { get; }

    /// <summary>
    /// A member only goes on along these, so that of two pieces of news the further one is the newer.
    /// </summary>
    internal int Progress => Status switch
    {
        MemberStatus.Joining => 0,
        MemberStatus.WeaklyUp => 1,
        MemberStatus.Up => 2,
        MemberStatus.Leaving => 3,
        MemberStatus.Exiting => 4,
        MemberStatus.Down => 5,
        _ => 6,
    };

    public bool HasRole(string role) => Roles.Contains(role);

    public bool IsOlderThan(Member other) =>
        UpNumber == other.UpNumber ? AddressOrdering.Compare(Address, other.Address) < 0 : UpNumber < other.UpNumber;

    public Member Copy(MemberStatus status) => status == Status ? this : new(UniqueAddress, status, Roles, UpNumber);

    public Member CopyUp(int upNumber) => new(UniqueAddress, MemberStatus.Up, Roles, upNumber);

    internal Member Merge(Member other)
    {
        var further = other.Progress > Progress ? other : this;
        var upNumber = Math.Min(UpNumber, other.UpNumber);
        return upNumber == further.UpNumber ? further : new Member(UniqueAddress, further.Status, Roles, upNumber);
    }

    public int CompareTo(Member other) => UniqueAddress.CompareTo(other?.UniqueAddress);

    int IComparable.CompareTo(object obj) => CompareTo(obj as Member);

    public override bool Equals(object obj) => obj is Member other && UniqueAddress.Equals(other.UniqueAddress);

    public override int GetHashCode() => UniqueAddress.GetHashCode();

    public override string ToString() =>
        $"Member(address = {Address}, Uid={UniqueAddress.Uid} status = {Status}, role=[{string.Join(",", Roles)}], upNumber={UpNumber})";

    private static int CompareAddresses(Address a, Address b)
    {
        if (ReferenceEquals(a, b)) return 0;
        var order = string.CompareOrdinal(a?.Host ?? "", b?.Host ?? "");
        return order != 0 ? order : (a?.Port ?? 0).CompareTo(b?.Port ?? 0);
    }
}
