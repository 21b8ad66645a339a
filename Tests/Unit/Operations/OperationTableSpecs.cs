using Backup.Host.CommandLine;
using Backup.Host.Operations;
using Backup.Messages.Operations;
using Backup.Tests.Unit.CommandLine;
using Xunit;

namespace Backup.Tests.Unit.Operations;

public sealed class OperationTableSpecs
{
    private static readonly Type[] Messages = typeof(IRequest).Assembly.GetExportedTypes();

    [Fact]
    public void Every_request_is_an_operation_once() => Assert.Equal(
        Messages.Where(type => type.IsAssignableTo(typeof(IRequest)) && !type.IsInterface).OrderBy(type => type.Name),
        OperationTable.All.Select(operation => operation.Request).OrderBy(type => type.Name));

    [Fact]
    public void Every_reply_is_the_answer_to_an_operation() => Assert.Equal(
        Messages.Where(type => type.IsAssignableTo(typeof(IReply)) && !type.IsInterface).OrderBy(type => type.Name),
        OperationTable.ReplyTypes.OrderBy(type => type.Name));

    [Fact]
    public void Names_are_unique_and_each_has_a_command()
    {
        using var run = new CommandRun(Replies.Answer);
        var commands = run.Program.Root.Subcommands.Select(command => command.Name).ToHashSet();

        Assert.Equal(
            OperationTable.All.Count, OperationTable.All.Select(operation => operation.Name).Distinct().Count());
        Assert.All(OperationTable.All, operation => Assert.Contains(operation.Command, commands));
    }

    /// <summary>
    /// The example is parsed from the arguments that its command prints: what a command asks is its operation's
    /// request.
    /// </summary>
    [Theory]
    [MemberData(nameof(CommandOutputSpecs.CommandLines), MemberType = typeof(CommandOutputSpecs))]
    public async Task A_command_asks_what_the_table_says(string line)
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run(line.Split(' '));

        Assert.Contains(run.Node.Asked, asked => OperationTable.For(asked).Command == line.Split(' ')[0]);
    }

    [Fact]
    public void Only_what_changes_something_needs_more_than_permission_to_read() =>
        Assert.All(OperationTable.All, operation =>
        Assert.Equal(
            operation.Request.IsAssignableTo(typeof(ICommandRequest)), operation.Permission != Permission.Read));

    [Fact]
    public void Arguments_come_from_the_request_with_defaults() => Assert.Equal(
        [
            new OperationArgument("request", "text", null), new OperationArgument("image", "text", null),
            new OperationArgument("paths", "list of texts", null), new OperationArgument("target", "text", null),
            new OperationArgument("replace", "never, always, newer, changed, older", "\"never\""),
            new OperationArgument("client", "text", "null"),
            new OperationArgument("dryRun", "switch", "false"), new OperationArgument("devices", "switch", "false"),
            new OperationArgument("setId", "switch", "false"), new OperationArgument("source", "text", "null"),
            new OperationArgument("fileSet", "text", "null"), new OperationArgument("asOf", "text", "null"),
            new OperationArgument("strip", "number", "0"), new OperationArgument("prefix", "text", "null"),
            new OperationArgument("rename", "list of texts", "null"), new OperationArgument("suffix", "text", "null"),
            new OperationArgument("delete", "none, extra, all", "\"none\""),
        ],
        OperationTable.Find("restore-files")!.Arguments);

    [Fact]
    public void The_page_has_the_table_and_the_exit_codes()
    {
        var page = OperationsPage.Read();
        foreach (var row in OperationsPage.Rows()) Assert.Contains(row, page, StringComparison.Ordinal);
        foreach (var (code,
            meaning) in ExitCode.Table) Assert.Contains($"| {code} | {meaning} |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_names_every_command()
    {
        using var run = new CommandRun(Replies.Answer);
        var page = OperationsPage.Read();
        Assert.All(run.Program.Root.Subcommands,
            command => Assert.Contains($"| `{command.Name}", page, StringComparison.Ordinal));
    }
}

/// <summary>docs/operations.md, and what of it follows from the table.</summary>
internal static class OperationsPage
{
    public static string Read()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Backup.sln"))) folder = folder.Parent;
        return File.ReadAllText(Path.Combine(Assert.IsType<DirectoryInfo>(folder).FullName, "docs", "operations.md"));
    }

    public static IEnumerable<string> Rows() => OperationTable.All.Select(operation =>
        $"| `{operation.Name}` | `{operation.Command}` | {operation.Permission.ToString().ToLowerInvariant()} | "
        + $"{string.Join(", ", operation.Arguments.Select(argument => argument.Default is null ? $"`{argument.Name}`" : $"`{argument.Name}`={argument.Default.Replace("\"", "", StringComparison.Ordinal)}"))} | "
        + $"{string.Join(" or ", operation.Replies.Select(reply => $"`{reply.Name}`"))} | {operation.Summary} |");
}
