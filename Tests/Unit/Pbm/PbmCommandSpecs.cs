using Backup.Host.Operations;
using Backup.Host.Pbm;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Petabridge.Cmd;
using Xunit;

namespace Backup.Tests.Unit.Pbm;

/// <summary>The palettes are data, and faces of the operation table.</summary>
public sealed class PbmCommandSpecs
{
    /// <summary>
    /// Every command with its switches; a mandatory one stands first and bare, a list ends with an ellipsis.
    /// </summary>
    private const string Golden = """
        backup run --policy -p [--client -c] [--level -l] [--no-record -N] [--allow-empty -e] [--priority -y] [--scheduled -s] [--to-pool -t] [--only -O ...] [--select-by -b] [--messages -M] [--spool -S] [--copy-to -T ...] [--json]
        backup preview --policy -p [--client -c] [--level -l] [--only -O ...] [--allow-empty -e] [--walk -w] [--page -g] [--limit -n] [--to-pool -t] [--select-by -b] [--copy-to -T ...] [--json]
        backup rerun --job -j [--level -l] [--json]
        backup cancel --job -j [--json]
        backup jobs [--limit -n] [--running-only -r] [--json]
        backup job --job -j [--log-after -a] [--log-limit -l] [--json]
        backup exceptions --job -j [--after -a] [--limit -n] [--json]
        backup why --job -j [--json]
        backup restore --image -i [--paths -p ...] --target -t [--replace -r] [--client -c] [--dry-run -d] [--devices -D] [--set-id -s] [--source -S] [--file-set -f] [--as-of -o] [--strip -x] [--prefix -P] [--rename -R ...] [--suffix -u] [--delete -X] [--json]
        backup verify --image -i --against -a [--content -C] [--json]
        backup verify-policy --policy -p [--client -c] [--content -C] [--state -s] [--json]
        backup merge --image -i [--json]
        backup copy --to-pool -t [--image -i] [--policy -p] [--client -c] [--from-pool -f] [--older-days -o] [--uncopied -u] [--match -m] [--limit -n] [--json]
        backup migrate --to-pool -t [--image -i] [--policy -p] [--client -c] [--from-pool -f] [--older-days -o] [--uncopied -u] [--match -m] [--by -b] [--high-bytes -H] [--low-bytes -L] [--limit -n] [--json]
        backup heal [--image -i] [--json]
        backup flush [--library -l] [--due -d] [--json]
        backup clients [--json]
        backup schedule [--days -d] [--policy -p] [--limit -n] [--json]
        backup estimate --policy -p [--client -c] [--json]
        backup sizes --policy -p [--client -c] [--json]
        backup plan [--days -d] [--plan -p] [--replay -r] [--json]
        backup order --policy -p --order -o [--client -c] [--json]
        backup retention [--as-of -o] [--policy -p] [--after -a] [--limit -n] [--json]
        backup retain [--policy -p] [--agreed -g] [--accept-clock -k] [--json]
        backup mark --image -i --change -c [--text -t] [--json]
        backup show --kind -k --name -N [--events-max -n] [--client -c] [--json]
        backup status [--json]
        backup reload [--json]
        media volumes [--why -w] [--json]
        media scan --library -l [--volumes -v ...] [--from-oldest -o] [--json]
        media scrub [--library -l] [--pool -p] [--volume -v] [--json]
        media vault [--volumes -v ...] [--place -P] [--by -b] [--note -n] [--json]
        media places [--volume -v] [--pool -p] [--limit -n] [--json]
        media label --pool -p [--volume -v] [--overwrite -o] [--library -l] [--erase-foreign -E] [--json]
        media labels --pool -p [--template -t] [--count -n] [--bar-codes -b] [--library -l] [--json]
        media mount --volume -v [--drive -d] [--library -l] [--json]
        media unmount --drive -d [--json]
        media drive --drive -d --use -u [--reason -r] [--by -b] [--json]
        media clean --drive -d [--json]
        media volume --volume -v --state -s [--reason -r] [--library -l] [--json]
        media inventory [--library -l] [--read-labels -r] [--json]
        media import --library -l [--volumes -v ...] [--json]
        media export [--volumes -v ...] [--library -l] [--json]
        media move --library -l --from-slot -f --to-slot -t [--json]
        media requests [--of -o] [--json]
        media assign --job -j [--person -p] [--note -n] [--json]
        catalog check [--repair -r] [--json]
        catalog images [--limit -n] [--client -c] [--policy -p] [--json]
        catalog ls --image -i [--path -p] [--after -a] [--limit -n] [--recursive -r] [--client -c] [--file-set -f] [--as-of -o] [--sizes -z] [--json]
        catalog find --pattern -p [--image -i] [--limit -n] [--client -c] [--json]
        catalog versions --path -p [--client -c] [--file-set -f] [--limit -n] [--json]
        catalog diff --from -f --to -t [--after -a] [--limit -n] [--path -p] [--json]
        """;

