using Backup.Messages.Jobs;

namespace Backup.Messages.Operations;

/// <summary>Compares the catalog's rows with each other, and says what should not be.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Repair">Mend what loses nothing; all else is only named.</param>
public sealed record CheckCatalog(RequestId Request, bool Repair = false) : ICommandRequest;

/// <summary>What is wrong in the catalog.</summary>
/// <param name="Findings">Most important first; empty: nothing.</param>
public sealed record CatalogChecked(IReadOnlyList<CatalogFinding> Findings) : IReply;

/// <summary>Something in the catalog that should not be.</summary>
/// <param name="Kind">A word for it, as `volume-unknown`.</param>
/// <param name="Detail">What is wrong, and what to do.</param>
/// <param name="MayRepair">True where it can be mended without losing anything.</param>
/// <param name="Repaired">True when it was.</param>
public sealed record CatalogFinding(string Kind, string Detail, bool MayRepair, bool Repaired);

/// <summary>Asks for images, newest first.</summary>
/// <param name="Limit">Most images in the answer, 1 to 10,000.</param>
/// <param name="Client">Only of this client.</param>
/// <param name="Policy">Only of this policy.</param>
public sealed record ListImages(int Limit = 50, ClientName? Client = null, PolicyName? Policy = null) : IRequest;

/// <summary>Images, newest first.</summary>
/// <param name="Images">The images.</param>
public sealed record ImageList(IReadOnlyList<ImageSummary> Images) : IReply;

/// <summary>One image.</summary>
/// <param name="Image">Its id.</param>
/// <param name="Job">The job that wrote it.</param>
/// <param name="Client">Whose data it is.</param>
/// <param name="Policy">The policy.</param>
/// <param name="FileSet">The file set.</param>
/// <param name="Level">0 to 9.</param>
/// <param name="Since">The moment that it protects from.</param>
/// <param name="State">`open`, `sealed`, `abandoned` or `lacking`.</param>
/// <param name="Outcome">Outcome in its seal; null before.</param>
/// <param name="Files">Items in it.</param>
/// <param name="Bytes">Bytes of content.</param>
/// <param name="StoredBytes">Bytes on the medium.</param>
/// <param name="Fragments">Closed fragments.</param>
/// <param name="Exceptions">Exceptions named in it.</param>
/// <param name="Volumes">Volumes that hold it, in order.</param>
/// <param name="Base">The image that it builds on; null for a full.</param>
/// <param name="Recorded">False: never a base of others.</param>
/// <param name="MergedFrom">Of a full that was made without its client: the images that it was made of, oldest first,
/// as far as the catalog knows them; null: it is none.</param>
/// <param name="Lacks">Of one that is lacking: what a scan did not find of it.</param>
/// <param name="Copies">Its copies, by number; null from a node that knows of none.</param>
/// <param name="PendingCopies">The copies that are promised and not there (yet). Null: none.</param>
public sealed record ImageSummary(
    ImageId Image,
    JobId Job,
    ClientName Client,
    PolicyName Policy,
    FileSetName FileSet,
    int Level,
    DateTimeOffset Since,
    string State,
    JobOutcome? Outcome,
    long Files,
    long Bytes,
    long StoredBytes,
    int Fragments,
    long Exceptions,
    IReadOnlyList<VolumeName> Volumes,
    ImageId? Base = null,
    bool Recorded = true,
    IReadOnlyList<ImageId>? MergedFrom = null,
    string? Lacks = null,
    IReadOnlyList<CopySummary>? Copies = null,
    IReadOnlyList<PendingCopy>? PendingCopies = null);

/// <summary>A copy of an image, or what there is of it.</summary>
/// <param name="Copy">Its number; 1 is what its job wrote.</param>
/// <param name="Fragments">How many fragments of it are there and well.</param>
/// <param name="Pool">Its pool.</param>
/// <param name="Volumes">Its volumes, by name.</param>
public sealed record CopySummary(int Copy, int Fragments, PoolName Pool, IReadOnlyList<VolumeName> Volumes);

/// <summary>A copy that was promised when an image was asked for, and is not there whole.</summary>
/// <param name="Copy">Which one it will be when those that are there are counted first: 2 or more.</param>
/// <param name="Pool">Where it is promised.</param>
public sealed record PendingCopy(int Copy, PoolName Pool);

