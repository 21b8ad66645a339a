namespace Backup.Hocon;

/// <summary>What a value is made of while its text is still being read: pieces in a row.</summary>
internal abstract record HoconPiece(HoconPlace Place)
{
    /// <param name="IsQuoted">Quoted text is never the word null.</param>
    public sealed record Text(string Value, bool IsQuoted, HoconPlace Place) : HoconPiece(Place)
    {
        public bool IsBlank => !IsQuoted && string.IsNullOrWhiteSpace(Value);
    }

    public sealed record List(IReadOnlyList<HoconDraft> Items, HoconPlace Place) : HoconPiece(Place);

    /// <summary>A value that came finished from an included text.</summary>
    public sealed record Finished(HoconNode Node) : HoconPiece(Node.Place);

    public sealed record Reference(IReadOnlyList<string> Path, bool IsOptional, HoconPlace Place) : HoconPiece(Place)
    {
        /// <summary>Set once all text is read; stays null where an optional one names nothing.</summary>
        public HoconDraft? Target { get; set; }
    }
}

/// <summary>The value of a key or list item while its text is being read: an object, or pieces in a row.</summary>
internal sealed class HoconDraft(HoconPlace place)
{
    public HoconPlace Place { get; set; } = place;
    public HoconDraftObject? Object { get; set; }
    public List<HoconPiece> Pieces { get; } = [];

    /// <summary>What the resolver made of it.</summary>
    public HoconNode? Node { get; set; }

    /// <summary>The resolver is at it: to meet it again is a circle.</summary>
    public bool IsBeingResolved { get; set; }

    public bool IsUnset => Object is null && Pieces.Count == 0;

    /// <summary>The object of this value, made now where there is none; whatever else it held is replaced.</summary>
    public HoconDraftObject ToObject()
    {
        Pieces.Clear();
        return Object ??= new HoconDraftObject();
    }
}

internal sealed class HoconDraftObject
{
    private readonly Dictionary<string, HoconDraftMember> _byKey = new(StringComparer.Ordinal);

    public List<HoconDraftMember> Members { get; } = [];

    public HoconDraftMember? Find(string key) => _byKey.GetValueOrDefault(key);

    public HoconDraftMember GetOrAdd(string key, HoconPlace keyPlace)
    {
        if (_byKey.TryGetValue(key, out var member)) return member;
        member = new HoconDraftMember(key, keyPlace, new HoconDraft(keyPlace));
        _byKey.Add(key, member);
        Members.Add(member);
        return member;
    }

    /// <summary>Lays a finished object (an included text) over this one.</summary>
    public void Merge(HoconObject included)
    {
        foreach (var theirs in included.Members)
        {
            var mine = GetOrAdd(theirs.Key, theirs.KeyPlace);
            mine.Overwritten.AddRange(theirs.Overwritten);
            if (theirs.Value is HoconObject inner)
            {
                mine.AboutToBeObject();
                if (mine.Value.IsUnset) mine.Value.Place = inner.Place;
                mine.Value.ToObject().Merge(inner);
                continue;
            }
            mine.AboutToBeReplaced();
            mine.Value.Object = null;
            mine.Value.Pieces.Clear();
            mine.Value.Pieces.Add(new HoconPiece.Finished(theirs.Value));
            mine.Value.Place = theirs.Value.Place;
        }
    }
}

internal sealed record HoconDraftMember(string Key, HoconPlace KeyPlace, HoconDraft Value)
{
    public List<HoconPlace> Overwritten { get; } = [];

    public void AboutToBeReplaced()
    {
        if (!Value.IsUnset) Overwritten.Add(Value.Place);
    }

    public void AboutToBeObject()
    {
        if (Value.Pieces.Count > 0) Overwritten.Add(Value.Place);
    }
}
