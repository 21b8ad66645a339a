using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>A SCSI media changer, by the program mtx(1).</summary>
/// <param name="options">Which one, and how long it may take.</param>
/// <param name="pause">Waits for that long.</param>
/// <param name="clock">The clock.</param>
internal sealed class MtxChanger(MtxOptions options, Action<TimeSpan> pause, TimeProvider clock) : IChanger
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    // What changers say while a drive still puts its cartridge out; asked again, it may be done.
    private static readonly string[] Passing = ["not ready", "needs offline", "becoming ready", "in progress", "busy"];

    public ChangerStatus? Status(out string trouble)
    {
        var (refusal, text) = Run("status");
        var status = refusal is null ? ChangerStatus.Parse(text) : null;
        trouble = refusal
            ?? (status is null ? $"{options.Program} status of {options.Device} names no drive and no slot." : "");
        return status;
    }

    public string? Load(int slot, int drive) => Patiently("load", Word(slot), Word(drive));

    public string? Unload(int slot, int drive) => Patiently("unload", Word(slot), Word(drive));

    public string? Transfer(int from, int to) => Patiently("transfer", Word(from), Word(to));

    public IDisposable? Lock(out string trouble)
    {
        trouble = "";
        if (options.LockFile is null) return new Nothing();
        var since = clock.GetTimestamp();
        try
        {
            var file = Descriptor.OpenOrCreate(options.LockFile);
            while (!file.TryLock(exclusive: true))
            {
                if (clock.GetElapsedTime(since) >= options.Within)
                {
                    file.Dispose();
                    trouble = $"Another process has held the lock {options.LockFile} of the changer for "
                        + $"{options.Within.TotalSeconds:0} s.";
                    return null;
                }
                pause(BetweenLooks);
            }
            return file;
        }
        catch (PosixException refused)
        {
            trouble = refused.Message;
            return null;
        }
    }

    private string? Patiently(params string[] words)
    {
        var since = clock.GetTimestamp();
        while (true)
        {
            var (refusal, _) = Run(words);
            if (refusal is null) return null;
            var passes = Passing.Any(each => refusal.Contains(each, StringComparison.OrdinalIgnoreCase));
            if (!passes || clock.GetElapsedTime(since) >= options.Within) return refusal;
            pause(BetweenTries);
        }
    }

    private (string? Refusal, string Text) Run(params string[] words)
    {
        var what = $"{options.Program} -f {options.Device} {string.Join(' ', words)}";
        var start = new ProcessStartInfo(options.Program, ["-f", options.Device, .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["LC_ALL"] = "C";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(options.Within) || !Task.WhenAll(errors, text).Wait(options.Within))
            {
                process.Kill(entireProcessTree: true);
                return ($"`{what}` did not end within {options.Within.TotalSeconds:0} s and was stopped.", "");
            }
            return process.ExitCode == 0 ? (null, text.Result)
                : ($"`{what}` ended with {process.ExitCode}: {Shown(errors.Result, text.Result)}", "");
        }
        catch (Win32Exception missing)
        {
            return ($"`{what}` cannot be run: {missing.Message}. Install mtx, or set `mtx` to where it is.", "");
        }
    }

    private static string Shown(string errors, string text)
    {
        var said = (errors.Trim() is { Length: > 0 } told ? told : text.Trim()).ReplaceLineEndings(" ");
        return said.Length > 300 ? said[..300] : said.Length == 0 ? "it said nothing" : said;
    }

    private static string Word(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class Nothing : IDisposable
    {
        public void Dispose() { }
    }
}

/// <summary>A changer that mtx(1) drives.</summary>
/// <param name="Device">Its SCSI generic device, as `/dev/sg3` or a link below `/dev/tape/by-id`.</param>
/// <param name="Program">The program, as `mtx`.</param>
/// <param name="Within">How long one movement, or waiting for others, may take.</param>
/// <param name="LockFile">A file that every process locks that moves cartridges; null: nobody else does.</param>
public sealed record MtxOptions(string Device, string Program, TimeSpan Within, string? LockFile);
