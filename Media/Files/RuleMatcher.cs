using System.Text;
using System.Text.RegularExpressions;
using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>
/// The include and exclude rules of a save operation, compiled. The first rule that matches an item decides; an item
/// that none matches is included. See <see cref="WildPattern"/> for the wildcards. Safe for use by several threads.
/// </summary>
public sealed class RuleMatcher
{
    private readonly Rule[] _rules;

    /// <summary>Compiles rules.</summary>
    /// <param name="rules">In order.</param>
    /// <exception cref="FormatException">A pattern is not one; the message names rule, place and reason.</exception>
    public RuleMatcher(IReadOnlyList<FileRule> rules)
    {
        _rules = new Rule[rules.Count];
        for (var index = 0; index < rules.Count; index++) _rules[index] = Compile(rules[index], index);
    }

    /// <summary>True when there is no rule, so that every item is included.</summary>
    public bool IsEmpty => _rules.Length == 0;

    /// <summary>What the rules say of an item.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="type">Its type; not Any.</param>
    public MatchResult Match(FilePath path, RuleTarget type)
    {
        string? text = null;
        for (var index = 0; index < _rules.Length; index++)
        {
            var rule = _rules[index];
            if (rule.Type != RuleTarget.Any && rule.Type != type) continue;
            var matches = rule.Regex is { } regex
                ? regex.IsMatch(text ??= "/" + Encoding.Latin1.GetString(path.Bytes))
                : rule.Wild!.Matches(path.Bytes, type == RuleTarget.Directory);
            if (matches) return new MatchResult(rule.Include, index);
        }
        return new MatchResult(true, -1);
    }

    private static Rule Compile(FileRule rule, int index)
    {
        try
        {
            return rule.Kind == PatternKind.Wild
                ? new Rule(rule.Include, rule.Type, new WildPattern(rule.Pattern), null)
                : new Rule(rule.Include, rule.Type, null, Expression(rule.Pattern));
        }
        catch (Exception bad) when (bad is FormatException or RegexParseException or NotSupportedException)
        {
            throw new FormatException($"Rule {index + 1}, pattern \"{rule.Pattern}\": {bad.Message}", bad);
        }
    }

    // The path is seen as Latin-1, a character a byte; so the pattern's characters become the bytes of their UTF-8 too.
    private static Regex Expression(string pattern) => new(
        Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(pattern)),
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private sealed record Rule(bool Include, RuleTarget Type, WildPattern? Wild, Regex? Regex);

    /// <summary>What rules take an item for.</summary>
    internal static RuleTarget TargetOf(NodeType type) => type switch
    {
        NodeType.Regular => RuleTarget.File,
        NodeType.Directory => RuleTarget.Directory,
        NodeType.Symlink => RuleTarget.Symlink,
        _ => RuleTarget.Special,
    };
}

/// <summary>What the rules say of an item.</summary>
/// <param name="Included">False when it is left out.</param>
/// <param name="Rule">The rule that decided, from 0; -1 when none matched.</param>
public readonly record struct MatchResult(bool Included, int Rule);
