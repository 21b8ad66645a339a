namespace Backup.Messages.Jobs;

/// <summary>
/// The one place where the operator's sentence about a failure is made: what happened, to what, what to do.
/// </summary>
public static class FailureText
{
    /// <summary>The sentences for a failure.</summary>
    /// <param name="failure">Any failure.</param>
    public static string Sentence(JobFailure failure) => failure switch
    {
        JobFailure.NoVolume { RunVolumes: > 0 } f =>
            $"The run has written on the {f.RunVolumes} volumes in library {f.Library} that its plan gives it "
            + $"(run-volumes), and none of them in pool {f.Pool} takes more data. Run the job again by itself, or "
            + $"raise run-volumes of the plan.",
        JobFailure.NoVolume f when SpoolPools.Is(f.Pool) =>
            $"The spool of library {f.Library} has no room for pool {SpoolPools.TargetOf(f.Pool)}. `backup flush` "
            + $"writes what waits there to volumes; see also `backup why`.",
        JobFailure.NoVolume f =>
            $"No volume of pool {f.Pool} in library {f.Library} can take more data. Label another volume into the "
            + $"pool, then run the job again.",
        JobFailure.NoDrive f =>
            $"Library {f.Library} has no drive that can be used. See `backup volumes` and the drive's last error.",
        JobFailure.VolumeError f =>
            $"Volume {f.Volume}: {f.Operation} failed: {f.Detail} The volume takes no more data; check the medium and "
            + $"its drive.",
        JobFailure.VolumeInUse f =>
            $"Volume {f.Volume} is in use in drive {f.Drive}. The job goes on when it is free; `backup jobs` shows "
            + $"who runs.",
        JobFailure.LibraryError f =>
            $"Library {f.Library} cannot be used: {f.Detail} Check that its directory or device is there and may be "
            + $"written.",
        JobFailure.StorageLost f =>
            $"The storage node of library {f.Library} went away: {f.Detail} The job goes on when it is back.",
        JobFailure.ClientLost f =>
            $"Client {f.Client} went away: {f.Detail} The job goes on when it is back.",
        JobFailure.ClientError f =>
            $"Client {f.Client}: {f.Operation} failed: {f.Detail}",
        JobFailure.SourceMissing f =>
            $"On client {f.Client} none of the file set's roots exists: {string.Join(", ", f.Roots)}. Mount or "
                + "create them, or correct the file set.",
        JobFailure.SourceEmpty f =>
            $"On client {f.Client} nothing is below {string.Join(", ", f.Roots)}, where the image before has items. "
                + "Nothing was recorded as deleted. Mount it, or run the job with `--allow-empty` if it was emptied on "
                + "purpose.",
        JobFailure.SourceUnmounted f =>
            $"On client {f.Client} no file system is mounted at {string.Join(", ", f.Roots)}, where the image before "
                + "has one. Nothing was recorded as deleted. Mount it, or run the job with `--allow-empty` if what is "
                + "there now is meant.",
        JobFailure.BaseNotUsable f =>
            $"Image {f.Image} builds on image {f.Base}, which cannot be used for it: {f.Detail} "
                + "Scan the volumes that hold it with `backup scan`; what the image itself holds can be had with "
                + "`backup extract`.",
        JobFailure.NothingToSave f =>
            $"The rules of file set {f.FileSet} leave nothing of its roots on client {f.Client}. Look at its include "
            + $"and exclude rules.",
        JobFailure.ImageMissing f =>
            $"The catalog knows no image {f.Image}. `backup images` lists what there is; `backup scan` reads a "
            + $"library's index files in.",
        JobFailure.ImageNotUsable f =>
            $"Image {f.Image} cannot be used: {f.Detail} `backup images` shows the state of every image.",
        JobFailure.MediumDamaged f =>
            $"Fragment {f.Fragment} of image {f.Image} on volume {f.Volume} is damaged: {f.Detail} `backup verify "
            + $"--media {f.Image}` names the files.",
        JobFailure.TargetError f =>
            $"Client {f.Client} cannot write to {f.Target}: {f.Detail} Choose another target, or free space and "
            + $"permissions there.",
        JobFailure.NothingSelected f =>
            $"None of the paths asked for is in image {f.Image}. `backup ls {f.Image}` lists what it holds.",
        JobFailure.CatalogError f => f.Detail,
        JobFailure.Fenced f =>
            $"A newer attempt of this job (epoch {f.Current}) took over from this one (epoch {f.Held}). Nothing is to "
            + $"be done.",
        JobFailure.NodeStopped =>
            "The node stopped in the middle of the job. The job goes on when the node runs again.",
        JobFailure.Cancelled f => $"Cancelled by {f.By}.",
        JobFailure.TooManyAttempts f => $"All {f.Attempts} attempts were lost. The last one: {Sentence(f.Last)}",
        JobFailure.NodeStoppedTooOften f =>
            $"The node stopped {f.Times} times in a row while this job worked, and no fragment was sealed in "
            + "between. The job "
            + "itself may be what stops it: see the node's log and the system's, as for memory, then run the job "
            + "again.",
        JobFailure.NotStartedInTime f =>
            $"The job had not begun {Time(f.Limit)} after it was accepted, which is the most that `start-delay-max` "
                + $"of its policy lets it wait.{Waited(f.WaitedFor)} Run it again when that is free.",
        JobFailure.WaitedTooLong f =>
            $"The job waited for {Time(f.Limit)}, which is the most that `wait-max` of its policy lets it wait."
                + $"{Waited(f.WaitedFor)} Run it again when that is free.",
        JobFailure.ScriptFailed f => $"Script {f.Script} on {f.Place} failed: {f.Detail}",
        JobFailure.NothingChanged f =>
            $"On client {f.Client} nothing is other than in image {f.Base}: no image is made (skip-unchanged).",
        JobFailure.NodeShort f =>
            $"A process has no room for more work: {f.Detail} The job is tried again; if this stays, let the process "
                + "have more (`LimitNOFILE` of its service), or run fewer jobs at once.",
        JobFailure.NotAllowed f =>
            $"Client {f.Client} does not do this: `client.commands` of its own configuration leaves {f.Command} out. "
            + "Whoever keeps that machine adds it there"
            + (f.Command == "restore" ? ", or the files are restored to another client." : "."),
        JobFailure.Internal f =>
            $"This is a mistake in the program: {f.Detail} Please report it with the job's log.",
        _ => throw new ArgumentOutOfRangeException(nameof(failure),
            $"No sentence is written for {failure.GetType().Name}."),
    };

    private static string Waited(string reason) =>
        reason.Length == 0 ? "" : $" It waited because {reason.TrimEnd('.')}.";

    private static string Time(TimeSpan time) => time switch
    {
        { TotalHours: >= 2 } when time.Minutes == 0 && time.Seconds == 0 => $"{time.TotalHours:0} h",
        { TotalMinutes: >= 2 } when time.Seconds == 0 => $"{time.TotalMinutes:0} min",
        _ => $"{time.TotalSeconds:0.###} s",
    };

    /// <summary>The failure's short name, as the catalog's column and scripts have it: `no-volume`.</summary>
    /// <param name="failure">Any failure.</param>
    public static string Code(JobFailure failure) => CodeByType[failure.GetType()];

    private static readonly Dictionary<Type, string> CodeByType = typeof(JobFailure)
        .GetCustomAttributes(typeof(System.Text.Json.Serialization.JsonDerivedTypeAttribute), inherit: false)
        .Cast<System.Text.Json.Serialization.JsonDerivedTypeAttribute>()
        .ToDictionary(known => known.DerivedType, known => (string)known.TypeDiscriminator!);
}
