using System.CommandLine;
using Backup.Actors.Catalog;
using Backup.Host.Configuration;
using Backup.Host.Extract;
using Backup.Host.Node;
using Backup.Media.Posix;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Postgres;
using Backup.Persistence.Catalog.Sqlite;

namespace Backup.Host.CommandLine;

/// <summary>Commands about the catalog itself.</summary>
internal static class CatalogCommands
{
    public static Command Create(BackupCommand program) => new("catalog", "The catalog itself.")
    {
        Check(program), Restore(program),
    };

    /// <summary>What a check found.</summary>
    public static void Print(Screen screen, CatalogChecked found)
    {
        foreach (var finding in found.Findings)
            screen.Line(
                $"{(finding.Repaired ? "repaired" : finding.MayRepair ? "repairable" : "found")}  {finding.Kind}: "
                    + finding.Detail);
        if (found.Findings.Count == 0) screen.Line("The catalog agrees with itself.");
    }

    private static ExampledCommand Check(BackupCommand program)
    {
        var repair = new Option<bool>("--repair") { Description = "Mend what loses nothing; all else is only named." };
        var command = new ExampledCommand(
            "check", "Compares the catalog's rows with each other. Exit code 3 where something is wrong.",
            "backup catalog check", "backup catalog check --repair") { repair };
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door = await program.Context.Door.ForWork(program.Context.Settings(parsed), cancellation);
            var found = await CommandContext.Ask<CatalogChecked>(
                door.Node, new CheckCatalog(RequestId.New(), parsed.GetValue(repair)), cancellation);
            screen.Reply(found);
            if (!screen.Json) Print(screen, found);
            return found.Findings.All(finding => finding.Repaired)
                ? ExitCode.Complete : ExitCode.CompleteWithExceptions;
        });
        return command;
    }

    private static ExampledCommand Restore(BackupCommand program)
    {
        var from = new Argument<string[]>("from")
        {
            Description = "A directory of copies, a node's data directory, or directories of volumes or of a library.",
            Arity = ArgumentArity.OneOrMore,
        };
        var bootstrap = new Option<string?>("--bootstrap")
        {
            Description = "The file that says where the catalog lies on the volumes.",
            HelpName = "file",
        };
        var to = new Option<string?>("--to")
        {
            Description = "Only put the copy with its configuration into this directory, which is new or empty.",
            HelpName = "dir",
        };
        var replace = new Option<bool>("--replace")
        {
            Description = "Put the catalog that is there aside.",
        };
        var command = new ExampledCommand(
            "restore", "Puts the newest backup of the catalog in place, on a machine that has none.",
            "backup catalog restore /srv/tapes --to /root/found",
            "backup catalog restore /srv/tapes --bootstrap /mnt/usb/bootstrap.txt",
            "backup catalog restore /mnt/other/catalog-copies --replace") { from, bootstrap, to, replace };
        program.Does(command, (parsed, cancellation) => Task.Run(() =>
        {
            var screen = program.Context.Screen;
            var finder = new CatalogFinder(screen.Note);
            var (places, meant) = (parsed.GetRequiredValue(from), Bootstrap.Read(parsed.GetValue(bootstrap)));
            if (parsed.GetValue(to) is { } directory)
            {
                if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
                    throw CommandFailure.Usage($"Expected a new or empty directory, found files in {directory}.");
                var found = finder.Find(places, meant, Directory.CreateDirectory(directory).FullName, cancellation);
                screen.Line($"The catalog and its configuration of {found} are in {directory}.");
                return ExitCode.Complete;
            }
            var settings = program.Context.Settings(parsed);
            var ended = Place(settings, parsed.GetValue(replace), work => screen.Line(
                $"Found the catalog of {finder.Find(places, meant, work, cancellation)}."));
            screen.Line(
                $"It is in place. {Quantity.Count(ended, "job")} that were at work then are cancelled. Start the node, "
                    + "and let `backup scan LIBRARY` add what was written since.");
            return ExitCode.Complete;
        }, cancellation));
        return command;
    }

    /// <summary>Puts a copy in place; until it is whole there, nothing of what is there was changed.</summary>
    private static int Place(BackupSettings settings, bool replace, Action<string> find)
    {
        var data = settings.Node.DataDirectory;
        Directory.CreateDirectory(data);
        using var held = DataDirectoryLock.Take(data);
        var isFile = settings.Catalog.Provider == CatalogProvider.Sqlite;
        var place = Path.Combine(data, SqliteCatalog.FileName);
        if (isFile && File.Exists(place) && !replace)
            throw new CommandFailure(new Refused(
                RefusalCode.Conflict,
                $"There is a catalog {place}. `--replace` puts it aside; `backup scan LIBRARY` adds what it lacks."));
        var work = Path.Combine(data, "catalog-restore");
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(work);
        try
        {
            find(work);
            var ended = Settle(work);
            if (isFile) Move(work, place);
            else TakeOver(settings, Path.Combine(work, SqliteCatalog.FileName));
            return ended;
        }
        catch (Exception failure) when (failure is PosixException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(
                ExitCode.Failed, new Refused(RefusalCode.Unavailable, $"{data} cannot be written: {failure.Message}"));
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Reads all of the copy, brings it up to date, and ends what was at work in it.</summary>
    private static int Settle(string work)
    {
        if (!SqliteCatalog.Open(work, TimeProvider.System).Is(out var store, out var failure)) throw Unusable(failure);
        using (store)
        {
            if (store.Check().Failure is { } damaged) throw Unusable(damaged);
            return store.Settle(TimeProvider.System.GetUtcNow()).Is(out var ended, out failure)
                ? ended : throw Unusable(failure);
        }
    }

    /// <summary>
    /// What SQLite keeps beside a catalog belongs to that one alone, also where the catalog itself is gone: found
    /// beside another, it would be written into it.
    /// </summary>

    private static void Move(string work, string place)
    {
        var found = Path.Combine(work, SqliteCatalog.FileName);
        if (new FileInfo(found + SqliteCatalog.LogEnd) is { Exists: true, Length: > 0 })
            throw new IOException("the copy could not be closed as one file");
        var aside = $"{place}.before-{TimeProvider.System.GetUtcNow():yyyyMMddTHHmmssZ}";
        foreach (var end in (string[])["", SqliteCatalog.LogEnd, "-shm", "-journal"])
            if (File.Exists(place + end)) File.Move(place + end, aside + end, overwrite: true);
        Durable.Rename(found, place);
        Durable.SyncDirectory(Path.GetDirectoryName(place)!);
    }

    private static void TakeOver(BackupSettings settings, string file)
    {
        if (!PostgresCatalog.Open(settings.Catalog.Place, TimeProvider.System).Is(out var store, out var failure))
            throw Unusable(failure);
        using (store)
            if (store.TakeOver(file).Failure is { } refused) throw Unusable(refused);
    }

    private static CommandFailure Unusable(CatalogFailure failure) => new(
        ExitCode.Failed, new Refused(RefusalCode.Unavailable, CatalogFailureText.Sentence(failure)));
}
