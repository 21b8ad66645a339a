using System.CommandLine;
using Backup.Actors.Security;
using Backup.Host.Configuration;
using Backup.Host.Security;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>The answer of `backup ca init`.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="Fingerprint">SHA-256 of its certificate.</param>
/// <param name="NotAfter">When it ends.</param>
internal sealed record AuthorityMade(string Folder, string Fingerprint, DateTimeOffset NotAfter);

/// <summary>The answer of `backup enrol`.</summary>
/// <param name="Node">The node.</param>
/// <param name="Roles">What it may be.</param>
/// <param name="Hosts">Its host names.</param>
/// <param name="Fingerprint">SHA-256 of its certificate, for the deny-list.</param>
/// <param name="NotAfter">When it ends.</param>
/// <param name="File">The identity.</param>
internal sealed record NodeEnrolled(
    string Node, IReadOnlyList<string> Roles, IReadOnlyList<string> Hosts, string Fingerprint,
        DateTimeOffset NotAfter, string File);

/// <summary>The small certificate authority: makes it, and makes identities of nodes. Needs no node and no
/// configuration.</summary>
internal static class SecurityCommands
{
    private const int AuthorityDaysUsual = 3650;
    private const int NodeDaysUsual = 365;
    private const int DaysMax = 36500;

    public static IEnumerable<Command> All(BackupCommand program) => [Authority(program), Enrol(program)];

    private static Command Authority(BackupCommand program)
    {
        var authority = new Command("ca", "The small certificate authority of a cluster.");
        var folder = new Argument<string>("dir")
        {
            Description = "A folder for it, best on a machine that is no node.",
        };
        var name = new Option<string>("--name")
        {
            Description = "What its certificate is called.",
            HelpName = "text",
            DefaultValueFactory = _ => "backup cluster authority",
        };
        var days = Days(AuthorityDaysUsual);
        var init = new ExampledCommand("init",
            "Makes an authority: its key, its certificate and its list. Keep the key off-line: who has it can be "
                + "any node.",
            "backup ca init /root/backup-ca", "backup ca init /root/backup-ca --days 7300 --json") { folder, name,
                days };
        Does(program, init, parsed =>
        {
            var (screen, place) = (program.Context.Screen, Path.GetFullPath(parsed.GetRequiredValue(folder)));
            var made = CertificateAuthority.Create(
                place, parsed.GetRequiredValue(name), TimeSpan.FromDays(parsed.GetValue(days)),
                    TimeProvider.System.GetUtcNow());
            screen.Reply(new AuthorityMade(place, made.Fingerprint, made.NotAfter));
            screen.Line($"Authority in {place}, until {Quantity.Instant(made.NotAfter)}. "
                + $"{CertificateAuthority.KeyFile} is its key: keep it safe and off-line.");
            screen.Line($"Next, for each node: backup enrol --ca {place} --name NODE --role ROLE --out FILE");
        });
        authority.Subcommands.Add(init);
        return authority;
    }

    private static ExampledCommand Enrol(BackupCommand program)
    {
        var authority = new Option<string>("--ca")
        {
            Description = "The authority's folder.",
            HelpName = "dir",
            Required = true,
        };
        var name = new Option<string>("--name")
        {
            Description = "The node's name, as backup.node.name.",
            HelpName = "node",
            Required = true,
        };
        var role = new Option<string[]>("--role")
        {
            Description = $"What the node may be: {string.Join(", ", CertificateSubject.RoleWords)}. May be repeated.",
            HelpName = "role",
            Required = true,
        };
        var host = new Option<string[]>("--host")
        {
            Description = "A host name or IP address by which others connect to it. May be repeated.",
            HelpName = "name",
        };
        var file = new Option<string>("--out")
        {
            Description = "The identity to write: key and certificates in PEM, mode 0600.",
            HelpName = "file",
            Required = true,
        };
        var replace = new Option<bool>("--replace")
        {
            Description = "Renew: write over an identity that is there.",
        };
        var days = Days(NodeDaysUsual);
        var command = new ExampledCommand("enrol",
            "Makes the identity of a node: a key and a certificate with its name and its roles.",
            "backup enrol --ca /root/backup-ca --name store1 --role storage --host store1.example.org --out store1.pem",
            "backup enrol --ca /root/backup-ca --name web1 --role client --out web1.pem --replace") { authority, name,
                role, host, file, days, replace };
        Does(program, command, parsed => Enrol(
            program.Context.Screen,
            parsed.GetRequiredValue(authority),
            new Enrolment(
                NameOf(parsed.GetRequiredValue(name)), RolesOf(parsed.GetRequiredValue(role)),
                    [.. (parsed.GetValue(host) ?? []).Select(HostOf)],
                TimeSpan.FromDays(parsed.GetValue(days))),
            Path.GetFullPath(parsed.GetRequiredValue(file)),
            parsed.GetValue(replace)));
        return command;
    }

    private static void Enrol(Screen screen, string authority, Enrolment enrolment, string file, bool replace)
    {
        if (File.Exists(file) && !replace)
            throw new CommandFailure(new Refused(RefusalCode.Conflict,
                $"{file} is there already. --replace writes over it; a node that uses it takes the new one "
                    + $"without a restart."));
        var (pem, issued) =
            CertificateAuthority.Open(Path.GetFullPath(authority)).Issue(enrolment, TimeProvider.System.GetUtcNow());
        CertificateAuthority.Write(file, pem);
        screen.Reply(new NodeEnrolled(issued.Node, [.. issued.Roles.Split(", ")], issued.Hosts, issued.Fingerprint,
            issued.NotAfter, file));
        screen.Line($"{file}: node {issued.Node}, {issued.Roles}, until {Quantity.Instant(issued.NotAfter)}.");
        screen.Line($"Fingerprint {issued.Fingerprint}");
        screen.Line("Bring it to the node over a way that nobody else reads, and name it there: "
            + "backup.security.identity = FILE");
    }

    private static void Does(BackupCommand program, Command command, Action<ParseResult> work) =>
        program.Does(command, (parsed, _) =>
    {
        try
        {
            work(parsed);
            return Task.FromResult(ExitCode.Complete);
        }
        catch (AuthorityException failure)
        {
            throw new CommandFailure(new Refused(RefusalCode.Conflict, failure.Message));
        }
    });

    private static Option<int> Days(int usual)
    {
        var days = new Option<int>("--days")
        {
            Description = $"How long the certificate holds, 1 to {DaysMax} days.",
            HelpName = "n",
            DefaultValueFactory = _ => usual,
        };
        days.Within(1, DaysMax);
        return days;
    }

    private static string NameOf(string name) => SettingsSection.IsName(name)
        ? name
        : throw CommandFailure.Usage($"\"{name}\" cannot be a node's name; expected {SettingsSection.NameForms}.");

    private static string HostOf(string host) =>
        Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
        ? host
        : throw CommandFailure.Usage($"\"{host}\" is neither a host name nor an IP address.");

    private static CertificateRoles RolesOf(IEnumerable<string> words) =>
        words.Aggregate(CertificateRoles.None, (roles, word) => roles | (CertificateSubject.RoleOf(word)
        ?? throw CommandFailure.Usage($"There is no role \"{word}\"; "
            + $"{NearestName.Suggest(word, "roles", [.. CertificateSubject.RoleWords])}.")));
}
