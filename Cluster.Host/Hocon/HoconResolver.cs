using System.Text;

namespace Backup.Hocon;

/// <summary>
/// Turns drafts into nodes. Substitutions are bound in the order of the text, as Akka.NET does: a path that leads
/// through a later substitution finds nothing.
/// </summary>
internal sealed class HoconResolver
{
    /// <summary>A few lines of substitutions of substitutions could fill any memory.</summary>
    private const long WeightMax = 8_000_000;

    private static readonly string MaxWeight = $"at most {WeightMax} characters and values";
    private static readonly string MaxDepth = $"at most {HoconParser.DepthMax} levels";

    private int _depth;

    private HoconResolver() { }

    public static HoconObject Resolve(HoconDraft root, IEnumerable<HoconPiece.Reference> references)
    {
        foreach (var reference in references)
        {
            reference.Target = Find(root, reference.Path);
            if (reference.Target is not null || reference.IsOptional) continue;
            var path = HoconPath.Join(reference.Path);
            throw new HoconException(reference.Place, $"a substitution of {path}, which is not set",
                "a key of this file or of one it includes (environment variables are not read)");
        }
        return (HoconObject)new HoconResolver().Resolve(root);
    }

    private static HoconDraft? Find(HoconDraft from, IReadOnlyList<string> path)
    {
        HoconDraft? at = from;
        foreach (var key in path)
        {
            // A chain of bound substitutions is followed; it cannot be longer than the text has references.
            for (var steps = 0; at is { Object: null, Pieces: [HoconPiece.Reference bound, ..] }; steps++)
                at = steps < HoconParser.DepthMax ? bound.Target : null;
            at = at?.Object?.Find(key)?.Value;
            if (at is null) return null;
        }
        return at;
    }

    private HoconNode Resolve(HoconDraft draft)
    {
        if (draft.Node is { } known) return known;
        if (draft.IsBeingResolved)
            throw new HoconException(draft.Place, "a value that substitutes itself", "no circle of substitutions");
        if (++_depth > 2 * HoconParser.DepthMax) throw TooMuch(draft.Place, MaxDepth);
        draft.IsBeingResolved = true;
        var node = draft.Object is { } members ? Resolve(members, draft.Place) : Join(draft);
        if (node.Depth > HoconParser.DepthMax + 1) throw TooMuch(draft.Place, MaxDepth);
        if (node.Weight > WeightMax) throw TooMuch(draft.Place, MaxWeight);
        draft.IsBeingResolved = false;
        _depth--;
        return draft.Node = node;
    }

    private static HoconException TooMuch(HoconPlace place, string limit) =>
        new(place, "substitutions that grow too large", limit);

    private HoconObject Resolve(HoconDraftObject draft, HoconPlace place)
    {
        var members = new List<HoconMember>(draft.Members.Count);
        foreach (var member in draft.Members)
            members.Add(new HoconMember(member.Key, member.KeyPlace, Resolve(member.Value), member.Overwritten));
        return new HoconObject(members, place);
    }

    private HoconNode Join(HoconDraft draft)
    {
        var nodes = new List<(HoconNode Node, bool IsBlank)>(draft.Pieces.Count);
        foreach (var piece in draft.Pieces)
        {
            if (Resolve(piece) is { } node) nodes.Add((node, piece is HoconPiece.Text { IsBlank: true }));
        }
        while (nodes is [.., { IsBlank: true }]) nodes.RemoveAt(nodes.Count - 1);
        while (nodes is [{ IsBlank: true }, ..]) nodes.RemoveAt(0);

        if (nodes.Count == 0) return new HoconScalar(null, draft.Place);
        if (nodes.Count == 1 && draft.Pieces.Any(IsNullWord)) return new HoconScalar(null, draft.Place);
        if (nodes.Count == 1) return nodes[0].Node.At(draft.Place);
        if (nodes.All(each => each.Node is HoconScalar))
            return JoinTexts(nodes.Select(each => (HoconScalar)each.Node), draft.Place);
        if (nodes.All(each => each.IsBlank || each.Node is HoconArray))
            return JoinLists([.. nodes.Select(each => each.Node).OfType<HoconArray>()], draft.Place);
        var kinds = nodes.Where(each => !each.IsBlank).Select(each => each.Node.Kind).Distinct();
        throw new HoconException(draft.Place, string.Join(" beside ", kinds),
            "only texts, or only lists, or one object");
    }

    private static bool IsNullWord(HoconPiece piece) => piece is HoconPiece.Text { IsQuoted: false, Value: "null" };

    private HoconNode? Resolve(HoconPiece piece) => piece switch
    {
        HoconPiece.Text text => new HoconScalar(text.Value, piece.Place),
        HoconPiece.List list => new HoconArray([.. list.Items.Select(Resolve)], piece.Place),
        HoconPiece.Finished finished => finished.Node,
        HoconPiece.Reference { Target: { } target } => Resolve(target),
        _ => null,
    };

    private static HoconScalar JoinTexts(IEnumerable<HoconScalar> texts, HoconPlace place)
    {
        var joined = new StringBuilder();
        foreach (var text in texts)
        {
            joined.Append(text.Text);
            if (joined.Length > WeightMax) throw TooMuch(place, MaxWeight);
        }
        return new HoconScalar(joined.ToString(), place);
    }

    private static HoconArray JoinLists(IReadOnlyList<HoconArray> lists, HoconPlace place)
    {
        if (lists.Sum(list => list.Weight) > WeightMax) throw TooMuch(place, MaxWeight);
        return new HoconArray([.. lists.SelectMany(list => list.Items)], place);
    }
}
