using System.Globalization;
using Backup.Hocon;
using Xunit;

namespace Backup.Tests.Unit.Hocon;

/// <summary>Every way in which a text can be wrong, with the exact place and words.</summary>
public class HoconErrorSpecs
{
    private const string Quotes = "(text with special characters stands in quotes)";
    private const string EndOfValue = $"the end of the line, a comma or a closing bracket {Quotes}";
    private const string TooLarge = "substitutions that grow too large";

    private static HoconException Refusal(string text) =>
        Assert.Throws<HoconException>(() => HoconParser.Parse(text, "test.conf"));

    [Fact]
    public void A_refusal_shows_place_line_and_both_sides() => Assert.Equal(
        """
        test.conf:2:16: found ":"
           2 |   url = tcp//a :x # why
             |                ^ expected a value, such as none
        """,
        new HoconException(new HoconPlace(new HoconSource("test.conf", "a {\n  url = tcp//a :x # why\r\n}"), 2, 16, 1),
            "\":\"", "a value, such as none").Message);

    [Fact]
    public void A_refusal_is_a_format_exception_as_on_Akka() => Assert.IsAssignableFrom<FormatException>(Refusal("a"));

    [Theory]
    [InlineData("a", "1:2:1", "the end of the file", "=, : or { after the key")]
    [InlineData("a\nb = 1", "2:1:1", "\"b\"", "=, : or { after the key")]
    [InlineData("a =", "1:4:1", "the end of the file", $"a value {Quotes}")]
    [InlineData("a = \n}", "2:1:1", "\"}\"", $"a value {Quotes}")]
    [InlineData("a = *", "1:5:1", "\"*\"", $"a value {Quotes}")]
    [InlineData("a { b = 1", "1:10:1", "the end of the file", "a closing brace }")]
    [InlineData("}", "1:1:1", "\"}\"", "a key")]
    [InlineData("= 1", "1:1:1", "\"=\"", "a key")]
    [InlineData("a. = 1", "1:4:1", "\"=\"", "a key")]
    [InlineData(".a = 1", "1:1:1", "\".a\"", "a key")]
    [InlineData("[1]", "1:1:1", "\"[\"", "a key")]
    [InlineData("a = 1,, b = 2", "1:7:1", "\",\"", "a key")]
    [InlineData("a = 1\n, b = 2", "2:1:1", "\",\"", "a key")]
    [InlineData("a { }\n, b = 2", "2:1:1", "\",\"", "a key")]
    [InlineData("{ a = 1 } b", "1:11:1", "\"b\"", "the end of the file after the closing brace")]
    [InlineData("a = http://host:80/x", "1:9:1", "\":\"", EndOfValue)]
    [InlineData("a = b = c", "1:7:1", "\"=\"", EndOfValue)]
    [InlineData("a = { } b = 1", "1:9:1", "\"b\"", EndOfValue)]
    [InlineData("a = b\u00a0c = 1", "1:7:1", "\"c\"", EndOfValue)]
    [InlineData("a = b\u0001 ?c", "1:8:1", "\"?\"", EndOfValue)]
    [InlineData("a = [1 = 2]", "1:8:1", "\"=\"", EndOfValue)]
    [InlineData("a += 3", "1:1:3", "+=", "=, : or { after the key (+= does not append in Akka.NET)")]
    [InlineData("a = \"open\nb = 1", "1:5:5", "a quoted text that does not end on its line",
        "a closing quote (text of several lines stands between triple quotes)")]
    [InlineData("a = \"\"\"open\nb", "1:5:3", "a text in triple quotes that does not end", "a closing \"\"\"")]
    [InlineData("a = \"\\x\"", "1:6:2", "an unknown escape", """one of \" \\ \/ \b \f \n \r \t \uXXXX""")]
    [InlineData("a = \"\\", "1:6:2", "an unknown escape", """one of \" \\ \/ \b \f \n \r \t \uXXXX""")]
    [InlineData("a = \"\\u12g4\"", "1:6:4", "an unfinished escape", "\\u and four hexadecimal digits")]
    [InlineData("a = [1,,2]", "1:8:1", "\",\"", $"a value {Quotes}")]
    [InlineData("a = [1\n, 2]", "2:1:1", "\",\"", $"a value {Quotes}")]
    [InlineData("a = [1, 2", "1:5:1", "a list that does not end", "a closing bracket ]")]
    [InlineData("a = [1] 2", "1:5:5", "a list beside text", "only texts, or only lists, or one object")]
    [InlineData("o { }\na = x ${o}", "2:5:6", "text beside an object", "only texts, or only lists, or one object")]
    [InlineData("a = ${b", "1:8:1", "the end of the file", "a closing brace } after the substitution's path")]
    [InlineData("a = ${}", "1:7:1", "\"}\"", "the path of a key, as in ${a.b}")]
    [InlineData("a = ${b.\"c d\"}", "1:5:10", "a substitution of b.\"c d\", which is not set",
        "a key of this file or of one it includes (environment variables are not read)")]
    [InlineData("a = ${a}", "1:5:4", "a value that substitutes itself", "no circle of substitutions")]
    [InlineData("a = ${b}\nb = x${a}", "1:5:4", "a value that substitutes itself", "no circle of substitutions")]
    [InlineData("o { }\na = ${o} { m = 2 }", "2:10:1", "\"{\"",
        "no object after another value (Akka.NET would drop the first)")]
    [InlineData("a { x = 1 }\na = ${b}\nb = 1", "2:5:1", "\"$\"",
        "no substitution for a key that already is an object (Akka.NET would ignore it)")]
    [InlineData("include \"x\"", "1:9:3", "an include", "none: this text is read without other files")]
    public void Wrong_text_is_refused(string text, string place, string found, string expected)
    {
        var refusal = Refusal(text);

        Assert.Equal((place, found, expected),
            ($"{refusal.Place.Line}:{refusal.Place.Column}:{refusal.Place.Width}", refusal.Found, refusal.Expected));
    }

