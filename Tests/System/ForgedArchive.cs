using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Backup.Media.Compression;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// A library with one image that nobody's backup made: every digest and root is right, and its names are hostile.
/// </summary>
internal static class ForgedArchive
{
    private static readonly byte[] Content = "evil"u8.ToArray();
    private static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Writes it.</summary>
    /// <param name="directory">The library's, which is made.</param>
    /// <param name="members">Names, in walk order; of a symbolic link also its target.</param>
    public static void Write(string directory, params (string Name, string? Target)[] members)
    {
        var image = new ImageHeader(
            ImageId.New(), new JobId(1), new PolicyName("nightly"), new FileSetName("all"),
            new ClientName("tester"), 0, Moment);
        Assert.Null(VirtualLibrary.Create(directory, LibraryId.New()));
        var opening = VirtualLibrary.Open(directory, null, slots: 2, drives: 1, VirtualTapeOptions.Of(1 << 24));
        using var library = Assert.IsType<LibraryOpening.Opened>(opening).Library;
        var volume = new VolumeIdentity(new VolumeName("disk-0001"), new VolumeId(7));
        Assert.Equal(LibraryAnswer.Done, library.AddBlank(volume.Name, out var slot));
        Assert.Equal(LibraryAnswer.Done, library.Load(slot, 0));
        var drive = library.Drives[0];
        var label = new VolumeLabel(volume, library.Id, new PoolName("disk"), Moment);
        Assert.IsType<Labelling.Done>(TapeLabels.Write(drive, label));
        var start = new FragmentStart(0, FragmentKind.Members, null, 0);
        using var writer = FragmentWriter.Begin(drive, volume, image, new Epoch(1), start, default, null);
        using var chunk = ChunkCompression.Compress(Chunk(image.Image, start, members));
        Assert.IsType<WriteResult.Written>(writer.Append(chunk));
        Assert.IsType<SealResult.Sealed>(writer.Seal(new SealInfo(SealOutcome.Complete, Moment, [])));
        library.Unload(0);
    }

    private static ArchiveChunk Chunk(ImageId image, FragmentStart start, (string Name, string? Target)[] members)
    {
        using var archive = new MemoryStream();
        var entries = new List<FileEntry>();
        using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
            foreach (var (name, target) in members)
            {
                tar.WriteEntry(target is null
                    ? new PaxTarEntry(TarEntryType.RegularFile,
                        name)
                    { DataStream = new MemoryStream(Content), ModificationTime = Moment }
                    : new PaxTarEntry(TarEntryType.SymbolicLink, name)
                    {
                        LinkName = target,
                        ModificationTime = Moment,
                    });
                entries.Add(Entry(image, name, target, archive.Length));
            }
        var bytes = archive.ToArray();
        var buffer = new byte[ArchiveChunk.ArchiveBytesMax];
        bytes.CopyTo(buffer, 0);
        return new ArchiveChunk(buffer, bytes.Length)
        {
            Fragment = 0,
            Sequence = 0,
            ArchiveOffset = 0,
            ArchiveLength = bytes.Length,
            CompressionLevel = 1,
            Members = [.. entries.Select(entry => new MemberRecord(entry, MemberPhase.Whole))],
            Start = start,
            EndsFragment = true,
            EndsImage = true,
        };
    }

    private static FileEntry Entry(ImageId image, string name, string? target, long end) => new()
    {
        Path = new FilePath(Encoding.UTF8.GetBytes(name)),
        Kind = target is null ? FileKind.Regular : FileKind.Symlink,
        Mode = 0x1a4,
        Size = target is null ? Content.Length : 0,
        LinkTarget = target is null ? null : Encoding.UTF8.GetBytes(target),
        Digest = target is null ? new ContentDigest(DigestAlgorithm.Sha256, SHA256.HashData(Content)) : default,
        Position = target is null ? new ContentPosition(image, 0, end - 512, Content.Length) : default,
    };
}
