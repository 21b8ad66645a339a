using System.Text.Json.Nodes;
using Backup.Tests.ProtocolClient;
using Xunit;

namespace Backup.Tests.System.Protocol;

/// <summary>What all steps share.</summary>
internal abstract class ConformanceSteps(Client client)
{
    protected Client Client => client;

    protected async Task<long> Started(string operation, JsonObject fields) =>
        (long)(await client.Ask(operation, fields)).Done["jobs"]![0]!;

    /// <summary>Follows a job to its end; its summary.</summary>
    protected async Task<JsonObject> Ended(long job)
    {
        await Until(job, details => (string)details["job"]!["state"]! == "ended");
        return (await client.Ask("show-job", new JsonObject { ["job"] = job })).Done["job"]!.AsObject();
    }

    protected async Task Completes(long job) => Assert.Equal("complete", (string)(await Ended(job))["outcome"]!);

    protected async Task Until(long job, Func<JsonObject, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var details = (await client.Ask("show-job", new JsonObject { ["job"] = job })).Done;
            if (condition(details)) return;
            Assert.False(limit.IsCancellationRequested, $"Job {job} did not get there: {details}");
            await Task.Delay(20, CancellationToken.None);
        }
    }
}

/// <summary>Everything that a backup needs.</summary>
internal sealed class ConformanceBackup(Client client, ConformanceNode node) : ConformanceSteps(client)
{
    public async Task Run()
    {
        var labelled = await Client.Ask("label-volume", new JsonObject { ["pool"] = "disk" });
        Assert.Equal("disk", (string)labelled.Done["pool"]!);

        var first = await Full();
        Assert.Equal("incremental", await Incremental(first));
        await Look(first);
        await Media();
        await Plans();
        Assert.Equal("ConfigurationReloaded", (await Client.Ask("reload-configuration")).Type);
    }

    /// <summary>The same request twice is one job.</summary>
    private async Task<long> Full()
    {
        JsonObject Asked() => new() { ["request"] = "full-1", ["policy"] = "nightly", ["level"] = "full" };
        var first = await Started("run-policy", Asked());
        Assert.Equal(first, await Started("run-policy", Asked()));
        await Completes(first);
        Assert.Equal(first, await Started("run-policy", Asked()));
        return first;
    }

    private async Task<string> Incremental(long full)
    {
        await File.WriteAllTextAsync(Path.Combine(node.Source, "added"), "later");
        var second = await Started("run-policy", new JsonObject { ["policy"] = "nightly", ["level"] = "incremental" });
        await Completes(second);
        var differences = (await Client.Ask(
            "diff-images", new JsonObject { ["from"] = $"{full}", ["to"] = $"{second}" })).Done["differences"]!;
        Assert.Contains(differences.AsArray(), one => (string)one!["kind"]! == "added");
        await Completes(await Started("merge-image", new JsonObject { ["image"] = $"{second}" }));
        var again = await Started("rerun-job", new JsonObject { ["job"] = second });
        await Completes(again);
        return "incremental";
    }

    private async Task Look(long job)
    {
        Assert.NotEmpty((await Client.Ask("list-jobs")).Done["jobs"]!.AsArray());
        Assert.Empty((await Client.Ask("list-exceptions", new JsonObject { ["job"] = job })).Done["exceptions"]!
            .AsArray());
        Assert.NotEmpty((await Client.Ask("list-images")).Done["images"]!.AsArray());
        var files = (await Client.Ask(
            "list-files", new JsonObject { ["image"] = $"{job}", ["path"] = node.Source })).Done["files"]!.AsArray();
        Assert.Equal(3, files.Count);
        Assert.NotEmpty((await Client.Ask("find-files", new JsonObject { ["pattern"] = "hos*" })).Done["files"]!
            .AsArray());
        Assert.NotEmpty((await Client.Ask(
            "list-versions", new JsonObject { ["path"] = Path.Combine(node.Source, "hosts") })).Done["versions"]!
            .AsArray());
        Assert.NotEmpty((await Client.Ask("list-clients")).Done["clients"]!.AsArray());
        Assert.NotNull((await Client.Ask("show-status")).Done["node"]);
        var shown = (await Client.Ask(
            "show-object", new JsonObject { ["kind"] = "job", ["name"] = $"{job}" })).Done;
        Assert.Equal("ended", (string)shown["state"]!);
    }

