using Backup.Media.Tape;

namespace Backup.Tests.Media.Tape;

/// <summary>How a simulated drive behaves when its medium is full.</summary>
public enum EndOfMediumManner
{
    /// <summary>Every write is refused.</summary>
    Refuses,

    /// <summary>Every other write is refused for two blocks, then all (reliability, R4).</summary>
    RefusesEveryOther,

    /// <summary>Says that the block is not written, and has written it (R3); from then on refuses.</summary>
    WritesAndSaysNot,
}

/// <summary>One simulated medium.</summary>
public sealed class MemoryVolume(int blocksMax = int.MaxValue)
{
    public List<List<byte[]>> Files { get; } = [];
    public int BlocksMax { get; set; } = blocksMax;
    public int Blocks => Files.Sum(file => file.Count);

    public MemoryVolume Copy()
    {
        var copy = new MemoryVolume(BlocksMax);
        copy.Files.AddRange(Files.Select(file => file.Select(block => block.ToArray()).ToList()));
        return copy;
    }
}

/// <summary>A tape drive in memory, which can misbehave.</summary>
public sealed class MemoryTapeDrive : ITapeDrive
{
    private bool _appending;
    private int _refused;

    public MemoryVolume? Volume { get; set; }
    public EndOfMediumManner Manner { get; init; }

    /// <summary>Asked before each write, mark, flush and read; a result other than null is answered instead.</summary>
    public Func<string, TapeResult?> Fault { get; set; } = _ => null;

    public List<string> Calls { get; } = [];
    public bool IsLoaded { get; private set; }
    public TapePosition Position { get; private set; }

    public TapeResult Load()
    {
        if (Volume is null) return new TapeResult(TapeStatus.NotLoaded);
        (IsLoaded, Position, _appending) = (true, default, false);
        return TapeResult.Done;
    }

    public TapeResult Unload()
    {
        IsLoaded = false;
        Position = default;
        return TapeResult.Done;
    }

    public void Mount(MemoryVolume volume)
    {
        Volume = volume;
        _refused = 0;
        Load();
    }

    public TapeResult Rewind() => MoveTo(0);

    public TapeResult SpaceToEndOfData() => MoveTo(Volume!.Files.Count);

    public TapeResult SpaceFiles(int count) => MoveTo(Math.Max(0, Position.File + count));

    public TapeResult SpaceBlocks(long count)
    {
        _appending = false;
        if (Position.File >= Volume!.Files.Count) return new TapeResult(TapeStatus.EndOfData);
        var to = Math.Max(0, Position.Block + count);
        var most = Volume.Files[Position.File].Count;
        Position = Position with { Block = Math.Min(to, most) };
        return to > most ? new TapeResult(TapeStatus.FileMark) : TapeResult.Done;
    }

    public TapeResult Write(ReadOnlySpan<byte> block, TapeFileKind kind)
    {
        Calls.Add("write");
        if (Fault("write") is { } fault) return fault;
        if (!_appending && Position != new TapePosition(Volume!.Files.Count, 0))
            return new TapeResult(TapeStatus.NotAtEndOfData);
        if (Volume!.Blocks >= Volume.BlocksMax && Refuses(block) is { } refusal) return refusal;
        Append(block);
        return new TapeResult(Volume.Blocks >= Volume.BlocksMax && Manner == EndOfMediumManner.RefusesEveryOther
            ? TapeStatus.WrittenEarlyWarning
            : TapeStatus.Written);
    }

    public TapeResult WriteFileMark()
    {
        Calls.Add("mark");
        if (Fault("mark") is { } fault) return fault;
        if (!_appending) return new TapeResult(TapeStatus.NotAtEndOfData);
        return MoveTo(Volume!.Files.Count);
    }

    public TapeResult Flush()
    {
        Calls.Add("flush");
        return Fault("flush") ?? TapeResult.Done;
    }

    public TapeResult Read(Span<byte> buffer)
    {
        if (Fault("read") is { } fault) return fault;
        _appending = false;
        if (Position.File >= Volume!.Files.Count) return new TapeResult(TapeStatus.EndOfData);
        var file = Volume.Files[Position.File];
        if (Position.Block >= file.Count)
        {
            Position = new TapePosition(Position.File + 1, 0);
            return new TapeResult(TapeStatus.FileMark);
        }
        var block = file[(int)Position.Block];
        block.CopyTo(buffer);
        Position = Position with { Block = Position.Block + 1 };
        return new TapeResult(TapeStatus.Block, block.Length);
    }

    public void Dispose() => IsLoaded = false;

    private TapeResult? Refuses(ReadOnlySpan<byte> block)
    {
        var full = new TapeResult(TapeStatus.EndOfMedium);
        switch (Manner)
        {
            case EndOfMediumManner.RefusesEveryOther when _refused < 3:
                return _refused++ % 2 == 0 ? full : null;
            case EndOfMediumManner.WritesAndSaysNot when _refused++ == 0:
                Append(block);
                return full;
            default:
                return full;
        }
    }

    private void Append(ReadOnlySpan<byte> block)
    {
        if (!_appending) Volume!.Files.Add([]);
        _appending = true;
        Volume!.Files[^1].Add(block.ToArray());
        Position = new TapePosition(Volume.Files.Count - 1, Volume.Files[^1].Count);
    }

    private TapeResult MoveTo(int file)
    {
        _appending = false;
        Position = new TapePosition(Math.Min(file, Volume!.Files.Count), 0);
        return file > Volume.Files.Count ? new TapeResult(TapeStatus.EndOfData) : TapeResult.Done;
    }
}