/// <summary>Lists a directory of an image, or one item.</summary>
/// <param name="Image">An image id or the beginning of one that is unique, a job number, or `latest`.</param>
/// <param name="Path">A path, `\xNN` for bytes that are no UTF-8; empty: the roots.</param>
/// <param name="After">Goes on after this name (as returned); null: from the first.</param>
/// <param name="Limit">Most items in the answer, 1 to 10,000.</param>
/// <param name="Recursive">All below, not only the directory's own.</param>
/// <param name="Client">With `latest`: of this client.</param>
/// <param name="FileSet">With `latest`: of this file set.</param>
/// <param name="AsOf">With `latest`, client and file set: the newest image that does not begin after this
/// moment.</param>
/// <param name="Sizes">Adds up what lies below each directory; not with Recursive.</param>
public sealed record ListFiles(
    string Image,
    string Path = "",
    string? After = null,
    int Limit = 1000,
    bool Recursive = false,
    ClientName? Client = null,
    FileSetName? FileSet = null,
    DateTimeOffset? AsOf = null,
    bool Sizes = false) : IRequest;

/// <summary>Items of an image.</summary>
/// <param name="Image">The image that was meant.</param>
/// <param name="Files">Items in walk order.</param>
/// <param name="Next">Pass as After for the rest; null at the end.</param>
public sealed record FileList(ImageId Image, IReadOnlyList<ListedFile> Files, string? Next) : IReply;

/// <summary>Finds items by name in the newest images or in one.</summary>
/// <param name="Pattern">Wildcards on the last component, or on the whole path when it holds a `/`; without wildcards:
/// a part of the name.</param>
/// <param name="Image">Only in this image (as in <see cref="ListFiles"/>); null: in all sealed ones.</param>
/// <param name="Limit">Most items in the answer, 1 to 10,000.</param>
/// <param name="Client">Only in images of this client, and not with Image; null: of all.</param>
public sealed record FindFiles(
    string Pattern, string? Image = null, int Limit = 1000, ClientName? Client = null) : IRequest;

/// <summary>Items found.</summary>
/// <param name="Files">The items with their images, newest image first.</param>
/// <param name="More">True when the limit cut the list.</param>
public sealed record FoundFiles(IReadOnlyList<FoundFile> Files, bool More) : IReply;

/// <summary>Asks for the versions of one item in the sealed images, newest first.</summary>
/// <param name="Path">As in <see cref="ListFiles"/>.</param>
/// <param name="Client">Only of this client; null: of all.</param>
/// <param name="FileSet">Only of this file set; null: of all.</param>
/// <param name="Limit">Most versions in the answer, 1 to 10,000.</param>
public sealed record ListVersions(
    string Path, ClientName? Client = null, FileSetName? FileSet = null, int Limit = 1000) : IRequest;

/// <summary>Versions of one item.</summary>
/// <param name="Versions">By client and file set; within these newest first.</param>
/// <param name="More">True when the limit cut the list.</param>
public sealed record VersionList(IReadOnlyList<FileVersion> Versions, bool More) : IReply;

/// <summary>One state of an item, over all images in a row that hold it alike.</summary>
/// <param name="Client">The client.</param>
/// <param name="FileSet">The file set.</param>
/// <param name="File">The item; null: it was not there.</param>
/// <param name="First">The oldest of these images.</param>
/// <param name="From">The moment that it protects from.</param>
/// <param name="Last">The newest of these images; restore from it.</param>
/// <param name="To">The moment that it protects from.</param>
public sealed record FileVersion(
    ClientName Client,
    FileSetName FileSet,
    ListedFile? File,
    ImageId First,
    DateTimeOffset From,
    ImageId Last,
    DateTimeOffset To);

/// <summary>Asks what differs between two images, in walk order.</summary>
/// <param name="From">An image, as in <see cref="ListFiles"/>.</param>
/// <param name="To">Another.</param>
/// <param name="After">Goes on after this path (as returned); null: from the first.</param>
/// <param name="Limit">Most differences in the answer, 1 to 10,000.</param>
/// <param name="Path">Only of this item and what is below it; null: of all.</param>
public sealed record DiffImages(
    string From, string To, string? After = null, int Limit = 1000, string? Path = null) : IRequest;

/// <summary>What differs.</summary>
/// <param name="From">The one image.</param>
/// <param name="To">The other.</param>
/// <param name="Differences">In walk order.</param>
/// <param name="Next">Pass as After for the rest; null at the end.</param>
public sealed record ImageDifferences(
    ImageId From, ImageId To, IReadOnlyList<FileDifference> Differences, string? Next) : IReply;