    private async Task Media()
    {
        var volume = (string)(await Client.Ask("list-volumes")).Done["volumes"]![0]!["volume"]!;
        await Completes(await Started(
            "verify-image", new JsonObject { ["image"] = "latest", ["against"] = "media" }));
        await Completes(await Started("verify-policy", new JsonObject { ["policy"] = "nightly" }));
        await Completes(await Started("scan-library", new JsonObject { ["library"] = "tapes" }));
        await Copies(volume);
        Assert.Empty((await Client.Ask("check-catalog", new JsonObject())).Done["findings"]!.AsArray());
        Assert.Equal("many-1", (string)(await Client.Ask(
            "label-volumes", new JsonObject { ["pool"] = "disk", ["template"] = "many-%d" })).Done["volumes"]![0]!);
        var mounted = (await Client.Ask("mount-volume", new JsonObject { ["volume"] = volume })).Done;
        Assert.Equal(volume, (string)(await Client.Ask(
            "unmount-drive", new JsonObject { ["drive"] = (string)mounted["drive"]! })).Done["volume"]!);
        await Slots(volume);
        foreach (var use in (string[])["disabled", "enabled"])
            Assert.Equal(use, (string)(await Client.Ask(
                "set-drive", new JsonObject { ["drive"] = "tapes/0", ["use"] = use })).Done["use"]!);
        Assert.Equal("read-only", (string)(await Client.Ask(
            "update-volume", new JsonObject { ["volume"] = volume, ["state"] = "read-only" })).Done["state"]!);
    }

    private async Task Slots(string volume)
    {
        var inventory = (await Client.Ask("take-inventory", new JsonObject { ["library"] = "tapes" })).Done;
        var slots = inventory["libraries"]![0]!["slots"]!.AsArray();
        var from = (int)slots.Single(slot => (string?)slot!["volume"] == volume)!["number"]!;
        var to = (int)slots.First(slot => slot!["volume"] is null)!["number"]!;
        Assert.Equal(to, (int)(await Client.Ask("move-volume", new JsonObject
        {
            ["library"] = "tapes",
            ["fromSlot"] = from,
            ["toSlot"] = to,
        })).Done["moved"]!["to"]!);
        await Client.Ask("export-volumes", new JsonObject { ["volumes"] = new JsonArray(volume) });
        var back = (await Client.Ask(
            "import-volumes", new JsonObject { ["library"] = "tapes", ["volumes"] = new JsonArray(volume) })).Done;
        Assert.Equal(volume, (string)back["moved"]![0]!["volume"]!);
    }

    private async Task Copies(string volume)
    {
        await Completes(await Started("copy-images", new JsonObject { ["image"] = "latest", ["toPool"] = "second" }));
        await Completes(await Started("migrate-images", new JsonObject
        {
            ["image"] = "latest",
            ["fromPool"] = "second",
            ["toPool"] = "third",
        }));
        await Completes(await Started("scrub-media", new JsonObject { ["pool"] = "third" }));
        Assert.Empty((await Client.Ask("heal-copies")).Done["jobs"]!.AsArray());
        Assert.Empty((await Client.Ask("flush-spool")).Done["jobs"]!.AsArray());
        JsonObject Asked(string? place) => new() { ["volumes"] = new JsonArray(volume), ["place"] = place };
        Assert.Equal("bank", (string)(await Client.Ask("vault-volumes", Asked("bank"))).Done["place"]!);
        Assert.Single((await Client.Ask("show-vault")).Done["away"]!.AsArray());
        await Client.Ask("vault-volumes", Asked(null));
    }

