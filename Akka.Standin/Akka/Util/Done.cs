namespace Akka;

/// <summary>It is done, and there is nothing more to say.</summary>
public sealed class Done
{
    public static readonly Done Instance = new();

    private Done() { }
}

/// <summary>There is no value here, and none was meant.</summary>
public sealed class NotUsed : IEquatable<NotUsed>, IComparable<NotUsed>
{
    public static readonly NotUsed Instance = new();

    private NotUsed() { }

    public bool Equals(NotUsed other) => other is not null;

    public override bool Equals(object obj) => obj is NotUsed;

    public override int GetHashCode() => 0;

    public int CompareTo(NotUsed other) => 0;

    public override string ToString() => "NotUsed";
}
