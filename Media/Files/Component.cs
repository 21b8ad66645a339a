using System.Globalization;

namespace Backup.Media.Files;

/// <summary>One component of a wildcard pattern: a row of single bytes, sets of bytes and `*`.</summary>
internal sealed class Component
{
    private readonly record struct Token(bool IsStar, UInt128 Low, UInt128 High)
    {
        internal bool Has(byte value) => ((value < 128 ? Low : High) >> (value & 127) & 1) != 0;

        internal static readonly Token Star = new(true, 0, 0);
        internal static readonly Token Any = new(false, UInt128.MaxValue, UInt128.MaxValue);

        internal static Token Byte(byte value) => new Token(false, 0, 0).With(value);

        internal Token With(byte value) =>
            value < 128 ? this with { Low = Low | (UInt128.One << value) }
                : this with { High = High | (UInt128.One << (value - 128)) };

        internal Token Negated() => this with { Low = ~Low, High = ~High };
    }

    private readonly Token[] _tokens;
    private readonly byte[]? _literal;

    private Component(Token[] tokens, byte[]? literal) => (_tokens, _literal) = (tokens, literal);

    /// <summary>`**`: any number of components.</summary>
    internal static Component AnyComponents { get; } = new([], null);

    /// <summary>`*`: any one component.</summary>
    internal static Component AnyOne { get; } = new([Token.Star], null);

    internal bool IsAnyComponents => ReferenceEquals(this, AnyComponents);

    internal static Component Parse(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual("**"u8)) return AnyComponents;
        if (text.IsEmpty) throw new FormatException("Two `/` in a row match no path.");
        if (text.SequenceEqual("."u8) || text.SequenceEqual(".."u8))
            throw new FormatException("`.` and `..` are no names of items.");
        if (text.IndexOfAny("*?[\\"u8) < 0) return new Component([], text.ToArray());
        var tokens = new List<Token>();
        for (var at = 0; at < text.Length;)
        {
            var value = text[at++];
            if (value == (byte)'*')
            {
                if (tokens is not [.., { IsStar: true }]) tokens.Add(Token.Star);
            }
            else if (value == (byte)'?') tokens.Add(Token.Any);
            else if (value == (byte)'[') tokens.Add(Set(text, ref at));
            else tokens.Add(Token.Byte(value == (byte)'\\' ? Escaped(text, ref at) : value));
        }
        return new Component([.. tokens], null);
    }

    // Greedy with one point to come back to, so at most pattern times name steps.
    internal bool Matches(ReadOnlySpan<byte> name)
    {
        if (_literal is not null) return name.SequenceEqual(_literal);
        var (token, at, retryToken, retryAt) = (0, 0, -1, 0);
        while (at < name.Length)
        {
            if (token < _tokens.Length && _tokens[token].IsStar) (retryToken, retryAt) = (++token, at);
            else if (token < _tokens.Length && _tokens[token].Has(name[at])) (token, at) = (token + 1, at + 1);
            else if (retryToken >= 0) (token, at) = (retryToken, ++retryAt);
            else return false;
        }
        while (token < _tokens.Length && _tokens[token].IsStar) token++;
        return token == _tokens.Length;
    }

    private static Token Set(ReadOnlySpan<byte> text, ref int at)
    {
        var start = at;
        var negated = at < text.Length && text[at] is (byte)'!' or (byte)'^';
        if (negated) at++;
        var set = new Token(false, 0, 0);
        for (var first = true; ; first = false)
        {
            if (at >= text.Length)
                throw new FormatException($"The set that begins at byte {start} of its component has no `]`.");
            if (text[at] == (byte)']' && !first) break;
            var low = Member(text, ref at);
            var high = low;
            if (at + 1 < text.Length && text[at] == (byte)'-' && text[at + 1] != (byte)']')
            {
                at++;
                high = Member(text, ref at);
            }
            if (high < low) throw new FormatException($"A range in a set runs backwards, from {low} to {high}.");
            for (int value = low; value <= high; value++) set = set.With((byte)value);
        }
        at++;
        return negated ? set.Negated() : set;
    }

    private static byte Member(ReadOnlySpan<byte> text, ref int at)
    {
        var value = text[at++];
        if (value >= 0x80)
            throw new FormatException(
                "A set holds single bytes: write characters outside ASCII as {a,b}, bytes as \\xNN.");
        return value == (byte)'\\' ? Escaped(text, ref at) : value;
    }

    private static byte Escaped(ReadOnlySpan<byte> text, ref int at)
    {
        if (at >= text.Length) throw new FormatException("A component ends in a single backslash.");
        if (text[at] == (byte)'x' && at + 2 < text.Length
            && byte.TryParse(
                text.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            at += 3;
            return value;
        }
        return text[at++];
    }
}
