namespace Backup.Hocon;

/// <summary>Gives the tree of an included text. Called with the name in <c>include "name"</c> and its place.</summary>
internal delegate HoconObject HoconInclude(string name, HoconPlace place);

/// <summary>
/// The one HOCON reader of this repository. It reads what Akka.NET reads, and refuses with a place what Akka.NET would
/// read otherwise than the HOCON specification says. Substitutions see their own text, never an environment variable.
/// </summary>
internal sealed class HoconParser
{
    /// <summary>Nesting of braces, brackets and dotted keys; a bound, so that no text exhausts the stack.</summary>
    public const int DepthMax = 100;

    private const string Quotes = "(text with special characters stands in quotes)";
    private const string EndOfValue = $"the end of the line, a comma or a closing bracket {Quotes}";

    private readonly HoconCursor _cursor;
    private readonly HoconInclude? _include;
    private readonly List<HoconPiece.Reference> _references = [];
    private int _depth;

    private HoconParser(HoconSource source, HoconInclude? include) =>
        (_cursor, _include) = (new HoconCursor(source), include);

    /// <summary>Reads a whole text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="sourceName">The file's name, for places and messages.</param>
    /// <param name="include">Gives the tree of an included text; without it an include is refused.</param>
    /// <exception cref="HoconException">The text is not HOCON, or a substitution names nothing.</exception>
    public static HoconObject Parse(string text, string sourceName, HoconInclude? include = null)
    {
        var source = new HoconSource(sourceName, text);
        var parser = new HoconParser(source, include);
        var root = new HoconDraft(new HoconPlace(source, 1, 1, 1));
        parser.ParseRoot(root.ToObject());
        return HoconResolver.Resolve(root, parser._references);
    }

    private void ParseRoot(HoconDraftObject root)
    {
        _cursor.SkipBlanks();
        if (_cursor.TryTake('{'))
        {
            ParseMembers(root, isBraced: true);
            _cursor.SkipBlanks();
            if (!_cursor.AtEnd) throw _cursor.Unexpected("the end of the file after the closing brace");
            return;
        }
        ParseMembers(root, isBraced: false);
    }

    /// <summary>Reads members up to the closing brace, or to the end of the text where there is no brace.</summary>
    private void ParseMembers(HoconDraftObject owner, bool isBraced)
    {
        while (true)
        {
            _cursor.SkipBlanks();
            if (isBraced && _cursor.TryTake('}')) return;
            if (_cursor.AtEnd && !isBraced) return;
            if (_cursor.AtEnd) throw _cursor.Unexpected("a closing brace }");
            if (ParseMember(owner)) EndMember(isBraced);
            else if (!_cursor.SkipBlanks()) _cursor.TryTake(',');
        }
    }

    /// <summary>True if the member must be followed by a line's end, a comma or the closing brace.</summary>
    private bool ParseMember(HoconDraftObject owner)
    {
        if (TryParseInclude(owner)) return true;
        var (member, elements) = ParseKey(owner);
        _depth += elements;
        var isObject = ParseAfterKey(member);
        _depth -= elements;
        return !isObject;
    }

    private bool ParseAfterKey(HoconDraftMember member)
    {
        _cursor.SkipBlanks();
        var place = _cursor.Here();
        if (_cursor.TryTake('{'))
        {
            member.AboutToBeObject();
            if (member.Value.Object is null) member.Value.Place = place;
            ParseObject(member.Value.ToObject(), place);
            return true;
        }
        if (!_cursor.TryTake('=') && !_cursor.TryTake(':')) throw _cursor.Unexpected("=, : or { after the key");
        _cursor.SkipBlanks();
        if (_cursor.Current == '{') member.AboutToBeObject();
        else member.AboutToBeReplaced();
        ParseValue(member.Value);
        return false;
    }

    private void EndMember(bool isBraced)
    {
        _cursor.SkipToEndOfLine();
        if (_cursor.AtEnd || _cursor.Current == '\n' || _cursor.TryTake(',')) return;
        if (isBraced && _cursor.Current == '}') return;
        throw _cursor.Unexpected(EndOfValue);
    }

    private bool TryParseInclude(HoconDraftObject owner)
    {
        if (!_cursor.TryTakeBeforeQuote("include")) return false;
        var place = _cursor.Here();
        var name = _cursor.TakeQuoted();
        place = _cursor.Since(place);
        if (_include is null)
            throw new HoconException(place, "an include", "none: this text is read without other files");
        owner.Merge(_include(name, place));
        return true;
    }

