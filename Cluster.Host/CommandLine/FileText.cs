using System.Globalization;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>Files and images as lines. Paths come escaped and safe to print.</summary>
internal static class FileText
{
    /// <summary>Digits of an image id in lists; unique in practice, and accepted by every command.</summary>
    private const int ShownDigits = 12;

    private static readonly (int Bit, int Special, char Plain, char With, char Without)[] Execute =
        [(0x40, 0x800, 'x', 's', 'S'), (0x08, 0x400, 'x', 's', 'S'), (0x01, 0x200, 'x', 't', 'T')];

    public static string Short(ImageId image) => image.ToString()[..ShownDigits];

    /// <summary>As `ls -l` has it, with numeric owners, and marks of what is wrong behind.</summary>
    public static string Long(ListedFile file)
    {
        var target = file.LinkTarget is null ? "" : file.Kind == "hardlink"
            ? $" link to {file.LinkTarget}" : $" -> {file.LinkTarget}";
        var marks = file.Marks.Count == 0 ? "" : $"  [{string.Join(", ", file.Marks)}]";
        var below = file.ItemsBelow is { } items ? $"  ({Quantity.Count(items, "item")} below)" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{Mode(file)} {file.UserId,6} {file.GroupId,6} {file.BytesBelow ?? file.Size,12} "
                + $"{Quantity.Moment(file.Modified)} {file.Path}{target}{marks}{below}");
    }

    /// <summary>Ten characters as `drwxr-xr-x`.</summary>
    public static string Mode(ListedFile file)
    {
        Span<char> text = stackalloc char[10];
        text[0] = file.Kind switch
        {
            "directory" => 'd',
            "symlink" => 'l',
            "hardlink" => 'h',
            "fifo" => 'p',
            "character-device" => 'c',
            "block-device" => 'b',
            _ => '-',
        };
        for (var group = 0; group < 3; group++)
        {
            var bits = file.Mode >> (6 - (3 * group));
            var (execute, special, plain, with, without) = Execute[group];
            text[1 + (3 * group)] = (bits & 4) != 0 ? 'r' : '-';
            text[2 + (3 * group)] = (bits & 2) != 0 ? 'w' : '-';
            var isSpecial = (file.Mode & special) != 0;
            text[3 + (3 * group)] = (file.Mode & execute) != 0 ? isSpecial ? with : plain : isSpecial ? without : '-';
        }
        return text.ToString();
    }
}