    private async Task Plans()
    {
        Assert.NotEmpty((await Client.Ask("preview-run", new JsonObject { ["policy"] = "nightly" })).Done["jobs"]!
            .AsArray());
        await Completes(await Started("estimate-policy", new JsonObject { ["policy"] = "nightly" }));
        Assert.NotEmpty((await Client.Ask("show-estimate", new JsonObject { ["policy"] = "nightly" })).Done["sizes"]!
            .AsArray());
        Assert.NotEmpty((await Client.Ask("show-plan", new JsonObject { ["days"] = 2 })).Done["runs"]!.AsArray());
        Assert.NotEmpty((await Client.Ask("show-schedule")).Done["unscheduled"]!.AsArray());
        Assert.NotEmpty((await Client.Ask("order-plan", new JsonObject
        {
            ["policy"] = "planned",
            ["order"] = "force-full",
        })).Done["orders"]!.AsArray());
        Assert.NotEmpty((await Client.Ask("show-retention")).Done["images"]!.AsArray());
        Assert.Single((await Client.Ask("mark-image", new JsonObject
        {
            ["image"] = "latest",
            ["change"] = "hold",
            ["text"] = "audit",
        })).Done["images"]!.AsArray());
        Assert.Equal(0, (long)(await Client.Ask("run-retention")).Done["purged"]!);
    }
}

/// <summary>Everything that a restore needs.</summary>
internal sealed class ConformanceRestore(Client client, ConformanceNode node) : ConformanceSteps(client)
{
    public async Task Run()
    {
        var target = Path.Combine(node.Root, "restored");
        var plan = await Client.Ask("restore-files", Asked(target, dryRun: true));
        Assert.Equal(("RestorePlan", false), (plan.Type, Directory.Exists(target)));
        Assert.True((long)plan.Done["bytes"]! > 4 << 20);

        await Completes(await Started("restore-files", Asked(target, dryRun: false)));

        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
        await Completes(await Started(
            "verify-image", new JsonObject { ["image"] = "latest", ["against"] = "disk" }));
    }

    private static JsonObject Asked(string target, bool dryRun) => new()
    {
        ["image"] = "latest",
        ["paths"] = new JsonArray(),
        ["target"] = target,
        ["replace"] = "never",
        ["dryRun"] = dryRun,
    };
}

/// <summary>Each refusal that the document names, besides those that any operation may have.</summary>
internal sealed class ConformanceRefusals(Client client, Client inSolo) : ConformanceSteps(client)
{
    private readonly List<string> _others = [];

    private const string Nowhere = "{\"image\":\"ffffffffffffffffffffffffffffffff\"";

