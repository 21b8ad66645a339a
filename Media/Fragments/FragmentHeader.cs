using System.Globalization;
using Backup.Media.Files;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>What the header block of a data or index file says. Layout: docs/formats/header.md.</summary>
/// <param name="Kind">Data or Index.</param>
/// <param name="Image">The image.</param>
/// <param name="Epoch">The attempt that writes it.</param>
/// <param name="Start">The fragment and what its data begins with; the member is null also where its name is too long
/// for a header.</param>
/// <param name="PreviousRoot">The root of the fragment before; none for fragment 0.</param>
/// <param name="Location">The tape file that it begins.</param>
/// <param name="Part">Data: the part, from 0. Index: how many parts the data has.</param>
/// <param name="Offset">Data: offset of the part in the fragment's data. Index: bytes of data of the whole
/// fragment.</param>
/// <param name="Written">When, by the writer's clock.</param>
/// <param name="Root">Index: the fragment's root. Data: none, it is not known yet.</param>
/// <param name="SealsImage">Index: true on the image's last fragment. Data: false, it is not known yet.</param>
/// <param name="Copy">Which copy of the fragment this is: 1 as its job wrote it, 2 and more as it was copied.</param>
public sealed record FragmentHeader(
    TapeFileKind Kind,
    ImageHeader Image,
    Epoch Epoch,
    FragmentStart Start,
    Sha256Digest PreviousRoot,
    TapeLocation Location,
    int Part,
    long Offset,
    DateTimeOffset Written,
    Sha256Digest Root = default,
    bool SealsImage = false,
    int Copy = 1)
{
    private const int MemberTextMax = 8 * 1024;

    /// <summary>The header block.</summary>
    /// <param name="parts">The parts known by now: up to this one, or for an index all of the fragment.</param>
    /// <param name="imageCommand">On the image's last index: the command for the whole image; else null.</param>
    public byte[] Format(IReadOnlyList<TapeLocation> parts, string? imageCommand = null)
    {
        var fields = Fields();
        return HeaderBlock.Format(
            Kind, fields, HeaderProse.For(this, parts, imageCommand, HeaderBlock.RoomForText(fields)));
    }

    /// <summary>Reads a header block.</summary>
    /// <param name="block">32 KiB from a medium, not trusted.</param>
    /// <param name="header">What it says, when there is no defect.</param>
    public static HeaderDefect Read(ReadOnlySpan<byte> block, out FragmentHeader? header)
    {
        header = null;
        var defect = HeaderBlock.Read(block, out var kind, out var fields);
        if (defect != HeaderDefect.None) return defect;
        if (kind == TapeFileKind.Label) return HeaderDefect.OtherKind;
        var read = FromFields(kind, fields);
        if (!fields.IsWhole) return HeaderDefect.Malformed;
        header = read;
        return HeaderDefect.None;
    }

    /// <summary>
    /// True when both are of the same fragment of the same image, written by the same attempt after the same fragment.
    /// </summary>
    /// <param name="index">An index.</param>
    public bool BelongsTo(FragmentIndex index) =>
        Image == index.Image && Epoch == index.Epoch && PreviousRoot == index.PreviousRoot
        && Start with { Member = null } == index.Start with { Member = null };

    private List<KeyValuePair<string, string>> Fields()
    {
        List<KeyValuePair<string, string>> fields =
        [
            new("image", Image.Image.ToString()), new("job", Image.Job.ToString()), new("policy", Image.Policy.Value),
            new("file-set", Image.FileSet.Value), new("client", Image.Client.Value), new("level", Decimal(Image.Level)),
            new("since", Moment(Image.Since)),
            new("base", Image.Base is { } from ? $"{from.Image} {from.Root}" : "none"),
            .. Options(),
            new("epoch", Epoch.ToString()), new("fragment", Decimal(Start.Fragment)),
            new("begins-with", Start.Kind.ToString()), new("bytes-to-first-member", Decimal(Start.BytesToFirstMember)),
            new("previous-root", PreviousRoot.ToString()),
            new(Kind == TapeFileKind.Data ? "part" : "parts", Decimal(Part)),
            new(Kind == TapeFileKind.Data ? "offset" : "data-bytes", Decimal(Offset)),
            new("volume", Location.Volume.Name.Value), new("volume-id", Location.Volume.Id.ToString()),
            new("tape-file", Decimal(Location.File)), new("written", Moment(Written)),
        ];
        if (Start.Member is { } member && PathText.Escape(member.Bytes) is { Length: <= MemberTextMax } text)
            fields.Add(new("member", text));
        if (Kind == TapeFileKind.Index)
            fields.AddRange([new("root", Root.ToString()), new("seals-image", SealsImage ? "yes" : "no")]);
        return fields;
    }

    /// <summary>What an image of the first version has not.</summary>
    private IEnumerable<KeyValuePair<string, string>> Options()
    {
        if (!Image.Recorded) yield return new("recorded", "no");
        if (Image.Rules is { } rules) yield return new("rules", rules.ToString());
        if (Image.MergedFrom is { } newest) yield return new("merged-from", $"{newest.Image} {newest.Root}");
        if (Copy > 1) yield return new("copy", Decimal(Copy));
    }

    private static FragmentHeader FromFields(TapeFileKind kind, HeaderFields fields)
    {
        var isData = kind == TapeFileKind.Data;
        return new FragmentHeader(
            kind,
            ImageOf(fields),
            new Epoch(fields.Number("epoch")),
            new FragmentStart(
                (int)fields.Number("fragment", int.MaxValue), fields.One<FragmentKind>("begins-with"), MemberOf(fields),
                fields.Number("bytes-to-first-member")),
            fields.Parsed<Sha256Digest>("previous-root", Sha256Digest.TryParse),
            new TapeLocation(
                new VolumeIdentity(
                    new VolumeName(fields.Text("volume")), fields.Parsed<VolumeId>("volume-id", VolumeId.TryParse)),
                (int)fields.Number("tape-file", int.MaxValue)),
            (int)fields.Number(isData ? "part" : "parts", int.MaxValue),
            fields.Number(isData ? "offset" : "data-bytes"),
            fields.Moment("written"),
            isData ? default : fields.Parsed<Sha256Digest>("root", Sha256Digest.TryParse),
            !isData && fields.Text("seals-image") == "yes",
            fields.Optional("copy") is null ? 1 : (int)fields.Number("copy", int.MaxValue));
    }

    private static ImageHeader ImageOf(HeaderFields fields) => new(
        fields.Parsed<ImageId>("image", ImageId.TryParse),
        new JobId(fields.Number("job")),
        new PolicyName(fields.Text("policy")),
        new FileSetName(fields.Text("file-set")),
        new ClientName(fields.Text("client")),
        (int)fields.Number("level", 9),
        fields.Moment("since"),
        BaseOf(fields),
        fields.Optional("recorded") != "no",
        RulesOf(fields),
        fields.Optional("merged-from") is { } newest ? IdentityOf(newest, fields) : null);

    private static Sha256Digest? RulesOf(HeaderFields fields) =>
        fields.Optional("rules") is null ? null : fields.Parsed<Sha256Digest>("rules", Sha256Digest.TryParse);

    private static BaseImage? BaseOf(HeaderFields fields)
    {
        var text = fields.Text("base");
        return text == "none" ? null : IdentityOf(text, fields);
    }

    private static BaseImage? IdentityOf(string text, HeaderFields fields)
    {
        var words = text.Split(' ');
        if (words.Length == 2 && ImageId.TryParse(words[0], out var image)
            && Sha256Digest.TryParse(words[1], out var root))
            return new BaseImage(image, root);
        fields.Refuse<int>();
        return null;
    }

    private static FilePath? MemberOf(HeaderFields fields)
    {
        if (fields.Optional("member") is not { } text) return null;
        try
        {
            return new FilePath(PathText.Unescape(text));
        }
        catch (FormatException)
        {
            return fields.Refuse<FilePath>();
        }
    }

    private static string Decimal(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Moment(DateTimeOffset value) =>
        value.ToUniversalTime().ToString("o", CultureInfo.InvariantCulture);
}
