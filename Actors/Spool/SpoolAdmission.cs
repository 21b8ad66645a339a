using Backup.Messages;

namespace Backup.Actors.Spool;

/// <summary>What a storage node knows when a job asks for room on a spool.</summary>
/// <param name="MaxBytes">What the spool may hold.</param>
/// <param name="UsedBytes">What it holds.</param>
/// <param name="FreeBytes">What its disk still takes.</param>
/// <param name="ReservePercent">What is kept for incrementals while no drive writes, 0 to 100.</param>
/// <param name="IsDegraded">No drive of the library could be written when that was tried last.</param>
/// <param name="IsFull">A full asks.</param>
/// <param name="HasEnded">This session has met the end of its volume on the spool already.</param>
public readonly record struct SpoolRoom(
    long MaxBytes, long UsedBytes, long FreeBytes, int ReservePercent, bool IsDegraded, bool IsFull, bool HasEnded)
{
    /// <summary>What the job may have there, over all its attempts; 0: no limit.</summary>
    public long JobMaxBytes { get; init; }

    /// <summary>What the job has there from earlier attempts.</summary>
    public long JobUsedBytes { get; init; }

    /// <summary>What the job may have there besides; 0: no limit.</summary>
    public long JobLeftBytes => JobMaxBytes == 0 ? 0 : Math.Max(0, JobMaxBytes - JobUsedBytes);
}

/// <summary>How a session asks for room on a spool.</summary>
/// <param name="IsFull">It writes a full.</param>
/// <param name="MayShrink">Of a full: an incremental takes its place where there is room for that alone.</param>
/// <param name="StaysThere">It may go to no drive: what one job may have there is no limit for it.</param>
/// <param name="Written">Volumes that hold what earlier attempts of the job have sealed.</param>
public readonly record struct SpoolAsk(
    bool IsFull = false, bool MayShrink = false, bool StaysThere = false,
    IReadOnlyCollection<VolumeName>? Written = null);

/// <summary>What a job that asks for room is told.</summary>
public enum SpoolAnswer
{
    /// <summary>It spools.</summary>
    Admitted,

    /// <summary>There is no room: it goes to a drive, or waits.</summary>
    NoRoom,

    /// <summary>What is left is kept for incrementals, since no drive writes (Amanda: reserve).</summary>
    Reserved,
}

/// <summary>Whether a job may spool. A pure function.</summary>
public static class SpoolAdmission
{
    /// <summary>Below this there is room for a label and an index, and for nothing else.</summary>
    public const long RoomBytesMin = 4L << 20;

    /// <summary>Decides.</summary>
    public static SpoolAnswer Of(SpoolRoom room)
    {
        if (room.HasEnded || Math.Min(room.MaxBytes - room.UsedBytes, room.FreeBytes) < RoomBytesMin)
            return SpoolAnswer.NoRoom;
        if (room.JobMaxBytes > 0 && room.JobLeftBytes < RoomBytesMin) return SpoolAnswer.NoRoom;
        if (!room.IsDegraded || !room.IsFull) return SpoolAnswer.Admitted;
        // Of an unlimited spool the disk is what there is
        var whole = room.MaxBytes == long.MaxValue ? room.UsedBytes + room.FreeBytes : room.MaxBytes;
        var forFulls = whole - (whole / 100 * room.ReservePercent);
        return room.UsedBytes + RoomBytesMin <= forFulls ? SpoolAnswer.Admitted : SpoolAnswer.Reserved;
    }
}
