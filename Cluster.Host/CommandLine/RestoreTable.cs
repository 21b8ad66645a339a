using System.Text;
using Backup.Media.Files;

namespace Backup.Host.CommandLine;

/// <summary>
/// What to restore, as rows of a table, as a query of a database prints them: an image, and a path in it. CSV
/// (RFC 4180) or, where the first line has a tab, columns with tabs between.
/// </summary>
internal static class RestoreTable
{
    private const string Expected =
        "Expected rows with an image (its id or the number of its job) and a path, or a first row that names the "
            + "columns \"image\" or \"job\", and \"path\"";

    /// <summary>Reads a table.</summary>
    /// <param name="text">All of it.</param>
    /// <returns>Each image once, in order, with its paths; none where the table has no column of paths.</returns>
    /// <exception cref="FormatException">It is none, or has no rows; the sentence says which row and what is
    /// expected.</exception>
    public static IReadOnlyList<(string Image, IReadOnlyList<string> Paths)> Read(string text)
    {
        var rows = Rows(text).ToList();
        if (rows.Count == 0) throw new FormatException($"{Expected}; found none.");
        var (image, path, first) = Columns(rows[0].Cells);
        if (first == rows.Count) throw new FormatException("The table has names of columns, and no row below them.");
        var (order, paths) = (new List<string>(), new Dictionary<string, List<string>>(StringComparer.Ordinal));
        foreach (var (cells, line) in rows.Skip(first))
        {
            if (cells.Count <= Math.Max(image, path))
                throw new FormatException(
                    $"Line {line} has {cells.Count} columns, the first row has more. {Expected}.");
            var of = ImageOf(cells[image], line);
            if (!paths.TryGetValue(of, out var listed))
            {
                order.Add(of);
                paths[of] = listed = [];
            }
            if (path >= 0) listed.Add(PathOf(cells[path], line));
        }
        return [.. order.Select(of => (of, (IReadOnlyList<string>)[.. paths[of].Distinct()]))];
    }

    /// <summary>Which columns hold image and path (-1: none does), and the first row of the table's own.</summary>
    private static (int Image, int Path, int First) Columns(IReadOnlyList<string> first)
    {
        var names = first.Select(name => name.Trim().ToLowerInvariant()).ToList();
        var (image, path) = (names.IndexOf("image"), names.IndexOf("path"));
        if (image < 0) image = names.IndexOf("job");
        if (image >= 0) return (image, path, 1);
        if (path >= 0) throw new FormatException($"The table has no column \"image\" or \"job\". {Expected}.");
        return first.Count switch
        {
            1 => (0, -1, 0),
            2 => (0, 1, 0),
            _ => throw new FormatException($"The first row has {first.Count} columns without names. {Expected}."),
        };
    }

    private static string ImageOf(string cell, long line)
    {
        var image = cell.Trim();
        if (image.StartsWith(@"\x", StringComparison.Ordinal)) image = image[2..]; // as PostgreSQL prints bytes
        return image.Length > 0 && !image.Contains(',', StringComparison.Ordinal)
            ? image
            : throw new FormatException($"Line {line} names no image: \"{cell}\". {Expected}.");
    }

    /// <summary>A row without a path must not mean everything.</summary>
    private static string PathOf(string cell, long line)
    {
        if (cell.Length == 0)
            throw new FormatException(
                $"Line {line} has no path. Leave the column of paths out to restore whole images.");
        if (!cell.StartsWith(@"\x", StringComparison.Ordinal)) return cell;
        // Bytes, as PostgreSQL prints them; as text a path begins with a slash
        try
        {
            var path = PathText.Escape(Convert.FromHexString(cell.AsSpan(2)));
            return path.StartsWith('/') ? path : "/" + path;
        }
        catch (FormatException)
        {
            throw new FormatException(
                $"Line {line}: \"{cell}\" is no path. Expected one as `backup ls` shows it, or bytes as \\x2f657463.");
        }
    }

    /// <summary>The rows that hold anything, and the line on which each begins.</summary>
    private static IEnumerable<(IReadOnlyList<string> Cells, long Line)> Rows(string text)
    {
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var separator = text.AsSpan(0, end < 0 ? text.Length : end).Contains('\t') ? '\t' : ',';
        var (cells, cell, line, began) = (new List<string>(), new StringBuilder(), 1L, 1L);
        var (isQuoted, wasQuoted) = (false, false);
        for (var at = 0; at <= text.Length; at++)
        {
            var one = at < text.Length ? text[at] : '\n';
            if (one == '\n' && at < text.Length) line++;
            if (isQuoted)
            {
                if (at == text.Length)
                    throw new FormatException($"The quotation mark in the row at line {began} is never closed.");
                if (one != '"') cell.Append(one);
                else if (at + 1 < text.Length && text[at + 1] == '"') cell.Append(text[at++]);
                else isQuoted = false;
            }
            else if (one == '"' && cell.Length == 0 && separator == ',') (isQuoted, wasQuoted) = (true, true);
            else if (one == separator || one == '\n')
            {
                if (one == '\n' && !wasQuoted && cell is [.., '\r']) cell.Length--;
                cells.Add(cell.ToString());
                cell.Clear();
                if (one == '\n')
                {
                    if (cells.Count > 1 || cells[0].Length > 0 || wasQuoted) yield return (cells, began);
                    (cells, began) = ([], line);
                }
                wasQuoted = false;
            }
            else if (!wasQuoted || one != '\r') cell.Append(one);
        }
    }
}
