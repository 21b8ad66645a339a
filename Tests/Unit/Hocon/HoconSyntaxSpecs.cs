using Backup.Hocon;
using Xunit;

namespace Backup.Tests.Unit.Hocon;

/// <summary>What a text means. The same as on Akka.NET: see Tests/Conformance, CoreHocon*.</summary>
public class HoconSyntaxSpecs
{
    private static HoconObject Parse(string text) => HoconParser.Parse(text, "test.conf");

    private static string? Text(string text, string path) => ((HoconScalar)Parse(text).Find(path)!).Text;

    private static string List(string text, string path) =>
        string.Join(",", ((HoconArray)Parse(text).Find(path)!).Items.Select(item => item.ToString()));

    [Theory]
    [InlineData("a { b { c = 1 } }")]
    [InlineData("a.b.c = 1")]
    [InlineData("a { b.c : 1 }")]
    [InlineData("a.b { c=1 }")]
    [InlineData("{ \"a\": { \"b\": { \"c\": 1 } } }")]
    [InlineData("a = { b = { c = 1 } }")]
    [InlineData("a = { x = 1 } { b.c = 1 }")]
    [InlineData("a { x = 1 } b { } a.b.c = 1")]
    [InlineData("a . b . c = 1")]
    [InlineData("a.b.c =\n# comment\n 1")]
    [InlineData("\uFEFFa.b.c = 1")]
    [InlineData("a.b.c = 2, a.b.c = 1,\r\n")]
    [InlineData("a = 5\na.b.c = 1")]
    [InlineData("a = ${o}\no = 3\na.b.c = 1")]
    public void Many_ways_to_write_a_nested_key(string text) => Assert.Equal("1", Text(text, "a.b.c"));

    [Fact]
    public void A_later_value_replaces_and_objects_are_merged()
    {
        const string text = "a { x = 1, y = 2 }\na { y = 3 }\na.z = 4\nb { x = 1 }\nb = 5\nc { x = 1 }\nc = null";

        Assert.Equal("a {\n  x = 1\n  y = 3\n  z = 4\n}\nb = 5\nc = null\n", Parse(text).ToString());
    }

    [Theory]
    [InlineData("a = two words # remark", "two words")]
    [InlineData("a = two  words // remark", "two  words")]
    [InlineData("a = \"# not // a remark\"", "# not // a remark")]
    [InlineData("a = \"q \\\"q\\\" \\\\ \\n \\u0041/\\/\"", "q \"q\" \\ \n A//")]
    [InlineData("a = \"\"\"raw \"x\" \\n\nline\"\"\"", "raw \"x\" \\n\nline")]
    [InlineData("a = pre\"fix\" 'x'", "prefix 'x'")]
    [InlineData("a = \" x \"", " x ")]
    [InlineData("a = \"null\"", "null")]
    [InlineData("a = null and void", "null and void")]
    [InlineData("a = null", null)]
    [InlineData("a = \"${b}\"\nb = 1", "${b}")]
    [InlineData("a = 1; b", "1; b")]
    public void Text_is_plain_quoted_or_both(string text, string? value) => Assert.Equal(value, Text(text, "a"));

    [Fact]
    public void Akka_trims_text_even_within_quotes()
    {
        Assert.Equal("x", ((HoconScalar)Parse("a = \" x \"").Find("a")!).AkkaText);
        Assert.Null(((HoconScalar)Parse("a = \"null\"").Find("a")!).AkkaText);
        Assert.Equal("", ((HoconScalar)Parse("a = \"\"").Find("a")!).AkkaText);
    }

    [Fact]
    public void A_quoted_key_is_one_element()
    {
        var root = Parse("a { \"System.String, mscorlib\" = x\n \"b.c\" = 1\n /user/x = 2 }");

        var keys = ((HoconObject)root.Find("a")!).Members.Select(member => member.Key);
        Assert.Equal(["System.String, mscorlib", "b.c", "/user/x"], keys);
        Assert.NotNull(root.Find("a.\"b.c\""));
        Assert.Null(root.Find("a.b.c"));
    }

