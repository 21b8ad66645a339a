using Backup.Hocon;
using Xunit;

namespace Backup.Tests.Unit.Hocon;

/// <summary>Every key and value knows where it was written.</summary>
public class HoconPlaceSpecs
{
    private const string Text = """
        # remark
        a {
          b.c = two words   # remark
          "d e" : [1, "x y"
            { f = ${a.b.c}!x } ]
          g = [ ]
        }
        a { h { } }
        a.b.c = 2
        a.g = "later"
        """;

    private static HoconObject Parse() => HoconParser.Parse(Text.ReplaceLineEndings("\r\n"), "test.conf");

    private static string Shown(HoconPlace place) => $"{place.Line}:{place.Column}:{place.Width}";

    [Theory]
    [InlineData("a", "2:3:1")]
    [InlineData("a.b.c", "9:9:1")]
    [InlineData("a.\"d e\"", "4:11:1")]
    [InlineData("a.g", "10:7:7")]
    [InlineData("a.h", "8:7:1")]
    public void A_value_stands_where_its_last_text_begins(string path, string place) =>
        Assert.Equal(place, Shown(HoconParser.Parse(Text.Replace("!x", ""), "test.conf").Find(path)!.Place));

    [Fact]
    public void Line_ends_of_either_kind_give_the_same_places()
    {
        var refusal = Assert.Throws<HoconException>(Parse);

        Assert.Equal("test.conf:5:19", refusal.Place.ToString());
    }

    [Fact]
    public void An_item_of_a_list_and_a_key_have_places_too()
    {
        var root = HoconParser.Parse(Text.Replace("!x", ""), "test.conf");
        var list = (HoconArray)root.Find("a.\"d e\"")!;
        var item = (HoconObject)list.Items[2];

        Assert.Equal(["4:12:1", "4:15:5", "5:5:1"], list.Items.Select(each => Shown(each.Place)));
        Assert.Equal(("5:7:1", "5:11:8"), (Shown(item.Members[0].KeyPlace), Shown(item.Members[0].Value.Place)));
        Assert.Equal(["3:3:1", "4:3:5", "6:3:1", "8:5:1"],
            ((HoconObject)root.Find("a")!).Members.Select(each => Shown(each.KeyPlace)));
    }

    [Fact]
    public void A_key_set_twice_remembers_the_values_that_it_lost_and_a_merged_one_lost_none()
    {
        var root = HoconParser.Parse(Text.Replace("!x", ""), "test.conf");
        var a = (HoconObject)root.Find("a")!;

        Assert.True(root.TryGet("a", out var top));
        Assert.Empty(top.Overwritten);
        Assert.True(((HoconObject)a.Find("b")!).TryGet("c", out var c));
        Assert.Equal(["3:9:9"], c.Overwritten.Select(Shown));
        Assert.True(a.TryGet("g", out var g));
        Assert.Equal(["6:7:1"], g.Overwritten.Select(Shown));
    }

    [Fact]
    public void What_an_include_replaces_is_remembered_with_its_file()
    {
        var root = HoconParser.Parse("a = 1\no { x = 1 }\ninclude \"other.conf\"\nb = 3", "test.conf",
            (name, _) => HoconParser.Parse("a = 2\nb = 2\no = 5", name));

        Assert.Equal(["a: test.conf:1:5", "o: test.conf:2:3", "b: other.conf:2:5"],
            root.Members.Select(member => $"{member.Key}: {string.Join(' ', member.Overwritten)}"));
        Assert.Equal("other.conf:1:5", root.Find("a")!.Place.ToString());
    }
}
