using Backup.Messages;
using Backup.Messages.Volumes;

namespace Backup.Persistence.Catalog;

/// <summary>A row of the table volume. Also the parameters of its statements.</summary>
internal sealed class VolumeRow
{
    public const string Select =
        "SELECT name AS Name, uuid AS Uuid, library AS Library, pool AS Pool, state AS State, bytes_written AS "
        + "BytesWritten, "
        + "tape_files AS TapeFiles, capacity_bytes AS CapacityBytes, labelled_at AS LabelledAt, first_written_at AS "
        + "FirstWrittenAt, "
        + "last_written_at AS LastWrittenAt, error AS Error, epoch AS Epoch FROM volume";

    public const string Insert =
        "INSERT INTO volume (name, uuid, library, pool, state, bytes_written, tape_files, capacity_bytes, labelled_at, "
        + "first_written_at, last_written_at, error, epoch) VALUES (@Name, @Uuid, @Library, @Pool, @State, "
        + "@BytesWritten, @TapeFiles, "
        + "@CapacityBytes, @LabelledAt, @FirstWrittenAt, @LastWrittenAt, @Error, @Epoch)";

    public const string Update =
        "UPDATE volume SET library = @Library, pool = @Pool, state = @State, bytes_written = @BytesWritten, tape_files "
        + "= @TapeFiles, "
        + "capacity_bytes = @CapacityBytes, first_written_at = @FirstWrittenAt, last_written_at = @LastWrittenAt, "
        + "error = @Error, "
        + "epoch = @Epoch WHERE name = @Name";

    public string Name { get; set; } = "";

    public byte[] Uuid { get; set; } = [];

    public string Library { get; set; } = "";

    public string Pool { get; set; } = "";

    public long State { get; set; }

    public long BytesWritten { get; set; }

    public long TapeFiles { get; set; }

    public long? CapacityBytes { get; set; }

    public long LabelledAt { get; set; }

    public long? FirstWrittenAt { get; set; }

    public long? LastWrittenAt { get; set; }

    public string? Error { get; set; }

    public long Epoch { get; set; }

    public static VolumeRow Of(VolumeRecord volume) => new()
    {
        Name = Columns.Of(volume.Name.Value),
        Uuid = Columns.Of(volume.Uuid),
        Library = Columns.Of(volume.Library.Value),
        Pool = Columns.Of(volume.Pool.Value),
        State = (long)volume.State,
        BytesWritten = volume.BytesWritten,
        TapeFiles = volume.TapeFiles,
        CapacityBytes = volume.CapacityBytes,
        LabelledAt = Columns.Of(volume.LabelledAt),
        FirstWrittenAt = Columns.Of(volume.FirstWrittenAt),
        LastWrittenAt = Columns.Of(volume.LastWrittenAt),
        Error = Columns.OfOptional(volume.Error),
        Epoch = volume.Epoch.Value,
    };

    public VolumeRecord ToRecord() => new()
    {
        Name = new VolumeName(Name),
        Uuid = Columns.Uuid(Uuid),
        Library = new LibraryName(Library),
        Pool = new PoolName(Pool),
        State = (VolumeState)State,
        BytesWritten = BytesWritten,
        TapeFiles = (int)TapeFiles,
        CapacityBytes = CapacityBytes,
        LabelledAt = Columns.Time(LabelledAt),
        FirstWrittenAt = Columns.OptionalTime(FirstWrittenAt),
        LastWrittenAt = Columns.OptionalTime(LastWrittenAt),
        Error = Error,
        Epoch = new Epoch(Epoch),
    };
}
