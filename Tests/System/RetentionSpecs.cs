using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>AD-18: what the rules would let go, of a real catalog.</summary>
public sealed class RetentionSpecs
{
    [Fact]
    public async Task It_is_said_which_images_stay_and_why()
    {
        await using var node = new NodeFixture { Policy = "retention { last = 1, for = 1d }" };
        File.WriteAllText(Path.Combine(node.Source, "a"), "1");
        await node.Start();
        var images = new List<ImageId>();
        foreach (var level in (string[])["full", "full", "full", "1", "1"])
        {
            var job = (await node.Ask<JobsStarted>(new RunPolicy(
                RequestId.New(), new PolicyName("nightly"), Level: level))).Jobs[0];
            images.Add((await node.Ended(job)).Job.Image!.Value);
        }
        Assert.Equal(
            JobOutcome.Complete, (await node.Verify(images[1].ToString(), VerifyTarget.Media)).Job.Outcome);

        var now = await node.Ask<RetentionShown>(new ShowRetention());
        var later = await node.Ask<RetentionShown>(new ShowRetention(DateTimeOffset.UtcNow.AddDays(2)));
        var first = await node.Ask<RetentionShown>(new ShowRetention(later.AsOf, Limit: 2));
        var rest = await node.Ask<RetentionShown>(new ShowRetention(later.AsOf, After: first.Next));

        Assert.All(now.Images, line => Assert.True(line.Kept));
        Assert.Equal(images.AsEnumerable().Reverse(), later.Images.Select(line => line.Image));
        Assert.Equal(
            [
                "True last 1 of 1; the newest that can be restored", "False no rule keeps it",
                $"True base of {images[4].ToString()[..12]}", "True the newest that was verified",
                "False no rule keeps it",
            ],
            later.Images.Select(line => $"{line.Kept} {string.Join("; ", line.Reasons)}"));
        Assert.Equal(later.Images.Select(line => line.Image), first.Images.Concat(rest.Images).Select(line => line.Image));
        Assert.Null(rest.Next);
        await node.Ended((await node.Ask<JobsStarted>(
            new MergeImage(RequestId.New(), images[3].ToString()))).Jobs.Single());
        var merged = (await node.Ask<RetentionShown>(new ShowRetention())).Images;
        Assert.Equal(images[4], merged[0].Image); // what was merged is older
        Assert.Equal(2, merged.Count(line => line.SealedAt == merged.Single(each => each.Image == images[3]).SealedAt));
        var unknown = await node.Connection.Ask(
            new ShowRetention(Policy: new PolicyName("weekly")), CancellationToken.None);
        Assert.Contains("Configured are: nightly", Assert.IsType<Refused>(unknown).Sentence);
    }
}
