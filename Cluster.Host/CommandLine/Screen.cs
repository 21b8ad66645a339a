using System.Runtime.InteropServices;
using System.Text;
using Backup.Host.Operations;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>
/// Where a command's words go. In JSON mode standard output holds JSON lines and nothing else, errors included; remarks
/// for people go to standard error.
/// </summary>
/// <param name="output">Standard output.</param>
/// <param name="error">Standard error.</param>
/// <param name="input">Standard input.</param>
internal sealed class Screen(TextWriter output, TextWriter error, TextReader input)
{
    private const int WidthMin = 60;

    public TextReader Input => input;

    public TextWriter Output => output;

    public bool Json { get; set; }

    /// <summary>True when somebody looks and can be asked: bars, prompts and live displays have a place.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>True when standard output is a terminal.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public int Width { get; init; } = 100;

    public static Screen OfConsole()
    {
        var terminal = !Console.IsOutputRedirected
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new Screen(
            new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true },
            new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false)) { AutoFlush = true },
            Console.In)
        {
            OutputIsTerminal = terminal,
            IsInteractive = terminal && !Console.IsInputRedirected && !Console.IsErrorRedirected,
            // A terminal that does not know its width says 0.
            Width = terminal && Console.WindowWidth > 0 ? Math.Max(WidthMin, Console.WindowWidth) : 100,
        };
    }

    /// <summary>A line for people on standard output; nothing in JSON mode.</summary>
    public void Line(string text = "")
    {
        if (!Json) output.WriteLine(text);
    }

    /// <summary>A remark for people: on standard error, so that it is no part of what a program reads.</summary>
    public void Note(string text) => error.WriteLine(text);

    /// <summary>A reply as a JSON line; nothing in the other mode.</summary>
    public void Reply(object reply)
    {
        if (Json) output.WriteLine(WireJson.Line(reply));
    }

    public void Refuse(Refused refused)
    {
        if (Json) Reply(refused);
        else error.WriteLine(refused.Sentence);
    }
}

/// <summary>Signals that ask a command to end, in order. A third that nobody took ends the process.</summary>
internal sealed class Interrupts : IDisposable
{
    private const int PatienceMax = 2;
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly List<PosixSignalRegistration> _registrations = [];

    public static Interrupts OfProcess()
    {
        var interrupts = new Interrupts();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
            interrupts._registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                interrupts.Raise();
            }));
        return interrupts;
    }

    public void Raise()
    {
        if (_arrived.CurrentCount >= PatienceMax) Environment.Exit(ExitCode.Interrupted);
        _arrived.Release();
    }

    /// <summary>True when one came since the last call, or comes within this time.</summary>
    public Task<bool> Within(TimeSpan wait) => _arrived.WaitAsync(wait);

    public Task Next() => _arrived.WaitAsync();

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _arrived.Dispose();
    }
}
