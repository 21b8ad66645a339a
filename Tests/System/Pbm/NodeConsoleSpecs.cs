using System.Text.RegularExpressions;
using Backup.Host.CommandLine;
using Backup.Host.Http;
using Pbm;
using Xunit;

namespace Backup.Tests.System.Pbm;

/// <summary>The program `pbm` against the program `backup node`.</summary>
public sealed class NodeConsoleSpecs
{
    [OnOurHostFact]
    public async Task An_operator_saves_looks_and_restores_through_pbm_alone()
    {
        var port = FreePorts.Take();
        await using var place = new NodeFixture($"backup.pbm {{ port = {port}, allow = [read, operate, restore] }}");
        await File.WriteAllTextAsync(Path.Combine(place.Source, "letter.txt"), "dear reader");
        await using var node = await RunningNode.Start(place, port);

        Assert.Equal((PbmShell.Done, "Job 1 was accepted. To see what it does: backup job -j 1\n", ""),
            await Pbm("backup run -p nightly"));
        await Ended(1, "complete");
        Assert.Matches(@"JOB +KIND +POLICY", await Said("backup jobs"));
        Assert.Contains("waits for nothing: complete", await Said("backup why -j 1"), StringComparison.Ordinal);
        Assert.Contains("tester", await Said("backup clients"), StringComparison.Ordinal);
        Assert.StartsWith("Node tester, version ", await Said("backup status"), StringComparison.Ordinal);
        Assert.Contains("disk-0001", await Said("media volumes"), StringComparison.Ordinal);
        Assert.Contains("disk-0002 in library tapes is labelled for pool disk", await Said("media label -p disk"),
            StringComparison.Ordinal);
        Assert.Contains("is in drive tapes/0", await Said("media mount -v disk-0002"), StringComparison.Ordinal);
        Assert.Contains("taken out", await Said("media unmount -d tapes/0"), StringComparison.Ordinal);
        Assert.Contains("nightly", await Said("catalog images"), StringComparison.Ordinal);
        Assert.Contains("letter.txt", await Said($"catalog ls -i latest -p {place.Source}"), StringComparison.Ordinal);
        Assert.Contains("letter.txt", await Said("catalog find -p letter"), StringComparison.Ordinal);
        Assert.Contains("\"schema\":\"backup/FoundFiles/1\"", await Said("catalog find -p letter --json"),
            StringComparison.Ordinal);
        Assert.Contains("/user/gateway\n", await Said("actor hierarchy"), StringComparison.Ordinal);

        var target = Path.Combine(place.Root, "restored");
        Assert.Contains("Nothing was written", await Said($"backup restore -i latest -t {target} --dry-run"),
            StringComparison.Ordinal);
        await Said($"backup restore -i latest -t {target}");
        await Ended(2, "complete");
        Assert.Equal("dear reader", await File.ReadAllTextAsync(Path.Combine(target + place.Source, "letter.txt")));

        var (code, _, error) = await Pbm("backup job -j 77");
        Assert.Equal(PbmShell.Failed, code);
        Assert.Contains("77", error, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Complete, await node.Stop());
        Assert.Equal(PbmShell.Unreachable, (await Pbm("backup jobs")).Code);

        Task<(int Code, string Output, string Error)> Pbm(string line) => TestHost.RunPbm(port, line);

        async Task<string> Said(string line)
        {
            var (done, output, wrong) = await Pbm(line);
            Assert.True(done == PbmShell.Done, $"{line}: {wrong}");
            return output;
        }

        async Task Ended(int job, string outcome)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            string found;
            while (!Regex.IsMatch(found = await Said($"backup job -j {job}"), $"state +{outcome}"))
            {
                if (limit.IsCancellationRequested) Assert.Fail($"Job {job} did not become {outcome}:\n{found}");
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }

    [OnOurHostFact]
    public async Task A_console_that_is_off_does_not_listen()
    {
        var port = FreePorts.Take();
        await using var place = new NodeFixture($"backup.pbm {{ port = {port}, enabled = off }}");
        await using var node = await RunningNode.Start(place, port: null);

        await Assert.ThrowsAsync<HostException>(() => Client.Connect("127.0.0.1", port, CancellationToken.None));
    }

    /// <summary>The command `backup node` in this process.</summary>
    private sealed class RunningNode(Interrupts interrupts, Task<int> program, StringWriter output) : IAsyncDisposable
    {
        public static async Task<RunningNode> Start(NodeFixture place, int? port)
        {
            var socket = place.Settings().Node.SocketFile;
            var (output, interrupts) = (new StringWriter(), new Interrupts());
            var screen = new Screen(TextWriter.Synchronized(output), TextWriter.Synchronized(output), TextReader.Null);
            var program = new BackupCommand(new CommandContext(screen, new NodeDoor(), interrupts));
            var node = new RunningNode(
                interrupts, Task.Run(() => program.Run(["node", Path.Combine(place.Root, "node.conf")])), output);
            await node.Until(() => HttpNodeConnection.Answers(socket, CancellationToken.None));
            if (port is { } expected)
                await node.Until(async () => (await TestHost.RunPbm(expected, "help")).Code == PbmShell.Done);
            return node;
        }

        public async Task<int> Stop()
        {
            if (!program.IsCompleted) interrupts.Raise();
            return await program.WaitAsync(TimeSpan.FromMinutes(3));
        }

        public async ValueTask DisposeAsync()
        {
            await Stop();
            interrupts.Dispose();
        }

        private async Task Until(Func<Task<bool>> condition)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            while (!await condition())
            {
                if (limit.IsCancellationRequested || program.IsCompleted)
                    Assert.Fail($"The node does not run:\n{output}");
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }
}
