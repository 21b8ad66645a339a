using System.Globalization;
using System.Text;
using Backup.Media.Tape;

namespace Backup.Media.Fragments;

/// <summary>The text for people in a header block; it ends with the command that restores.</summary>
internal static class HeaderProse
{
    private const string Where =
        """
        Run the command below in the directory of the library (the one that holds a directory for each volume); it restores
        below the current directory. To restore elsewhere, add -C DIRECTORY at its end. It needs GNU tar and zstd.
        """;

    public static string For(
        FragmentHeader header, IReadOnlyList<TapeLocation> parts, string? imageCommand, int roomBytes)
    {
        var text = new StringBuilder();
        text.AppendLine(header.Kind == TapeFileKind.Data ? DataIntroduction(header) : IndexIntroduction(header))
            .AppendLine();
        if (header.Copy > 1)
            text.Append("It is copy ").Append(header.Copy.ToString(CultureInfo.InvariantCulture))
                .AppendLine(" of the fragment, made of another one byte by byte, and needs no other one.").AppendLine();
        if (header.Image.Base is { } from) AddBase(text, from);
        if (header.Image.MergedFrom is { } newest)
            text.Append("The image is a full one. It was made of image ").Append(newest.Image)
                .AppendLine(" and those on which that one builds,")
                .AppendLine("and is as that one was.").AppendLine();
        if (imageCommand is not null) AddImageCommand(text, imageCommand, roomBytes - Reserve(header, parts));
        if (header.Start.Kind is FragmentKind.Head or FragmentKind.Middle) AddNothingAlone(text, header, parts);
        else AddFragmentCommand(text, header, parts, roomBytes);
        return text.ToString();
    }

    private static void AddBase(StringBuilder text, BaseImage from) => text
        .Append("The image holds what changed since image ").Append(from.Image).AppendLine(". Restore that one first, and")
        .AppendLine("what it builds on, oldest first, all into one directory; the command also removes there what was deleted")
        .AppendLine("since.")
        .AppendLine();

    private static string DataIntroduction(FragmentHeader header) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        This is part {header.Part} of fragment {header.Start.Fragment} of a backup image. Behind this block of 32768 bytes are standard Zstandard
        frames; decompressed they are a piece of a standard pax (tar) archive. A part ends where its volume was full, and the fragment then
        goes on in the next part, on another volume, which this header cannot know. The index file behind the last part lists all of them.
        """);

    private static string IndexIntroduction(FragmentHeader header) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        This is the index of fragment {header.Start.Fragment} of a backup image; the fragment's data has {header.Part} part(s). Behind this block of 32768 bytes
        is the index itself (docs/formats/index.md); its commands are plain text in it, so that `strings` finds them.
        """);

    private static void AddImageCommand(StringBuilder text, string command, int roomBytes)
    {
        text.AppendLine("This is the last fragment: the image is whole. To restore the whole image:").AppendLine();
        text.AppendLine(Encoding.UTF8.GetByteCount(command) <= roomBytes
            ? command
            : "    (the command is too long for this header; it is in the index behind it: strings FILE | grep '^{ tail')")
            .AppendLine();
    }

    private static void AddNothingAlone(StringBuilder text, FragmentHeader header, IReadOnlyList<TapeLocation> parts)
    {
        var file = RestoreCommand.Quote(RestoreCommand.PathOf(parts[^1], TapeFileKind.Data));
        text.AppendLine(header.Start.Kind == FragmentKind.Head
            ? "This fragment holds the beginning of one large file, and nothing else."
            : "This fragment holds a middle piece of one large file, and nothing else.");
        text.AppendLine(
            "Nothing can be restored from it alone. The command for the whole image stands in the index of the image's "
            + "last fragment;");
        text.AppendLine("it joins the data files of all fragments in order, of which this part is one:").AppendLine();
        text.AppendLine(
            $"{{ tail -c +32769 FIRST; ...; tail -c +32769 {file}; ...; tail -c +32769 LAST; }} | zstd -dc | tar ...");
    }

    private static void AddFragmentCommand(
        StringBuilder text, FragmentHeader header, IReadOnlyList<TapeLocation> parts, int roomBytes)
    {
        var skip = header.Start.BytesToFirstMember;
        if (skip > 0)
            text.Append(
                    CultureInfo.InvariantCulture,
                    $"The data begins with the rest of a file from earlier fragments, {skip} ")
                .AppendLine("bytes of archive; the command skips it.").AppendLine();
        text.AppendLine(header.Kind == TapeFileKind.Data
            ? "To restore what is in this fragment up to the end of this part. "
                + "On a tape drive (each part on its own volume, joined in order):"
            : "To restore what is in this fragment. On a tape drive (each part on its own volume, joined in order):");
        text.AppendLine().Append("    ").AppendLine(RestoreCommand.OnTape(parts[^1].File, skip, header.Image.Base is not null)).AppendLine();
        text.AppendLine(Where).AppendLine();
        var command = RestoreCommand.For(parts, skip, incremental: header.Image.Base is not null);
        var fits = Encoding.UTF8.GetByteCount(command) + Encoding.UTF8.GetByteCount(text.ToString()) < roomBytes;
        text.AppendLine(fits
            ? command
            : "(too many parts for this header; the command is plain text in the index file behind the last part)");
    }

    private static int Reserve(FragmentHeader header, IReadOnlyList<TapeLocation> parts) =>
        header.Start.Kind is FragmentKind.Head or FragmentKind.Middle
            ? 4096
            : 4096 + Encoding.UTF8.GetByteCount(RestoreCommand.For(
                parts, header.Start.BytesToFirstMember, incremental: header.Image.Base is not null));
}
