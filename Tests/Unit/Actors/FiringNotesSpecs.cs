using Backup.Actors.Gateway;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class FiringNotesSpecs
{
    private static readonly ClientName Own = new("web1");

    /// <summary>Job 7 is the client's own.</summary>
    [Theory]
    [InlineData(null, null)]
    [InlineData("5 min late: it was missed", "5 min late: it was missed")]
    [InlineData("missed: its windows never open again", "missed: its windows never open again")]
    [InlineData("left out: its policy has no schedule", "left out: its policy has no schedule")]
    [InlineData(
        "Client web1 is left out: job 7 of the same policy had not ended. Client web2 is left out: job 8 of the same "
            + "policy had not ended.",
        "Client web1 is left out: job 7 of the same policy had not ended.")]
    [InlineData(
        "5 min late: it was missed; Client web2.example.org is left out: job 8 of the same policy had not ended. Client "
            + "web1 is left out: job 7 of the same policy had not ended.",
        "5 min late: it was missed; Client web1 is left out: job 7 of the same policy had not ended.")]
    [InlineData("Client web10 is left out: job 8 of the same policy had not ended.", null)]
    [InlineData(
        "Job 7 is cancelled: job 9 takes its place. Job 8 is cancelled: job 10 takes its place.",
        "Job 7 is cancelled: job 9 takes its place.")]
    [InlineData("The last full of policy daily, client web2 is 9 days old. Look at the reason.", null)]
    public void A_client_reads_what_is_about_the_run_and_about_itself(string? note, string? read) =>
        Assert.Equal(read, FiringNotes.For(note, Own, job => job.Value == 7));
}
