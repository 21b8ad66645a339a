using System.CommandLine;
using System.CommandLine.Parsing;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What proves that an image could be restored, or says what has changed since.</summary>
internal static class VerifyCommand
{
    private static readonly Option<string?> Media = new("--media")
    {
        Description = "Read this image's volumes again and check every digest.",
        HelpName = "image",
    };

    private static readonly Option<string?> Data = new("--data")
    {
        Description = "As --media, and the volumes of all images that this one builds on: all that a restore reads.",
        HelpName = "image",
    };

    private static readonly Option<string?> Disk = new("--disk")
    {
        Description = "Compare the catalog of this image with its client's disk.",
        HelpName = "image",
    };

    private static readonly Option<string?> Catalog = new("--catalog")
    {
        Description = "Compare the newest images of this policy's clients, as the catalog has them, with their disks.",
        HelpName = "policy",
    };

    private static readonly Option<string?> Init = new("--init")
    {
        Description = "Record the state of the disks of this policy's clients, attributes and digests without data, "
            + "for --since-init.",
        HelpName = "policy",
    };

    private static readonly Option<bool> SinceInit = new("--since-init")
    {
        Description = "With --catalog: compare with the state that --init recorded last, not with the newest images.",
    };

    private static readonly Option<string?> Client = new("--client")
    {
        Description = "With --catalog and --init: only this client of the policy.",
        HelpName = "client",
    };

    private static readonly Option<bool> Quick = new("--no-content")
    {
        Description = "With --disk, --catalog and --init: metadata only; the files are not read.",
    };

    public static Command Create(BackupCommand program)
    {
        var command = new ExampledCommand(
            "verify", "Verifies an image. What is different or damaged is named, and the exit code is 3.",
            "backup verify --media latest", "backup verify --disk 5f1c09b2e8aa --no-content",
            "backup verify --catalog nightly", "backup verify --init nightly",
            "backup verify --catalog nightly --since-init")
        { Media, Data, Disk, Catalog, Init, SinceInit, Client, Quick, JobCommands.Detach };
        command.Validators.Add(Validate);
        program.Does(command, (parsed, cancellation) => JobCommands.StartAndFollow(program, parsed, async node =>
            await CommandContext.Ask<JobsStarted>(node, Request(parsed), cancellation), cancellation));
        return command;
    }

    private static void Validate(CommandResult result)
    {
        var wanted = new[] { Media, Data, Disk, Catalog, Init }.Count(option => result.GetValue(option) is not null);
        var ofPolicy = result.GetValue(Catalog) ?? result.GetValue(Init);
        if (wanted != 1)
            result.AddError(
                "Expected one of --media IMAGE, --data IMAGE, --disk IMAGE, --catalog POLICY and --init POLICY.");
        else if (result.GetValue(Quick) && (result.GetValue(Disk) ?? ofPolicy) is null)
            result.AddError("--no-content goes with --disk, --catalog and --init.");
        else if (result.GetValue(Client) is not null && ofPolicy is null)
            result.AddError("--client goes with --catalog and --init.");
        else if (result.GetValue(SinceInit) && result.GetValue(Catalog) is null)
            result.AddError("--since-init goes with --catalog.");
    }

    private static ICommandRequest Request(ParseResult parsed)
    {
        var content = !parsed.GetValue(Quick);
        if (parsed.GetValue(Media) is { } media)
            return new VerifyImage(RequestId.New(), media, VerifyTarget.Media);
        if (parsed.GetValue(Data) is { } data) return new VerifyImage(RequestId.New(), data, VerifyTarget.Data);
        if (parsed.GetValue(Disk) is { } disk)
            return new VerifyImage(RequestId.New(), disk, VerifyTarget.Disk, content);
        return new VerifyPolicy(
            RequestId.New(),
            new PolicyName((parsed.GetValue(Catalog) ?? parsed.GetValue(Init))!),
            parsed.GetValue(Client) is { } client ? new ClientName(client) : null,
            content,
            parsed.GetValue(Init) is not null ? StateUse.Record
                : parsed.GetValue(SinceInit) ? StateUse.Compare : StateUse.None);
    }
}
