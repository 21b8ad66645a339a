using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Configuration;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Serialization;

namespace RunAndRestore;

/// <summary>
/// Runs a policy, follows it, looks into the image and restores one file, from outside of the cluster:
/// <c>RunAndRestore CONTACT[,CONTACT…] POLICY TARGET [FILE]</c>, a contact as <c>akka.tcp://backup@host:port</c>.
/// </summary>
public static class Program
{
    private const string Hocon = """
        akka {
          actor.provider = remote
          loglevel = WARNING
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
          cluster.client {
            establishing-get-contacts-interval = 1s
            heartbeat-interval = 1s
            acceptable-heartbeat-pause = 5s
          }
        }
        """;

    /// <summary>Runs.</summary>
    /// <param name="arguments">Contacts, policy, target, and the file to restore (else the first one).</param>
    /// <returns>0: restored; 1: refused or failed; 2: wrong arguments.</returns>
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [var contacts, var policy, var target, .. var rest] || rest.Length > 1)
        {
            Console.Error.WriteLine("RunAndRestore CONTACT[,CONTACT...] POLICY TARGET [FILE]");
            return 2;
        }
        // The variable is for addresses, ports and certificates of one's own (docs/security.md).
        var mine = ConfigurationFactory.ParseString(Environment.GetEnvironmentVariable("RUN_AND_RESTORE_HOCON") ?? "")
            .WithFallback(ConfigurationFactory.ParseString(Hocon));
        var system = ActorSystem.Create("run-and-restore", mine.WithFallback(MessagesConfig.Default));
        try
        {
            var receptionists = contacts.Split(',')
                .Select(contact => ActorPath.Parse($"{contact}/system/receptionist")).ToImmutableHashSet();
            var client = system.ActorOf(
                ClusterClient.Props(ClusterClientSettings.Create(system).WithInitialContacts(receptionists)), "client");
            await Run(new RemoteGateway(system, client), new PolicyName(policy), target, rest.FirstOrDefault());
            return 0;
        }
        catch (RefusedException refused)
        {
            Console.Error.WriteLine(refused.Message);
            return 1;
        }
        finally
        {
            await system.Terminate();
        }
    }

    private static async Task Run(RemoteGateway gateway, PolicyName policy, string target, string? file)
    {
        var saved = await Done(gateway, await gateway.Ask<JobsStarted>(new RunPolicy(RequestId.New(), policy)));
        var image = saved.Image ?? throw new RefusedException("The job made no image.");
        Console.WriteLine($"image {image}");

        file ??= (await FirstFile(gateway, image.ToString()))
            ?? throw new RefusedException($"Image {image} holds no regular file.");
        Console.WriteLine($"restoring {file}");

        var restore = new RestoreFiles(RequestId.New(), image.ToString(), [file], target, ReplaceRule.Always);
        await Done(gateway, await gateway.Ask<JobsStarted>(restore));
        Console.WriteLine($"restored {Path.Join(target, file)}");
    }

    /// <summary>Follows the first of the jobs to its end.</summary>
    private static async Task<JobReport> Done(RemoteGateway gateway, JobsStarted started)
    {
        Console.WriteLine($"job {started.Jobs[0]}");
        var ended = await gateway.Follow(started.Jobs[0], news =>
        {
            foreach (var line in news.Log) Console.WriteLine($"  {line.Number} {line.Severity} {line.Text}");
            if (news.Progress is { } progress) Console.WriteLine($"  {progress.Phase}: {progress.Bytes:N0} bytes");
        });
        Console.WriteLine($"job {started.Jobs[0]}: {ended.Job.Outcome}");
        return ended.Report is { Outcome: JobOutcome.Complete or JobOutcome.CompleteWithExceptions } report
            ? report
            : throw new RefusedException($"Job {started.Jobs[0]}: {ended.Job.Outcome}. {ended.Job.Failure}");
    }

    /// <summary>Looks through the image page by page.</summary>
    private static async Task<string?> FirstFile(RemoteGateway gateway, string image)
    {
        var request = new ListFiles(image, Limit: 500, Recursive: true);
        while (true)
        {
            var page = await gateway.Ask<FileList>(request);
            if (page.Files.FirstOrDefault(listed => listed.Kind == "regular") is { } file) return file.Path;
            if (page.Next is null) return null;
            request = request with { After = page.Next };
        }
    }
}
