using System.Text;
using Backup.Hocon;

namespace Backup.Host.Configuration;

/// <summary>Reads configuration files and what they include; a name is relative to the file that includes it.</summary>
internal sealed class SettingsFiles(SettingProblems problems)
{
    private static readonly UTF8Encoding Strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // The files that are being read, outermost first.
    private readonly Stack<string> _open = new();

    /// <summary>The tree of a file with what it includes; empty, and a problem more, where it cannot be read.</summary>
    public HoconObject Load(string path) => Load(path, new HoconPlace(new HoconSource(path, ""), 0, 0, 1));

    /// <summary>The tree of a text that is in no file.</summary>
    public HoconObject LoadText(string text, string name)
    {
        try
        {
            return HoconParser.Parse(text, name, (included, place) => Include(included, name, place));
        }
        catch (HoconException refusal)
        {
            problems.Add(refusal.Place, "", $"found {refusal.Found}", $"expected {refusal.Expected}");
            return HoconObject.Empty;
        }
    }

    private HoconObject Load(string path, HoconPlace asked)
    {
        var full = Path.GetFullPath(path);
        if (_open.Contains(full))
        {
            problems.Add(asked, "", $"a circle of includes: {path} is being read already", "another file");
            return HoconObject.Empty;
        }
        if (TryReadText(path, asked) is not { } text) return HoconObject.Empty;
        _open.Push(full);
        var tree = LoadText(text, path);
        _open.Pop();
        return tree;
    }

    private string? TryReadText(string path, HoconPlace asked)
    {
        var (found, allowed) = ("", "a file that exists and can be read");
        try
        {
            if (Directory.Exists(path)) found = $"{path} is a directory";
            else return Strict.GetString(File.ReadAllBytes(path));
        }
        catch (DecoderFallbackException e)
        {
            (found, allowed) = ($"{path} is not UTF-8 text, see byte {e.Index}", "a file in UTF-8");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            found = $"{path} does not exist";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            found = $"{path} cannot be read: {e.Message}";
        }
        problems.Add(asked, "", found, allowed);
        return null;
    }

    private HoconObject Include(string name, string includer, HoconPlace place)
    {
        var path = Path.Combine(Path.GetDirectoryName(includer) ?? "", name);
        if (!Path.GetFileName(path).Contains('*')) return Load(path, place);

        // A folder such as conf.d may be empty, or missing: the star asks for what there is. A text that includes the
        // files one by one merges them by the reader's own rules.
        var folder = Path.GetDirectoryName(path) is { Length: > 0 } given ? given : ".";
        if (!Directory.Exists(folder)) return HoconObject.Empty;
        var files = Directory.GetFiles(folder, Path.GetFileName(path)).Order(StringComparer.Ordinal);
        var text = string.Concat(files.Select(file => $"include {Quoted(file)}\n"));
        return HoconParser.Parse(text, name, (file, _) => Load(file, place));
    }

    // A name that the writer would leave plain must have quotes behind include.
    private static string Quoted(string name) => HoconWriter.Text(name) is ['"', ..] quoted ? quoted : $"\"{name}\"";
}
