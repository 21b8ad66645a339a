using System.Text;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Tests.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

/// <summary>The commands that headers and seals print, run as printed in the library's directory.</summary>
public sealed class RestoreCommandSpecs : IDisposable
{
    private static readonly byte[] Planted =
        TinyArchive.Of(TapeRack.Image.Image, ("planted", [.. "gotcha"u8])).Bytes.ToArray();
    private readonly TemporaryFolder _folder = new();
    private readonly VirtualLibrary _library;
    private readonly List<SealedFragment> _sealed = [];
    private int _volumes;

    public RestoreCommandSpecs()
    {
        VirtualLibrary.Create(_folder.Path, new LibraryId(42));
        _library = Assert.IsType<LibraryOpening.Opened>(
            VirtualLibrary.Open(_folder.Path, null, slots: 20, drives: 1, new VirtualTapeOptions(3 << 20, 0))).Library;
    }

    public void Dispose()
    {
        _library.Dispose();
        _folder.Dispose();
    }

    [ShellFact]
    public void A_spanning_image_is_restored_by_the_command_in_its_seal_and_in_its_last_header()
    {
        var archive = TinyArchive.Of(
            TapeRack.Image.Image, ("d/", []), ("d/big", TinyArchive.Noise(7_000_000, 1)),
            ("d/small", [.. "hello"u8]), ("e", []));
        Write(archive.Cut());

        var command = _sealed[0].Index.Seal!.Command;
        ShellFactAttribute.Run(command, _folder.Path);

        Assert.True(_sealed[0].Index.Parts.Count > 2);
        Assert.Equal(TinyArchive.Noise(7_000_000, 1), File.ReadAllBytes(_folder["d/big"]));
        Assert.Equal("hello", File.ReadAllText(_folder["d/small"]));
        Assert.Equal(command, LastLine(_sealed[0].IndexLocation, TapeFileKind.Index));
    }

    [ShellFact]
    public void The_last_parts_header_restores_the_fragment()
    {
        Write(TinyArchive.Of(
            TapeRack.Image.Image, ("big", TinyArchive.Noise(7_000_000, 1)), ("small", [.. "hello"u8])).Cut());

        ShellFactAttribute.Run(LastLine(_sealed[0].Index.Parts[^1].Location, TapeFileKind.Data), _folder.Path);

        Assert.Equal("hello", File.ReadAllText(_folder["small"]));
    }

    [ShellFact]
    public void A_fragment_that_begins_inside_an_archive_restores_its_own_members_and_nothing_planted()
    {
        var content = TinyArchive.Noise(4096, 5).Concat(Planted).Concat(TinyArchive.Noise(2048, 6)).ToArray();
        var archive = TinyArchive.Of(
            TapeRack.Image.Image, ("evil.tar", content), ("mine", [.. "mine"u8]), ("mine2", []));
        var cut = archive.Entries[0].Position.Offset + 4096;
        Write(archive.Cut(cut));

        ShellFactAttribute.Run(LastLine(_sealed[1].Index.Parts[0].Location, TapeFileKind.Data), _folder.Path);

        Assert.Equal("mine", File.ReadAllText(_folder["mine"]));
        Assert.True(File.Exists(_folder["mine2"]));
        Assert.False(File.Exists(_folder["planted"]));
        Assert.False(File.Exists(_folder["evil.tar"]));
    }

    [ShellFact]
    public void A_command_for_elsewhere_restores_from_and_to_any_place()
    {
        Write(TinyArchive.Of(TapeRack.Image.Image, ("a", [.. "one"u8])).Cut());
        var target = Directory.CreateDirectory(_folder["it's $HOME"]).FullName;

        var command = RestoreCommand.For(
            [.. _sealed[0].Index.Parts.Select(part => part.Location)], library: _folder.Path, target: target);
        ShellFactAttribute.Run(command, "/");

        Assert.Equal("one", File.ReadAllText(Path.Combine(target, "a")));
    }

    [ShellFact]
    public void The_commands_are_found_in_an_index_as_plain_text()
    {
        Write(TinyArchive.Of(TapeRack.Image.Image, ("a", [1])).Cut());
        var index = RestoreCommand.PathOf(_sealed[0].IndexLocation, TapeFileKind.Index);

        ShellFactAttribute.Run(
            $"tail -c +32769 {index} | grep -aqxF \"{_sealed[0].Index.Seal!.Command}\"", _folder.Path);
    }

    private void Write(IReadOnlyList<TinyFragment> fragments)
    {
        foreach (var fragment in fragments)
        {
            var drive = _library.Drives[0];
            if (_volumes == 0) MountNext();
            var previous = _sealed.LastOrDefault();
            using var writer = FragmentWriter.Begin(
                drive, Current, TapeRack.Image, new Epoch(1), fragment.Start, previous?.Root ?? default,
                previous?.Index.Open);
            foreach (var chunk in fragment.Chunks())
            {
                for (var result = writer.Append(chunk); result is WriteResult.NeedVolume;
                    result = writer.ContinueOn(drive, MountNext())) { }
                chunk.Dispose();
            }
            var last = fragment == fragments[^1]
                ? new SealInfo(SealOutcome.Complete, TapeRack.Finished, [.. _sealed.Select(one => one.Summary)]) : null;
            var done = writer.Seal(last);
            while (done is SealResult.NeedVolume)
            {
                writer.ContinueOn(drive, MountNext());
                done = writer.Seal(last);
            }
            _sealed.Add(Assert.IsType<SealResult.Sealed>(done).Fragment);
        }
        _library.Unload(0);
    }

    private VolumeIdentity Current => new(new VolumeName($"VOL{_volumes:000}"), new VolumeId((UInt128)_volumes));

    private VolumeIdentity MountNext()
    {
        _library.Unload(0);
        _volumes++;
        Assert.Equal(LibraryAnswer.Done, _library.AddBlank(Current.Name, out var slot));
        Assert.Equal(LibraryAnswer.Done, _library.Load(slot, 0));
        var label = new VolumeLabel(Current, _library.Id, new PoolName("daily"), TapeRack.Finished);
        Assert.IsType<Labelling.Done>(TapeLabels.Write(_library.Drives[0], label));
        return Current;
    }

    private string LastLine(TapeLocation location, TapeFileKind kind)
    {
        var block = File.ReadAllBytes(_folder[RestoreCommand.PathOf(location, kind)])[..TapeFormat.HeaderBytes];
        return Encoding.UTF8.GetString(block).TrimEnd('\0').TrimEnd('\n').Split('\n')[^1];
    }
}