/// <summary>One item that differs.</summary>
/// <param name="Kind">`added`, `removed`, `content` (also another type) or `metadata`.</param>
/// <param name="File">The item in the newer image; of a removed one, in the other.</param>
public sealed record FileDifference(string Kind, ListedFile File);

/// <summary>An item of an image.</summary>
/// <param name="Image">The image.</param>
/// <param name="File">The item.</param>
public sealed record FoundFile(ImageId Image, ListedFile File);

/// <summary>An item as lists show it.</summary>
/// <param name="Path">From the root with a leading `/`, safe to print, unambiguous (`\xNN`).</param>
/// <param name="Kind">`regular`, `directory`, `symlink`, `hardlink`, `fifo`, `character-device`,
/// `block-device`.</param>
/// <param name="Mode">Permission bits, octal number as the kernel's.</param>
/// <param name="UserId">Owner.</param>
/// <param name="GroupId">Group.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">Time of modification; clipped to what a date can hold.</param>
/// <param name="LinkTarget">Target of a link, safe to print.</param>
/// <param name="Digest">Digest of the content as `sha256:…`; null without content.</param>
/// <param name="Fragment">Fragment in which its content begins.</param>
/// <param name="Marks">What is wrong with it, as `changed-while-read`; empty when nothing.</param>
/// <param name="ItemsBelow">Of a directory, where it was asked for: how many items lie below it.</param>
/// <param name="BytesBelow">Likewise: bytes of the files below it, each hard-linked one counted once.</param>
public sealed record ListedFile(
    string Path,
    string Kind,
    int Mode,
    long UserId,
    long GroupId,
    long Size,
    DateTimeOffset Modified,
    string? LinkTarget,
    string? Digest,
    int Fragment,
    IReadOnlyList<string> Marks,
    long? ItemsBelow = null,
    long? BytesBelow = null);

/// <summary>Asks for the volumes.</summary>
/// <param name="Why">Also what each holds, and why it cannot be used again.</param>
public sealed record ListVolumes(bool Why = false) : IRequest;

/// <summary>The volumes.</summary>
/// <param name="Volumes">By library and name.</param>
public sealed record VolumeList(IReadOnlyList<VolumeSummary> Volumes) : IReply;

/// <summary>One volume.</summary>
/// <param name="Volume">Its name.</param>
/// <param name="Library">Where it is.</param>
/// <param name="Pool">Its pool; null while blank.</param>
/// <param name="State">`blank`, `append`, `full`, `used`, `recycle`, `error`, `readonly`, `disabled`, `archive`,
/// `cleaning`.</param>
/// <param name="Bytes">Bytes written.</param>
/// <param name="Capacity">Bytes it can hold; null: unknown.</param>
/// <param name="Fragments">Fragments with a part on it.</param>
/// <param name="LastWritten">When it was last written.</param>
/// <param name="Note">Why it is in error, or where it was taken to; null otherwise.</param>
/// <param name="Images">Images of which a copy has something on it; null from a node that does not say.</param>
/// <param name="LabelledAt">When it was labelled; null: not asked for.</param>
/// <param name="KeptBy">Why it cannot be used again: an image and what keeps it, a sentence each, at most ten; null:
/// not asked for.</param>
/// <param name="Copies">How many of these copies are further ones, and not what a job wrote; likewise.</param>
public sealed record VolumeSummary(
    VolumeName Volume,
    LibraryName Library,
    PoolName? Pool,
    string State,
    long Bytes,
    long? Capacity,
    int Fragments,
    DateTimeOffset? LastWritten,
    string? Note,
    int? Images = null,
    DateTimeOffset? LabelledAt = null,
    IReadOnlyList<string>? KeptBy = null,
    int? Copies = null);

/// <summary>Asks for the clients.</summary>
public sealed record ListClients : IRequest;

/// <summary>The clients.</summary>
/// <param name="Clients">By name.</param>
public sealed record ClientList(IReadOnlyList<ClientSummary> Clients) : IReply;

/// <summary>One client.</summary>
/// <param name="Client">Its name.</param>
/// <param name="Connected">True when its node runs and is known.</param>
/// <param name="Policies">Policies that name it.</param>
/// <param name="LastImage">Its newest sealed image.</param>
/// <param name="LastSuccess">When that image's job began.</param>
public sealed record ClientSummary(
    ClientName Client,
    bool Connected,
    IReadOnlyList<PolicyName> Policies,
    ImageId? LastImage,
    DateTimeOffset? LastSuccess);
