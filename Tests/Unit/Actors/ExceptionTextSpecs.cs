using System.Text;
using Backup.Actors.Jobs;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class ExceptionTextSpecs
{
    [Fact]
    public void A_sentence_names_the_item_what_happened_and_why() =>
        Assert.Equal(
            "/etc/shadow could not be read: Permission denied.",
            ExceptionText.Sentence(new FileException(
                "etc/shadow"u8.ToArray(), FileExceptionKind.Unreadable, "openat", 13, "Permission denied.")));

    [Fact]
    public void No_name_can_forge_a_line_or_drive_a_terminal()
    {
        var sentence = ExceptionText.Sentence(new FileException(
            Encoding.ASCII.GetBytes("a\n2026 job 1 complete\u001b[2J"), FileExceptionKind.Vanished, "openat", 2, ""));

        Assert.DoesNotContain('\n', sentence);
        Assert.DoesNotContain('\u001b', sentence);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_has_words_and_a_code(FileExceptionKind kind)
    {
        var sentence = ExceptionText.Sentence(new FileException("a"u8.ToArray(), kind, "open", 5, ""));

        // The name of the enum is no sentence
        Assert.DoesNotContain(kind.ToString(), sentence, StringComparison.Ordinal);
        Assert.Matches("^[a-z]+(-[a-z]+)*$", ExceptionText.Code(kind));
    }

    public static TheoryData<FileExceptionKind> Kinds => [.. Enum.GetValues<FileExceptionKind>()];
}