    [Theory]
    [InlineData("a = [1, 2, 3,]", "1,2,3")]
    [InlineData("a = [\n x y\n z # remark\n]", "x y,z")]
    [InlineData("a = [1] [2]", "1,2")]
    [InlineData("b = [1, 2]\na = ${b} [4]", "1,2,4")]
    [InlineData("b = [1]\na = [0] ${b} ${?none}", "0,1")]
    [InlineData("a = []", "")]
    [InlineData("a = [1]\na = [2]", "2")]
    public void Lists(string text, string items) => Assert.Equal(items, List(text, "a"));

    [Fact]
    public void A_list_holds_objects_in_order()
    {
        var list = (HoconArray)Parse("a = [{ x = 1 }, { x = 2 }\n { x = 3 } { y = 4 }]").Find("a")!;

        Assert.Equal(["x = 1\n", "x = 2\n", "x = 3\ny = 4\n"], list.Items.Select(item => item.ToString()));
    }

    [Theory]
    [InlineData("b = 5\na = ${b}", "5")]
    [InlineData("a = ${x.y}\nx { y = later }", "later")]
    [InlineData("d = /var\na = ${d}/lib/x.db", "/var/lib/x.db")]
    [InlineData("d = /var\na = \"pre-\"${d}", "pre-/var")]
    [InlineData("b = 1\na = ${b}\nb = 2", "2")]
    [InlineData("a = x${?none} y", "x y")]
    [InlineData("a = ${?none}", null)]
    [InlineData("a = 1\na = ${?none}", null)]
    [InlineData("b = null\na = ${b}", null)]
    [InlineData("\"b.c\" = 1\na = ${\"b.c\"}", "1")]
    [InlineData("c = ${b}\nb { k = 1 }\na = ${c.k}", "1")]
    public void A_substitution_takes_the_last_value_of_its_key(string text, string? value) =>
        Assert.Equal(value, Text(text, "a"));

    [Fact]
    public void A_substitution_of_an_object_gives_the_object() =>
        Assert.Equal("1", Text("o { k = 1 }\np = ${o}", "p.k"));

    [Fact]
    public void A_path_through_a_later_substitution_finds_nothing_as_on_Akka() =>
        Assert.Throws<HoconException>(() => Parse("a = ${b.k}\nb = ${c}\nc { k = 1 }"));

    [Fact]
    public void An_include_is_laid_over_what_stands_before_it_and_under_what_follows()
    {
        var names = new List<string>();
        const string text = "a = 1, b { x = 1, y = 1 }\ninclude \"other.conf\"\nc = 3\nd = ${b.x}";

        var root = HoconParser.Parse(text, "test.conf", (name, place) =>
        {
            names.Add($"{name} {place}");
            return HoconParser.Parse("a = 2\nb { x = 2 }\nc = 2", name);
        });

        Assert.Equal(["other.conf test.conf:2:9"], names);
        Assert.Equal("a = 2\nb {\n  x = 2\n  y = 1\n}\nc = 3\nd = 2\n", root.ToString());
    }

    [Fact]
    public void An_include_within_an_object_goes_there_and_include_is_a_key_too()
    {
        var root = HoconParser.Parse("a { include \"x\" }\ninclude = 7\ninclude-not = 8", "test.conf",
            (_, _) => HoconParser.Parse("b = [1]", "x"));

        Assert.Equal("a {\n  b = [1]\n}\n\"include\" = 7\ninclude-not = 8\n", root.ToString());
    }

    [Fact]
    public void A_fallback_gives_what_is_missing_key_by_key()
    {
        var root = Parse("a { x = 1 }\nl = [1]\no { k = 1 }\ns = 5")
            .WithFallback(Parse("a { x = 2, y = 3 }\nl = [2, 3]\no = 4\ns { k = 2 }\nz = 4"));

        Assert.Equal("a {\n  x = 1\n  y = 3\n}\nl = [1]\no {\n  k = 1\n}\ns = 5\nz = 4\n", root.ToString());
    }

    [Theory]
    [InlineData("a.b", "a|b")]
    [InlineData("a.\"b.c\".d", "a|b.c|d")]
    [InlineData("\"a \" . b", "a |b")]
    [InlineData("a", "a")]
    [InlineData("", "")]
    public void Paths(string path, string elements) => Assert.Equal(elements, string.Join('|', HoconPath.Split(path)));
}
