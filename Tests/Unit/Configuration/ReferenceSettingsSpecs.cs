using Backup.Actors.Copies;
using System.Text;
using System.Text.RegularExpressions;
using Backup.Actors.Retention;
using Backup.Hocon;
using Backup.Host.Configuration;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>The files that ship, against the records that they fill.</summary>
public partial class ReferenceSettingsSpecs
{
    // Properties that are not keys: the name stands above the object, and the akka tree beside backup.
    // What a user chooses for one run is no key either.
    private static readonly string[] NotKeys =
        ["Backup", "Name", nameof(BackupSettings.AkkaHocon), nameof(SaveOperation.Only)];

    public static TheoryData<string, Type, string[]> Sections => new()
    {
        { "", typeof(BackupSettings), ["defaults", "copies", "copy-rules", "retention", "networks", "messages"] },
        { "retention", typeof(RetentionTerms), [] },
        { "node", typeof(NodeSettings), ["name"] },
        {
            "catalog", typeof(CatalogSettings),
            ["backup-pool", "backup-directory", "backup-after", "backup-keep"]
        },
        { "defaults.network", typeof(NetworkSettings), [] },
        { "defaults.client", typeof(ClientSettings), [] },
        { "defaults.library", typeof(LibrarySettings), ["give-space-back", .. Spool] },
        {
            "defaults.pool", typeof(PoolSettings),
            [
                "autolabel", "label", "recycle", "recycle-pool", "scratch-pool", "spool", "use-once",
                "volume-bytes-max", "volume-cycle", "volume-images-max", "volume-use-max", "volumes-max", .. Retention,
            ]
        },
        { "defaults.copy-rule", typeof(CopyRule), [] },
        { "defaults.tape-drive", typeof(TapeDriveSettings), [] },
        { "defaults.file-set", typeof(FileSet), [] },
        { "defaults.operation", typeof(SaveOperation), [] },
        // A rule's pattern stands behind the word for what it does.
        { "defaults.rule", typeof(FileRule), ["exclude"] },
        { "defaults.schedule", typeof(ScheduleSettings), [] },
        { "defaults.plan", typeof(PlanSettings), [] },
        { "defaults.script", typeof(JobScript), [] },
        { "defaults.messages", typeof(MessagesSettings), [] },
        { "defaults.message", typeof(MessageSettings), [] },
        { "defaults.clone", typeof(CloneSettings), [] },
        {
            "defaults.policy", typeof(PolicySettings),
            [
                "record", "compare", "clones", "copy-to", "copies-during", "messages", "base-policy", "estimate",
                "full-run-time-max",
                "differential-run-time-max", "incremental-run-time-max", "run-time-from-schedule-max",
                "start-not-before", .. PoolsByLevel, .. Retention,
            ]
        },
        { "job", typeof(JobSettings), [] },
        { "storage", typeof(StorageSettings), [] },
        { "client", typeof(ClientWorkSettings), [] },
        { "pbm", typeof(PbmSettings), [] },
        { "log", typeof(LogSettings), [] },
        { "health", typeof(HealthSettings), [] },
    };

    private static string[] PoolsByLevel =>
        [.. ((string[])["full", "differential", "incremental"]).Select(level => $"pools-by-level-{level}")];

    private static string[] Spool =>
        [.. ((string[])
            ["directory", "size", "jobs", "job-size-max", "reserve", "start-at", "wait-max", "order", "streams-at"])
            .Select(key => $"spool-{key}")];

    private static string[] Retention =>
        [.. typeof(RetentionRules).GetProperties().Where(each => each.SetMethod is not null)
            .Select(each => $"retention-{each.Name.ToLowerInvariant()}")];