    public async Task Run(ConformanceNode node)
    {
        var waiting = await Started("run-policy", new JsonObject { ["policy"] = "waiting" });
        await Until(waiting, details => ((JsonArray)details["waitsFor"]!).Count > 0);
        await Client.Ask("assign-request", new JsonObject { ["job"] = waiting, ["person"] = "anna" });
        Assert.Equal("anna", (string)(await Client.Ask("list-requests")).Done["requests"]![0]!["assigned"]!["person"]!);
        var target = "\"paths\":[],\"target\":\"/tmp/nowhere\",\"request\":\"r\"";
        Directory.CreateDirectory(Path.Combine(node.Library, "blank-1"));
        Directory.CreateDirectory(Path.Combine(node.Library, ".exchange", "blank-1"));
        await Client.Ask("mark-image", new JsonObject { ["image"] = "1", ["change"] = "legal-hold" });
        (string Operation, string Code, string Body)[] refusals =
        [
            ("run-policy", "bad-request", "{\"request\":\"a\",\"policy\":\"nightyl\"}"),
            ("run-policy", "conflict", "{\"request\":\"a\",\"policy\":\"left-out\"}"),
            ("preview-run", "conflict", "{\"policy\":\"nightly\",\"walk\":\"a1\",\"page\":3}"),
            ("rerun-job", "not-found", "{\"request\":\"a\",\"job\":9999}"),
            ("rerun-job", "conflict", $"{{\"request\":\"a\",\"job\":{waiting}}}"),
            ("cancel-job", "not-found", "{\"request\":\"a\",\"job\":9999}"),
            ("cancel-job", "conflict", "{\"request\":\"a\",\"job\":1}"),
            ("show-job", "not-found", "{\"job\":9999}"),
            ("show-object", "bad-request", "{\"kind\":\"job\",\"name\":\"x\"}"),
            ("show-object", "not-found", "{\"kind\":\"library\",\"name\":\"nowhere\"}"),
            ("list-exceptions", "not-found", "{\"job\":9999}"),
            ("list-files", "bad-request", "{\"image\":\"no!\"}"),
            ("list-files", "not-found", Nowhere + "}"),
            ("find-files", "bad-request", "{\"pattern\":\"\"}"),
            ("find-files", "not-found", Nowhere + ",\"pattern\":\"x\"}"),
            ("list-versions", "not-found", "{\"path\":\"/nowhere\"}"),
            ("diff-images", "not-found", "{\"from\":\"ffffffff\",\"to\":\"latest\"}"),
            ("restore-files", "bad-request", "{\"image\":\"no!\"," + target + "}"),
            ("restore-files", "not-found", Nowhere + "," + target + "}"),
            ("restore-files", "conflict", $"{{\"image\":\"{waiting}\",{target}}}"),
            ("verify-image", "bad-request", "{\"request\":\"a\",\"image\":\"no!\",\"against\":\"media\"}"),
            ("verify-image", "not-found", Nowhere + ",\"request\":\"a\",\"against\":\"media\"}"),
            ("verify-image", "conflict", $"{{\"request\":\"a\",\"image\":\"{waiting}\",\"against\":\"media\"}}"),
            ("verify-policy", "not-found", "{\"request\":\"a\",\"policy\":\"unseen\"}"),
            ("merge-image", "not-found", Nowhere + ",\"request\":\"a\"}"),
            ("merge-image", "conflict", "{\"request\":\"a\",\"image\":\"1\"}"),
            ("copy-images", "bad-request", "{\"request\":\"a\",\"toPool\":\"nowhere\",\"image\":\"latest\"}"),
            ("copy-images", "not-found", Nowhere + ",\"request\":\"a\",\"toPool\":\"second\"}"),
            ("copy-images", "conflict", $"{{\"request\":\"a\",\"toPool\":\"second\",\"image\":\"{waiting}\"}}"),
            ("migrate-images", "bad-request", "{\"request\":\"a\",\"toPool\":\"second\"}"),
            ("migrate-images", "not-found", Nowhere + ",\"request\":\"a\",\"toPool\":\"second\"}"),
            ("migrate-images", "conflict", $"{{\"request\":\"a\",\"toPool\":\"second\",\"image\":\"{waiting}\"}}"),
            ("scrub-media", "bad-request", "{\"request\":\"a\",\"library\":\"nowhere\"}"),
            ("scrub-media", "not-found", "{\"request\":\"a\",\"volume\":\"nothing\"}"),
            ("heal-copies", "bad-request", "{\"request\":\"a\",\"image\":\"no!\"}"),
            ("heal-copies", "not-found", Nowhere + ",\"request\":\"a\"}"),
            ("flush-spool", "bad-request", "{\"request\":\"a\",\"library\":\"nowhere\"}"),
            ("vault-volumes", "bad-request", "{\"request\":\"a\",\"volumes\":[]}"),
            ("vault-volumes", "not-found", "{\"request\":\"a\",\"volumes\":[\"nothing\"]}"),
            ("mark-image", "bad-request", "{\"request\":\"a\",\"image\":\"no!\",\"change\":\"hold\"}"),
            ("mark-image", "not-found", Nowhere + ",\"request\":\"a\",\"change\":\"hold\"}"),
            ("mark-image", "conflict", "{\"request\":\"a\",\"image\":\"1\",\"change\":\"release\"}"),
            ("update-volume", "not-found", "{\"request\":\"a\",\"volume\":\"nothing\",\"state\":\"full\"}"),
            ("update-volume", "conflict",
                "{\"request\":\"a\",\"volume\":\"disk-0001\",\"state\":\"cleaning\"}"),
            ("take-inventory", "bad-request", "{\"request\":\"a\",\"library\":\"nowhere\"}"),
            ("import-volumes", "bad-request", "{\"request\":\"a\",\"library\":\"nowhere\"}"),
            ("import-volumes", "not-found",
                "{\"request\":\"a\",\"library\":\"tapes\",\"volumes\":[\"nothing\"]}"),
            ("import-volumes", "conflict",
                "{\"request\":\"a\",\"library\":\"tapes\",\"volumes\":[\"blank-1\"]}"),
            ("export-volumes", "bad-request", "{\"request\":\"a\",\"volumes\":[]}"),
            ("export-volumes", "not-found",
                "{\"request\":\"a\",\"volumes\":[\"nothing\"],\"library\":\"tapes\"}"),
            ("move-volume", "bad-request",
                "{\"request\":\"a\",\"library\":\"nowhere\",\"fromSlot\":1,\"toSlot\":2}"),
            ("move-volume", "not-found",
                "{\"request\":\"a\",\"library\":\"tapes\",\"fromSlot\":99999,\"toSlot\":1}"),
            ("move-volume", "conflict",
                "{\"request\":\"a\",\"library\":\"tapes\",\"fromSlot\":100001,\"toSlot\":0}"),
            ("set-drive", "bad-request", "{\"request\":\"a\",\"drive\":\"tapes/9\",\"use\":\"disabled\"}"),
            ("clean-drive", "bad-request", "{\"request\":\"a\",\"drive\":\"nowhere/0\"}"),
            ("clean-drive", "conflict", "{\"request\":\"a\",\"drive\":\"tapes/0\"}"),
            ("estimate-policy", "conflict", "{\"request\":\"a\",\"policy\":\"unseen\",\"levels\":[9]}"),
            ("assign-request", "not-found", "{\"request\":\"a\",\"job\":9999,\"person\":\"anna\"}"),
            ("assign-request", "conflict", "{\"request\":\"a\",\"job\":1,\"person\":\"anna\"}"),
            ("label-volume", "conflict", "{\"request\":\"a\",\"pool\":\"disk\",\"volume\":\"disk-0001\"}"),
            ("label-volumes", "bad-request", "{\"request\":\"a\",\"pool\":\"disk\",\"template\":\"x\"}"),
            ("mount-volume", "not-found", "{\"request\":\"a\",\"volume\":\"nothing\"}"),
            ("mount-volume", "conflict", "{\"request\":\"a\",\"volume\":\"blank-1\",\"library\":\"tapes\"}"),
        ];
        foreach (var (operation, code, body) in refusals) await Is(Client, operation, code, body);
        await Is(inSolo, "verify-policy", "conflict", "{\"request\":\"a\",\"policy\":\"nightly\"}");
        await Is(inSolo, "scan-library", "conflict", "{\"request\":\"a\",\"library\":\"tapes\"}");
        await Is(inSolo, "check-catalog", "conflict", "{\"request\":\"a\"}");
        await Is(inSolo, "reload-configuration", "conflict", "{\"request\":\"a\"}");
        var cancelling = (await Client.Ask("cancel-job", new JsonObject { ["job"] = waiting })).Done;
        Assert.Equal(waiting, (long)cancelling["job"]!);
        Assert.Equal("cancelled", (string)(await Ended(waiting))["outcome"]!);
        await InUse();
        Assert.Equal("", string.Join('\n', _others));
    }

