using System.Text;
using Backup.Media.Files;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Files;

public sealed class RuleMatcherSpecs
{
    [Theory]
    [InlineData("/etc/hosts", "/etc/hosts", true)]
    [InlineData("/etc/hosts", "/srv/etc/hosts", false)]
    [InlineData("etc/hosts", "/srv/etc/hosts", true)]
    [InlineData("/etc", "/etc/hosts", false)]
    [InlineData("*.o", "/a/b/c.o", true)]
    [InlineData("*.o", "/a/b.o/c", false)]
    [InlineData("/a/*/c", "/a/b/c", true)]
    [InlineData("/a/*/c", "/a/b/b/c", false)]
    [InlineData("/a/**/c", "/a/c", true)]
    [InlineData("/a/**/c", "/a/b/b/c", true)]
    [InlineData("/a/**", "/a", false)]
    [InlineData("/a/**", "/a/b/c", true)]
    [InlineData("**/c", "/c", true)]
    [InlineData("a**b", "/axxb", true)]
    [InlineData("a**b", "/a/b", false)]
    [InlineData("[!a-c]x", "/dx", true)]
    [InlineData("[!a-c]x", "/bx", false)]
    [InlineData("[]x]", "/]", true)]
    [InlineData("[a-]", "/-", true)]
    [InlineData("{a,b{c,d}}.txt", "/x/bd.txt", true)]
    [InlineData("{a,b{c,d}}.txt", "/x/b.txt", false)]
    [InlineData("/{a,b/c}/d", "/b/c/d", true)]
    [InlineData(@"\*", "/*", true)]
    [InlineData(@"\*", "/x", false)]
    [InlineData(@"\x2a\\", @"/*\", true)]
    [InlineData("é*", "/été", true)]
    [InlineData("a[{]b", "/a{b", true)]
    public void Patterns_mean_what_is_written_of_them(string pattern, string path, bool matches) =>
        Assert.Equal(matches, new WildPattern(pattern).Matches(FilePath.FromText(path).Bytes, isDirectory: false));

    [Fact]
    public void A_trailing_slash_matches_directories_only()
    {
        Assert.True(new WildPattern("tmp/").Matches("a/tmp"u8, isDirectory: true));
        Assert.False(new WildPattern("tmp/").Matches("a/tmp"u8, isDirectory: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[a")]
    [InlineData("[z-a]")]
    [InlineData("{a,b")]
    [InlineData("a}")]
    [InlineData("a//b")]
    [InlineData("../x")]
    [InlineData(@"a\")]
    [InlineData("[é]")]
    [InlineData("{1,2,3,4,5,6}{1,2,3,4,5,6}{1,2,3,4,5,6}{1,2,3,4,5,6}")]
    public void A_pattern_that_is_none_is_refused_with_its_rule(string pattern)
    {
        var rules = new[] { new FileRule(true, "good"), new FileRule(false, pattern) };

        var refused = Assert.Throws<FormatException>(() => new RuleMatcher(rules));

        Assert.StartsWith($"Rule 2, pattern \"{pattern}\": ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_regular_expression_is_searched_in_the_absolute_path_byte_by_byte()
    {
        var matcher = new RuleMatcher([new FileRule(false, @"^/srv/.*é\.\xff$", PatternKind.Regex)]);

        Assert.False(matcher.Match(new FilePath([.. "srv/x/é."u8, 0xff]), RuleTarget.File).Included);
        Assert.True(matcher.Match(new FilePath([.. "srv/x/é."u8, 0xfe]), RuleTarget.File).Included);
        Assert.Throws<FormatException>(() => new RuleMatcher([new FileRule(false, "(", PatternKind.Regex)]));
        Assert.Throws<FormatException>(() => new RuleMatcher([new FileRule(false, @"(a)\1", PatternKind.Regex)]));
    }

    [Fact]
    public void The_first_rule_that_matches_type_and_path_decides()
    {
        var matcher = new RuleMatcher(
            [new FileRule(true, "a", Type: RuleTarget.Directory), new FileRule(false, "a"),
                new FileRule(false, "l", Type: RuleTarget.Symlink)]);

        Assert.Equal(new MatchResult(true, 0), matcher.Match(FilePath.FromText("x/a"), RuleTarget.Directory));
        Assert.Equal(new MatchResult(false, 1), matcher.Match(FilePath.FromText("x/a"), RuleTarget.File));
        Assert.Equal(new MatchResult(true, -1), matcher.Match(FilePath.FromText("l"), RuleTarget.File));
        Assert.Equal(new MatchResult(false, 2), matcher.Match(FilePath.FromText("l"), RuleTarget.Symlink));
    }

    [Fact]
    public void Hostile_patterns_take_no_more_than_a_moment()
    {
        var star = new WildPattern(string.Concat(Enumerable.Repeat("*a", 60)) + "b");
        var deep = new WildPattern("/" + string.Concat(Enumerable.Repeat("**/*a*/", 30)) + "b");
        var name = Encoding.ASCII.GetBytes(new string('a', 250));
        var path = FilePath.FromText(string.Join('/', Enumerable.Repeat("aaa", 1000)));
        var start = Environment.TickCount64;

        Assert.False(star.Matches(name, isDirectory: false));
        Assert.False(deep.Matches(path.Bytes, isDirectory: false));

        Assert.InRange(Environment.TickCount64 - start, 0, 5_000); // backtracking would take years
    }

    [Fact]
    public void The_engine_agrees_with_a_recursive_reference_on_random_paths_and_patterns()
    {
        var random = new Random(20_251_121);
        var matched = 0;
        for (var round = 0; round < 60_000; round++)
        {
            var pattern = RandomPattern(random);
            var path = string.Join('/', Enumerable.Range(0, random.Next(1, 6)).Select(_ => RandomName(random)));
            var isDirectory = random.Next(2) == 0;

            var expected = Reference.Matches(pattern, path, isDirectory);
            var found = new WildPattern(pattern).Matches(Encoding.ASCII.GetBytes(path), isDirectory);

            Assert.True(
                expected == found, $"pattern {pattern}, path {path}, directory {isDirectory}: expected {expected}");
            matched += expected ? 1 : 0;
        }
        Assert.InRange(matched, 1_000, 59_000); // both answers are tried
    }

    private static string RandomPattern(Random random)
    {
        string[] components = ["**", "**", "*", "a", "b", "ab", "a*", "*b", "?", "a?", "[ab]", "[!a]*", "*a*b*",
            "{a,b}", "{a,*b,?}c", "a[a-c]"];
        var text = string.Join(
            '/', Enumerable.Range(0, random.Next(1, 6)).Select(_ => components[random.Next(components.Length)]));
        return (random.Next(2) == 0 ? "/" : "") + text + (random.Next(4) == 0 ? "/" : "");
    }

    private static string RandomName(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => "abc"[random.Next(3)]));

    /// <summary>Matches by trying everything; slow, and plain enough to be seen to be right.</summary>
    private static class Reference
    {
        public static bool Matches(string pattern, string path, bool isDirectory)
        {
            if (pattern.IndexOf('{') is >= 0 and var open)
            {
                var close = pattern.IndexOf('}');
                return pattern[(open + 1)..close].Split(',')
                    .Any(choice => Matches(pattern[..open] + choice + pattern[(close + 1)..], path, isDirectory));
            }
            if (pattern.EndsWith('/')) return isDirectory && Matches(pattern[..^1], path, isDirectory);
            var names = path.Split('/');
            if (pattern.StartsWith('/')) return Components(pattern[1..].Split('/'), names);
            return Enumerable.Range(0, names.Length).Any(skip => Components(pattern.Split('/'), names[skip..]));
        }

        private static bool Components(string[] pattern, string[] names)
        {
            if (pattern.Length == 0) return names.Length == 0;
            if (pattern is ["**"]) return names.Length > 0;
            if (pattern[0] == "**")
                return Enumerable.Range(0, names.Length + 1).Any(skip => Components(pattern[1..], names[skip..]));
            return names.Length > 0 && Name(pattern[0], names[0]) && Components(pattern[1..], names[1..]);
        }

        private static bool Name(string pattern, string name)
        {
            if (pattern.Length == 0) return name.Length == 0;
            if (pattern[0] == '*') return Name(pattern[1..], name) || (name.Length > 0 && Name(pattern, name[1..]));
            if (name.Length == 0) return false;
            if (pattern[0] != '[') return (pattern[0] == '?' || pattern[0] == name[0]) && Name(pattern[1..], name[1..]);
            var close = pattern.IndexOf(']');
            var isIn = pattern[1..close] switch
            {
                "ab" => name[0] is 'a' or 'b',
                "!a" => name[0] != 'a',
                "a-c" => name[0] is >= 'a' and <= 'c',
                var other => throw new ArgumentException(other, nameof(pattern)),
            };
            return isIn && Name(pattern[(close + 1)..], name[1..]);
        }
    }
}