    [Theory]
    [MemberData(nameof(Sections))]
    public void The_file_has_the_keys_of_the_record(string section, Type record, string[] alsoInFile)
    {
        var backup = ReferenceSettings.Backup;
        var tree = section.Length == 0 ? backup : (HoconObject)backup.Find(section)!;

        var properties = record.GetConstructors().Single(each => each.GetParameters().Length > 0).GetParameters()
            .Select(parameter => parameter.Name!).Except(NotKeys).Select(Key).Except(["pattern"]);

        Assert.Equal(properties.Concat(alsoInFile).Order(StringComparer.Ordinal),
            Keys(tree, deep: section.Length > 0).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_kind_of_object_has_defaults()
    {
        var kinds = Sections.Select(row => (string)((object[])row)[0]).Where(name => name.StartsWith("defaults."));

        Assert.Equal(kinds.Select(name => name["defaults.".Length..]).Order(),
            ((HoconObject)ReferenceSettings.Backup.Find("defaults")!).Members.Select(member => member.Key).Order());
    }

    [Fact]
    public void The_file_read_as_an_operators_own_changes_nothing()
    {
        var (settings, problems) = SettingsReader.ReadText(ReferenceSettings.Text, "/etc/backup/own.conf", "here");

        Assert.Equal("", string.Concat(problems));
        var untouched = OneConf.SettingsOf("");
        Assert.Equal(untouched.Node with { Roles = settings!.Node.Roles }, settings.Node);
        Assert.Equal((untouched.Job, untouched.Storage, untouched.Client, untouched.AkkaHocon),
            (settings.Job, settings.Storage, settings.Client, settings.AkkaHocon));
    }

    [Fact]
    public void Every_key_has_a_remark_above_it_or_above_its_neighbour()
    {
        var lines = ReferenceSettings.Text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!KeyLine().IsMatch(lines[i])) continue;
            var above = lines[i - 1].Trim();
            Assert.True(above.StartsWith('#') || KeyLine().IsMatch(lines[i - 1]), $"line {i + 1}: {lines[i]}");
        }
    }

    [Fact]
    public void The_example_of_one_page_is_read()
    {
        using var stream = typeof(SettingsReader).Assembly.GetManifestResourceStream("one-node.conf")!;
        var settings = OneConf.SettingsOf(new StreamReader(stream, Encoding.UTF8).ReadToEnd());

        var policy = settings.Policies[new PolicyName("nightly")];
        Assert.Equal([new ClientName("here")], policy.Clients);
        Assert.Equal(new LibraryName("tapes"), settings.Pools[policy.Pool].Library);
        Assert.Equal(50, settings.Libraries[new LibraryName("tapes")].Slots);
        var operations = settings.FileSets[policy.FileSet].Operations;
        Assert.Equal(["/etc", "/home", "/root", "/var/lib", "/srv/www"], operations.SelectMany(each => each.Roots));
        Assert.Equal([true, false], [operations[0].Rules[1].Include, operations[0].Rules[2].Include]);
        Assert.Equal((1, 0), (operations[0].CompressionLevel, operations[1].CompressionLevel));
    }

    /// <summary>What `backup config check` says of each file for a role.</summary>
    [Theory]
    [InlineData("director-postgresql.conf", NodeRole.Director, CatalogProvider.Postgresql)]
    [InlineData("director-sqlite.conf", NodeRole.Director, CatalogProvider.Sqlite)]
    [InlineData("storage.conf", NodeRole.Storage, CatalogProvider.Sqlite)]
    [InlineData("client.conf", NodeRole.Client, CatalogProvider.Sqlite)]
    public void The_example_of_a_role_is_read(string file, NodeRole role, CatalogProvider provider)
    {
        using var stream = typeof(SettingsReader).Assembly.GetManifestResourceStream(file)!;
        var settings = OneConf.SettingsOf(new StreamReader(stream, Encoding.UTF8).ReadToEnd());

        Assert.Equal([role], settings.Node.Roles);
        Assert.Equal(provider, settings.Catalog.Provider);
        Assert.False(settings.Cluster.IsAlone);
        Assert.NotNull(settings.Security.Identity);
        Assert.Equal(role == NodeRole.Director, settings.Policies.ContainsKey(new PolicyName("nightly")));
        Assert.Equal(role != NodeRole.Client, settings.Libraries.ContainsKey(new LibraryName("tapes")));
    }

    private static IEnumerable<string> Keys(HoconObject tree, bool deep) => tree.Members.SelectMany(member =>
        deep && member.Value is HoconObject inner
            ? Keys(inner, deep).Select(key => $"{member.Key}-{key}")
            : [member.Key]);

    /// <summary>FragmentSizeBytes is fragment-size: a key's unit stands with its value.</summary>
    private static string Key(string property) =>
        Capital().Replace(Unit().Replace(property, ""), "-$0").ToLowerInvariant().TrimStart('-');

    [GeneratedRegex("(BytesPerSecond|Bytes)$")]
    private static partial Regex Unit();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();

    [GeneratedRegex(@"^    +[a-z-]+ = ")]
    private static partial Regex KeyLine();
}