    /// <summary>Reads <c>a."b".c</c> and makes the objects that lead to its last element.</summary>
    private (HoconDraftMember Member, int Elements) ParseKey(HoconDraftObject owner)
    {
        for (var elements = 1; ; elements++)
        {
            var place = _cursor.Here();
            if (_depth + elements > DepthMax)
                throw new HoconException(place, "a key too deep", $"at most {DepthMax} levels");
            var isQuoted = _cursor.Current == '"';
            var key = isQuoted ? _cursor.TakeQuoted() : _cursor.TakePlainKey();
            if (key.Length == 0 && !isQuoted) throw _cursor.Unexpected("a key");
            place = isQuoted ? _cursor.Since(place) : place with { Width = key.Length };
            // Akka.NET takes the + for a part of the key.
            if (!isQuoted && key.EndsWith('+') && _cursor.Current == '=')
                throw new HoconException(place, "+=", "=, : or { after the key (+= does not append in Akka.NET)");
            var member = owner.GetOrAdd(key, place);
            _cursor.TakeSpaces();
            if (!_cursor.TryTake('.')) return (member, elements);
            _cursor.TakeSpaces();
            member.AboutToBeObject();
            if (member.Value.Object is null) member.Value.Place = place;
            owner = member.Value.ToObject();
        }
    }

    private void ParseObject(HoconDraftObject owner, HoconPlace opened)
    {
        Enter(opened);
        ParseMembers(owner, isBraced: true);
        _depth--;
    }

    private void Enter(HoconPlace opened)
    {
        if (++_depth > DepthMax) throw new HoconException(opened, "brackets too deep", $"at most {DepthMax} levels");
    }

    /// <summary>Reads objects in a row, which are merged, or texts, lists and substitutions in a row.</summary>
    private void ParseValue(HoconDraft value)
    {
        var place = _cursor.Here();
        if (_cursor.Current == '{')
        {
            if (value.Object is null) value.Place = place;
            while (_cursor.Current == '{')
            {
                var opened = _cursor.Here();
                _cursor.Take();
                ParseObject(value.ToObject(), opened);
                _cursor.TakeSpaces();
            }
            return;
        }

        if (value.Object is not null && _cursor.Matches("${"))
            throw _cursor.Unexpected("no substitution for a key that already is an object (Akka.NET would ignore it)");
        value.Object = null;
        value.Pieces.Clear();
        ParsePieces(value, place);
        if (value.Pieces.Count == 0) throw _cursor.Unexpected($"a value {Quotes}");
        if (_cursor.Current == '{')
            throw _cursor.Unexpected("no object after another value (Akka.NET would drop the first)");
    }

    private void ParsePieces(HoconDraft value, HoconPlace place)
    {
        while (TryParsePiece() is { } piece)
        {
            value.Pieces.Add(piece);
            value.Place = piece is HoconPiece.List ? place : _cursor.Since(place);
            var spaces = _cursor.Here();
            if (_cursor.TakeSpaces() is { Length: > 0 } blanks)
                value.Pieces.Add(new HoconPiece.Text(blanks, IsQuoted: false, spaces));
        }
    }

    private HoconPiece? TryParsePiece()
    {
        var place = _cursor.Here();
        if (_cursor.Current == '"')
            return new HoconPiece.Text(_cursor.TakeQuoted(), IsQuoted: true, _cursor.Since(place));
        if (_cursor.AtPlainText)
            return new HoconPiece.Text(_cursor.TakePlainText(), IsQuoted: false, _cursor.Since(place));
        if (_cursor.TryTake('[')) return ParseList(place);
        return _cursor.Matches("${") ? ParseReference(place) : null;
    }

    private HoconPiece.List ParseList(HoconPlace opened)
    {
        Enter(opened);
        var items = new List<HoconDraft>();
        while (true)
        {
            _cursor.SkipBlanks();
            if (_cursor.TryTake(']')) break;
            if (_cursor.AtEnd) throw new HoconException(opened, "a list that does not end", "a closing bracket ]");
            var item = new HoconDraft(_cursor.Here());
            ParseValue(item);
            items.Add(item);
            _cursor.SkipToEndOfLine();
            if (_cursor.AtEnd || _cursor.Current is '\n' or ']' || _cursor.TryTake(',')) continue;
            throw _cursor.Unexpected(EndOfValue);
        }
        _depth--;
        return new HoconPiece.List(items, opened);
    }

    private HoconPiece.Reference ParseReference(HoconPlace place)
    {
        _cursor.Take();
        _cursor.Take();
        var isOptional = _cursor.TryTake('?');
        var elements = new List<string>();
        do
        {
            _cursor.TakeSpaces();
            var element = _cursor.Current == '"' ? _cursor.TakeQuoted() : _cursor.TakePlainKey();
            if (element.Length == 0) throw _cursor.Unexpected("the path of a key, as in ${a.b}");
            elements.Add(element);
            _cursor.TakeSpaces();
        }
        while (_cursor.TryTake('.'));
        if (!_cursor.TryTake('}')) throw _cursor.Unexpected("a closing brace } after the substitution's path");
        var reference = new HoconPiece.Reference(elements, isOptional, _cursor.Since(place));
        _references.Add(reference);
        return reference;
    }
}
