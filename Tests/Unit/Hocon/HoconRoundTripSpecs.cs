using Backup.Hocon;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Backup.Tests.Unit.Hocon;

/// <summary>Any tree is written and read back the same; any text ends in a tree or the reader's own refusal.</summary>
public class HoconRoundTripSpecs
{
    // Words that have a meaning somewhere, and characters that need care.
    private static readonly string[] Words =
    [
        "a", "b", "c", "include", "null", "on", "", " ", ".", "//", "#", "\"", "\\", "${a}", "é", "😀",
        "\u0001", "\r\n",
        "\t", "x y", "+", "=",
    ];

    private static readonly Gen<string> Texts =
        Gen.Elements(Words).ListOf().Select(words => string.Concat(words.Take(4)));

    private static Gen<HoconNode> Nodes(int depth)
    {
        var scalars = Gen.OneOf(Texts.Select(text => (string?)text), Gen.Constant<string?>(null))
            .Select(text => (HoconNode)new HoconScalar(text, HoconPlace.None));
        if (depth == 0) return scalars;
        var inner = Gen.Choose(0, depth - 1).SelectMany(Nodes);
        var arrays = inner.ListOf().Select(items => (HoconNode)new HoconArray([.. items.Take(4)], HoconPlace.None));
        return Gen.OneOf(scalars, arrays, Objects(inner).Select(node => (HoconNode)node));
    }

    private static Gen<HoconObject> Objects(Gen<HoconNode> values) =>
        Texts.SelectMany(_ => values, (key, value) => new HoconMember(key, value)).ListOf()
            .Select(members => new HoconObject([.. members.Take(6).DistinctBy(member => member.Key)], HoconPlace.None));

    private static bool Same(HoconNode one, HoconNode other) => (one, other) switch
    {
        (HoconScalar a, HoconScalar b) => a.Text == b.Text,
        (HoconArray a, HoconArray b) => a.Items.Count == b.Items.Count && a.Items.Zip(b.Items)
            .All(both => Same(both.First, both.Second)),
        (HoconObject a, HoconObject b) => a.Members.Count == b.Members.Count && a.Members.Zip(b.Members)
            .All(both => both.First.Key == both.Second.Key && Same(both.First.Value, both.Second.Value)),
        _ => false,
    };

    [Fact]
    public void A_written_tree_is_read_back_the_same() =>
        Prop.ForAll(Objects(Nodes(depth: 4)).ToArbitrary(),
                tree => Same(tree, HoconParser.Parse(HoconWriter.Write(tree), "x")))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Splitting_a_joined_path_gives_its_elements() =>
        Prop.ForAll(Gen.Elements("a", "b.c", "d e", " ", "é").NonEmptyListOf().ToArbitrary(),
                elements => HoconPath.Split(HoconPath.Join(elements)).SequenceEqual(elements))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_of_meaningful_pieces_is_read_or_refused()
    {
        string[] pieces =
        [
            "a", "b", ".", " ", "\n", "{", "}", "[", "]", "=", ":", ",", "\"", "\"\"\"", "${", "${a}", "${?b}",
            "${a.b}", "include \"x\"", "#", "//", "\\", "\\u00", "null", "+", "\t", "\r\n", "a = 1\n",
            "b { a = ${a} }\n", "\uFEFF", "\0",
        ];
        Prop.ForAll(Gen.Elements(pieces).ListOf().ToArbitrary(), list => IsReadOrRefused(string.Concat(list)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void Any_cut_or_changed_text_is_read_or_refused()
    {
        const string text = "a { \"b c\".d = [1, x y, { e = ${f}/g }] # r\n}\nf = \"q\\n\\u0041\"\n"
            + "include \"x\"\nh = \"\"\"t\n\"\"\"${?n}\n";
        for (var at = 0; at < text.Length; at++)
        {
            Assert.True(IsReadOrRefused(text[..at]));
            Assert.True(IsReadOrRefused(text[at..]));
            Assert.True(IsReadOrRefused(text.Remove(at, 1)));
            foreach (var c in "\"{}[]=,.$\\\n#?\0") Assert.True(IsReadOrRefused(text.Insert(at, c.ToString())));
        }
    }

    // Any other exception fails the test by itself.
    private static bool IsReadOrRefused(string text)
    {
        try
        {
            var tree = HoconParser.Parse(text, "x", (_, _) => HoconParser.Parse("a { k = 1 }\nl = [1]", "included"));
            return Same(tree, HoconParser.Parse(HoconWriter.Write(tree), "x"));
        }
        catch (HoconException refusal)
        {
            return refusal.Place.Line >= 1 && refusal.Message.Contains("expected ", StringComparison.Ordinal);
        }
    }
}