    /// <summary>A drive that a job writes to at this moment; then the job is cancelled in the middle.</summary>
    private async Task InUse()
    {
        var slow = await Started("run-policy", new JsonObject { ["policy"] = "slow" });
        await Until(slow, details => details["progress"] is JsonObject progress && (long)progress["bytes"]! > 0);
        await Is(Client, "unmount-drive", "conflict", "{\"request\":\"a\",\"drive\":\"slow/0\"}");
        await Is(
            Client, "vault-volumes", "conflict",
            "{\"request\":\"a\",\"volumes\":[\"slow-0001\"],\"place\":\"bank\"}");
        await Is(Client, "label-volumes", "conflict", "{\"request\":\"a\",\"pool\":\"slow\",\"template\":\"s-%d\"}");
        await Is(Client, "export-volumes", "conflict", "{\"request\":\"a\",\"volumes\":[\"slow-0001\"]}");
        await Client.Ask("cancel-job", new JsonObject { ["job"] = slow });
        Assert.Equal("cancelled", (string)(await Ended(slow))["outcome"]!);
    }

    private async Task Is(Client client, string operation, string code, string body)
    {
        var answer = await client.Send(operation, body);
        if (answer.Type != "Refused" || (string)answer.Body["code"]! != code)
            _others.Add($"{operation} {body}: expected {code}, found {answer.Body.ToJsonString()}");
    }
}