    [Fact]
    public void Depth_is_bounded()
    {
        Assert.Equal("brackets too deep", Refusal("a = " + new string('[', 100_000)).Found);
        Assert.Equal("a key too deep", Refusal(Repeat(100_000, _ => "a {")).Found);
        Assert.Equal("a key too deep", Refusal(Repeat(100_000, _ => "a.") + "a = 1").Found);
        HoconParser.Parse(Repeat(30, _ => "a = [{ ") + "b = 1" + Repeat(30, _ => "}]"), "test.conf");
    }

    [Fact]
    public void What_substitutions_grow_to_is_bounded()
    {
        var doubling = "k0 = 0123456789\n" + Repeat(60, i => $"k{i + 1} = ${{k{i}}}${{k{i}}}\n");
        var doublingLists = "k0 = [1]\n" + Repeat(60, i => $"k{i + 1} = ${{k{i}}} ${{k{i}}}\n");
        var doublingObjects = "k0 { x = 1 }\n" + Repeat(60, i => $"k{i + 1} {{ x = ${{k{i}}}, y = ${{k{i}}} }}\n");
        var deep = Repeat(5000, i => $"k{i} = [${{k{i + 1}}}]\n") + "k5000 = 1";
        var deepBackwards = "k0 = 1\n" + Repeat(5000, i => $"k{i + 1} = [${{k{i}}}]\n");
        var chain = Repeat(5000, i => $"k{i} = ${{k{i + 1}}}\n") + "k5000 = 1";

        string[] texts = [doubling, doublingLists, doublingObjects, deep, deepBackwards, chain];
        Assert.All(texts, text => Assert.Equal(TooLarge, Refusal(text).Found));
    }

    [Fact]
    public void A_long_line_is_shown_as_a_window_without_control_characters()
    {
        var refusal = Refusal(new string(' ', 400) + "a\t= ?\u001b" + new string('x', 400));

        var lines = refusal.Message.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.All(lines[1..2], line => Assert.InRange(line.Length, 1, 170));
        Assert.Equal('?', lines[1][lines[2].IndexOf('^')]);
        Assert.DoesNotContain(refusal.Message, c => char.IsControl(c) && c != '\n');
    }

    private static string Repeat(int count, Func<int, string> piece) =>
        string.Concat(Enumerable.Range(0, count).Select(i => piece(i).ToString(CultureInfo.InvariantCulture)));
}
