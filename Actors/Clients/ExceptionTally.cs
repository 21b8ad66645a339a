using Backup.Messages.Files;

namespace Backup.Actors.Clients;

/// <summary>Counts exceptions by kind; from any thread.</summary>
internal sealed class ExceptionTally
{
    private readonly long[] _counts = new long[Enum.GetValues<FileExceptionKind>().Max(kind => (int)kind) + 1];

    public long Total => _counts.Sum();

    public IReadOnlyDictionary<string, long> ByKind => Enum.GetValues<FileExceptionKind>()
        .Where(kind => _counts[(int)kind] > 0)
        .ToDictionary(kind => kind.ToString(), kind => _counts[(int)kind]);

    public void Add(FileException exception) => Interlocked.Increment(ref _counts[(int)exception.Kind]);
}
