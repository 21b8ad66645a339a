using System.Buffers.Binary;
using System.Security.Cryptography;
using Backup.Actors.Clients;
using Backup.Media.Archive;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Levels;

/// <summary>Selection by time stamps, whatever the clocks of client and director say (S0-13).</summary>
public sealed class TimeStampSpecs : IDisposable
{
    private static readonly ImageId Base = new(7);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void The_same_is_selected_whatever_the_clocks_differ_by(int hoursAhead)
    {
        var ahead = TimeSpan.FromHours(hoursAhead);
        var root = Source();
        var director = DateTimeOffset.UtcNow - ahead;

        Assert.Equal(["file", "root"], Selected(root, director.AddMinutes(-10), ahead));
        Assert.Empty(Selected(root, director.AddMinutes(10), ahead));
    }

    [Fact]
    public void Where_the_difference_is_not_known_all_is_compared_with_the_base()
    {
        // The base has nothing, so everything is new, though the base's moment lies ahead.
        Assert.Equal(["file", "root"], Selected(Source(), DateTimeOffset.UtcNow.AddHours(1), ahead: null));
    }

    private string Source()
    {
        var root = Directory.CreateDirectory(_folder.File("root")).FullName;
        File.WriteAllText(Path.Combine(root, "file"), "content");
        return root;
    }

    private IEnumerable<string> Selected(string root, DateTimeOffset since, TimeSpan? ahead)
    {
        var known = new JobBase(Base, default, since);
        var spec = new BackupSpec(
            new PolicyName("nightly"), new ClientName("web"),
            new FileSet(new FileSetName("all"), [new SaveOperation([root], [])]), new PoolName("disk"),
            new LibraryName("tapes"), 1, "", new ImageId(8), 1 << 20, 1000, 3, new RetryRule(1, TimeSpan.Zero),
            Base: known, SelectBy: SelectBy.TimeStamps);
        var orders = new ClientProtocol.Save(
            new JobId(1), new Epoch(1), spec, new DataAddress("", "token"), since, ResumePoint.Beginning);
        using var source = new ArchiveSource(
            orders,
            new ResumeReader.Found(null) { Base = EmptyManifest(known), ClockAhead = ahead },
            new ClientOptions(
                spec.Client, _folder.File("work"), 1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1),
                TimeSpan.FromSeconds(1)),
            _ => { }, CancellationToken.None).Open();
        var names = new List<string>();
        while (source.Next() is { } chunk)
            using (chunk)
                names.AddRange(chunk.Members.Where(member => member.Phase != MemberPhase.Begins)
                    .Select(member => Path.GetFileName(member.Entry.Path.ToString())));
        return names.Order(StringComparer.Ordinal);
    }

    /// <summary>Of a base that held nothing: image and root, no block, and the digest of these.</summary>
    private string EmptyManifest(JobBase known)
    {
        var file = new byte[16 + Sha256Digest.Size + 4];
        BinaryPrimitives.WriteUInt128BigEndian(file, known.Image.Value);
        known.Root.CopyTo(file.AsSpan(16));
        var path = _folder.File($"manifest-{Guid.NewGuid():N}");
        File.WriteAllBytes(path, [.. file, .. SHA256.HashData(file)]);
        return path;
    }
}