    [Fact]
    public void The_definitions_are_these() =>
        Assert.Equal(Golden, string.Join('\n', PbmCommands.Palettes.SelectMany(palette =>
        palette.Commands.Select(command => string.Join(' ', (string[])[palette.ModuleName, command.Name,
            .. command.ArgumentsByName.Values.Select(Written)])))));

    [Fact]
    public void Every_operation_has_a_command() => Assert.Equal(
        OperationTable.All.Select(operation => operation.Name).Order(),
        PbmCommands.All.Select(command => command.Operation.Name).Distinct().Order());

    [Fact]
    public void Every_description_tells_the_effect_and_what_stays() => Assert.All(PbmCommands.All, command =>
    {
        Assert.Matches(@"^[A-Z].*\. .*\b(stays?|stay as they are|[Cc]hanges (nothing|no data))\b.*\.$", command.Effect);
        Assert.Equal(command.Operation.Permission == Permission.Read,
            command.Effect.EndsWith("Changes nothing.", StringComparison.Ordinal));
        Assert.All(command.Arguments, argument => Assert.Matches(@"^[A-Z].*\.$", argument.Description));
    });

    [Fact]
    public void Arguments_become_the_request()
    {
        var restore =
            (RestoreFiles)Read("backup restore", "-i", "latest", "--paths", "/etc", "-p", "/home/a b", "-t", "/tmp/x",
                "-r", "newer", "-d", "").Request!;
        Assert.Equal(
            ("latest", "/tmp/x", ReplaceRule.Newer, true, false),
            (restore.Image, restore.Target, restore.Replace, restore.DryRun, restore.Devices));
        Assert.Equal(["/etc", "/home/a b"], restore.Paths);
        Assert.Equal(
            ReplaceRule.Older,
            ((RestoreFiles)Read("backup restore", "-i", "1", "-t", "/x", "-r", "older").Request!).Replace);

        Assert.Equal(new ListJobs(7, true), Read("backup jobs", "-n", "7", "--running-only", "on").Request);
        Assert.Equal(new ShowJob(new JobId(12)), Read("backup why", "-j", "12").Request);
        Assert.Empty(((RestoreFiles)Read("backup restore", "-i", "1", "-t", "/x").Request!).Paths);
        Assert.True(Read("media volumes", "--json", "").AsJson);
    }

    [Fact]
    public void Each_command_that_changes_something_has_a_key_of_its_own() => Assert.NotEqual(
        ((RunPolicy)Read("backup run", "-p", "nightly").Request!).Request,
        ((RunPolicy)Read("backup run", "-p", "nightly").Request!).Request);

    [Theory]
    [InlineData("backup run", "backup run needs --policy")]
    [InlineData("backup run -p no/name", "--policy \"no/name\" is not right")]
    [InlineData("backup run -p a -p b", "Expected --policy once.")]
    [InlineData("backup run -p ", "Expected --policy with a text, found \"\".")]
    [InlineData("backup job -j x", "Expected --job with a number, found \"x\".")]
    [InlineData("backup job -j 0", "--job \"0\" is not right: Expected a job number of 1 or more.")]
    [InlineData("backup job -j 99999999999999999999", "Expected --job with a number")]
    [InlineData("backup jobs -n 3000000000", "--limit \"3000000000\" is not right")]
    [InlineData("backup jobs -r perhaps", "Expected --running-only with on, off, found \"perhaps\".")]
    [InlineData("backup verify -i 1 -a moon", "Expected --against with media, disk, data, found \"moon\".")]
    [InlineData("backup status --verbose 1", "backup status does not take --verbose.")]
    [InlineData("backup status --json perhaps", "Expected --json on or off")]
    public void A_bad_argument_is_refused_in_words(string line, string words)
    {
        var typed = line.Split(' ');

        var read = Read($"{typed[0]} {typed[1]}", typed[2..]);

        Assert.Null(read.Request);
        Assert.StartsWith(words, read.Problem, StringComparison.Ordinal);
    }

    private static PbmRequest Read(string command, params string[] words) => PbmRequest.Read(
        PbmCommands.All.Single(each => $"{each.Palette} {each.Name}" == command),
        words.Chunk(2).Select(pair => Tuple.Create(pair[0], pair[1])));

    private static string Written(ArgumentDefinition argument)
    {
        var text =
            $"{string.Join(' ', argument.Switch.OrderByDescending(each => each.Length))}{(argument.AllowMultiple ? " ..." : "")}";
        return argument.IsMandatory ? text : $"[{text}]";
    }
}
