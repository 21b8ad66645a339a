using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Persistence.Catalog;

/// <summary>A row of the table item_exception. Also the parameters of its statements.</summary>
internal sealed class ExceptionRow
{
    public const string Page =
        "SELECT image AS Image, fragment AS Fragment, seq AS Seq, path AS Path, kind AS Kind, operation AS Operation, "
        + "errno AS Errno, "
        + "detail AS Detail FROM item_exception WHERE job = @Job AND (image, fragment, seq) > (@Image, @Fragment, "
        + "@Seq) "
        + "ORDER BY image, fragment, seq LIMIT @Max";

    private const string Insert =
        "INSERT INTO item_exception (job, image, fragment, seq, path, kind, operation, errno, detail) "
        + "VALUES (@Job, @Image, @Fragment, @Seq, @Path, @Kind, @Operation, @Errno, @Detail) "
        + "ON CONFLICT (job, image, fragment, seq) DO NOTHING";

    public long Job { get; set; }

    /// <summary>Empty for none: a key has no null.</summary>
    public byte[] Image { get; set; } = [];

    public long Fragment { get; set; }

    public long Seq { get; set; }

    public byte[] Path { get; set; } = [];

    public long Kind { get; set; }

    public string Operation { get; set; } = "";

    public long Errno { get; set; }

    public string Detail { get; set; } = "";

    public static object PageOf(JobId job, RecordedException? after, int countMax) => new
    {
        Job = job.Value,
        Image = Columns.Of(after?.Image) ?? [],
        Fragment = after?.Fragment ?? -1,
        Seq = after?.Sequence ?? -1,
        Max = countMax,
    };

    public static int Add(
        CatalogTransaction transaction, JobId job, ImageId? image, int fragment, long first, IReadOnlyList<FileException> exceptions)
    {
        var added = 0;
        for (var i = 0; i < exceptions.Count; i++)
        {
            added += transaction.Execute(Insert, new ExceptionRow
            {
                Job = job.Value,
                Image = Columns.Of(image) ?? [],
                Fragment = fragment,
                Seq = first + i,
                Path = exceptions[i].Path,
                Kind = (long)exceptions[i].Kind,
                Operation = Columns.Of(exceptions[i].Operation),
                Errno = exceptions[i].Errno,
                Detail = Columns.Of(exceptions[i].Detail),
            });
        }
        return added;
    }

    public RecordedException ToRecord() => new(
        Image.Length == 0 ? null : Columns.Image(Image),
        (int)Fragment,
        Seq,
        new FileException(Path, (FileExceptionKind)Kind, Operation, (int)Errno, Detail));
}
