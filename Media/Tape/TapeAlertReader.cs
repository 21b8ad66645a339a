using System.ComponentModel;
using System.Diagnostics;

namespace Backup.Media.Tape;

/// <summary>
/// Asks a drive for its TapeAlert flags, by the program sg_logs(8) or tapeinfo(1) and no other. Asked for, the flags
/// are taken back: each is told once.
/// </summary>
/// <param name="program">The program, as `sg_logs` or `/usr/sbin/tapeinfo`.</param>
/// <param name="within">How long it may take.</param>
/// <param name="devices">The folder that the kernel fills.</param>
public sealed class TapeAlertReader(string program, TimeSpan within, string devices = "/sys/class/scsi_tape")
{
    private static readonly Dictionary<string, string[]> Arguments = new(StringComparer.Ordinal)
    {
        ["sg_logs"] = ["--page=0x2e"],
        ["tapeinfo"] = ["-f"],
    };

    /// <summary>Names of the programs that are run.</summary>
    public static IEnumerable<string> Programs => Arguments.Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether it is one of them.</summary>
    /// <param name="program">A name or a path.</param>
    public static bool IsKnown(string program) => Arguments.ContainsKey(Path.GetFileName(program));

    /// <summary>The flags that are raised; empty with the reason where they cannot be had.</summary>
    /// <param name="device">The drive's device.</param>
    /// <param name="trouble">Why they cannot be had; empty: they are.</param>
    public IReadOnlyList<TapeAlert> Read(string device, out string trouble)
    {
        var generic = GenericOf(device);
        var start = new ProcessStartInfo(program, [.. Arguments[Path.GetFileName(program)], generic])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["LC_ALL"] = "C";
        trouble = "";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(within) || !Task.WhenAll(errors, text).Wait(within))
            {
                process.Kill(entireProcessTree: true);
                trouble = $"`{program}` of {generic} did not end within {within.TotalSeconds:0} s and was stopped.";
                return [];
            }
            if (process.ExitCode == 0 && TapeAlerts.Parse(text.Result) is { } raised) return raised;
            var said = errors.Result.Trim().ReplaceLineEndings(" ");
            trouble = $"`{program}` of {generic} ended with {process.ExitCode} and names no TapeAlert flags"
                + $"{(said.Length == 0 ? "" : $": {(said.Length > 300 ? said[..300] : said)}")}.";
            return [];
        }
        catch (Win32Exception missing)
        {
            trouble = $"`{program}` cannot be run: {missing.Message}. Install it, or set `alert-program` to where it "
                + "is.";
            return [];
        }
    }

    /// <summary>The generic device of a drive, which the programs take; the drive's own where none is known.</summary>
    internal string GenericOf(string device)
    {
        var link = File.Exists(device) ? File.ResolveLinkTarget(device, returnFinalTarget: true) : null;
        var folder = Path.Combine(devices, Path.GetFileName(link?.FullName ?? device), "device", "scsi_generic");
        return Directory.Exists(folder) && Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal)
            .FirstOrDefault() is { } generic ? $"/dev/{Path.GetFileName(generic)}" : device;
    }
}
