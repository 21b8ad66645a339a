using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.System;

/// <summary>What lies on the volumes of a library, read without any node.</summary>
internal static class Tapes
{
    public static Assembly Assemble(string library)
    {
        var assembler = new ImageAssembler();
        foreach (var (_, file) in Files(library)) assembler.Add(file);
        return assembler.Assemble();
    }

    /// <summary>Re-reads fragments with all their digests, in order; fails the test at the first defect.</summary>
    public static void Verify(string library, IReadOnlyList<ScannedFragment> scanned)
    {
        var indexes = Files(library).Select(found => found.File).OfType<ScannedFile.Index>()
            .ToDictionary(index => index.Fragment.Root, index => index.Fragment);
        var fragments = scanned.Select(fragment => indexes[fragment.Root]);
        var opened = Assert.IsType<LibraryOpening.Opened>(VirtualLibrary.OpenForReading(library));
        using var tapes = opened.Library;
        OpenDigest? carried = null;
        foreach (var fragment in fragments)
        {
            using var verifier = new FragmentVerifier(fragment, carried);
            while (verifier.Next is { } part)
            {
                Assert.Equal(LibraryAnswer.Done, tapes.Load(tapes.Find(part.Location.Volume.Name)!.Number, 0));
                Assert.True(tapes.Drives[0].Load().IsGood);
                Assert.Empty(verifier.VerifyPart(tapes.Drives[0]));
                Assert.Equal(LibraryAnswer.Done, tapes.Unload(0));
            }
            Assert.Empty(verifier.Finish(out carried));
        }
        carried?.Dispose();
    }

    /// <summary>Every tape file of every volume.</summary>
    public static IReadOnlyList<(VolumeName Volume, ScannedFile File)> Files(string library)
    {
        var opened = Assert.IsType<LibraryOpening.Opened>(VirtualLibrary.OpenForReading(library));
        using var tapes = opened.Library;
        var files = new List<(VolumeName, ScannedFile)>();
        foreach (var slot in tapes.Inventory().Where(slot => !slot.IsEmpty))
        {
            Assert.Equal(LibraryAnswer.Done, tapes.Load(slot.Number, 0));
            Assert.True(tapes.Drives[0].Load().IsGood);
            files.AddRange(VolumeScanner.Scan(tapes.Drives[0]).Select(file => (new VolumeName(slot.VolumeName), file)));
            Assert.Equal(LibraryAnswer.Done, tapes.Unload(0));
        }
        return files;
    }
}
