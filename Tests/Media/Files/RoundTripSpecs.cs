using Backup.Media.Files;
using Backup.Messages.Files;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Media.Files;

public sealed class RoundTripSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void A_tree_with_every_hard_case_comes_back_the_same()
    {
        SampleTree.Create(_tree["source"]);
        var exceptions = Copy(_tree["source"], _tree["target"], new RestoreOptions { Devices = true, SetId = true });

        var differences = new List<FileException>();
        var comparer = new TreeComparer(new CompareOptions(), differences.Add);
        comparer.CompareTrees(_tree["source"], _tree["target"] + _tree["source"]);

        Assert.Empty(exceptions);
        Assert.Empty(differences);
        Assert.True(comparer.Compared > 90, $"{comparer.Compared}");
    }

    [Fact]
    public void A_restore_over_itself_by_each_rule_ends_with_the_same_tree()
    {
        SampleTree.Create(_tree["source"], sparseBytesMax: 1 << 24);
        var options = new RestoreOptions { Devices = true, SetId = true };
        Copy(_tree["source"], _tree["target"], options);

        var always = Copy(_tree["source"], _tree["target"], options with { Replace = ReplaceRule.Always });
        var never = Copy(_tree["source"], _tree["target"], options);

        Assert.Empty(always);
        Assert.NotEmpty(never);
        Assert.All(never,
            one => Assert.True(one.Kind is FileExceptionKind.Kept or FileExceptionKind.NotWritten, one.ToString()));
        var differences = new List<FileException>();
        new TreeComparer(new CompareOptions(), differences.Add)
            .CompareTrees(_tree["source"], _tree["target"] + _tree["source"]);
        Assert.Empty(differences);
    }

    internal static List<FileException> Copy(string source, string target, RestoreOptions options)
    {
        var exceptions = new List<FileException>();
        using var walker = new TreeWalker(Walk.Set(Walk.Operation(source)), new WalkOptions(), exceptions.Add);
        using var writer = new TreeWriter(target, options, exceptions.Add);
        var buffer = new byte[1 << 16];
        while (walker.Next() is { } item)
        {
            using (item)
            {
                if (item.Entry.Kind != FileKind.Regular) writer.Write(item.Entry);
                else if (writer.BeginFile(item.Entry) is { } sink)
                {
                    using (sink) Copy(item, sink, buffer);
                }
            }
        }
        writer.Complete();
        return exceptions;
    }

    private static void Copy(WalkedItem item, FileSink sink, byte[] buffer)
    {
        foreach (var (offset, length) in item.Extents ?? [new DataExtent(0, item.Entry.Size)])
        {
            for (long done = 0; done < length;)
            {
                var count = item.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done)), offset + done);
                sink.Write(offset + done, buffer.AsSpan(0, count));
                done += count;
            }
        }
        sink.Commit(verified: true);
    }
}
