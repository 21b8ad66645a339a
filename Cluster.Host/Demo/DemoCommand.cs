using System.CommandLine;
using Backup.Host.CommandLine;

namespace Backup.Host.Demo;

/// <summary>Shows the whole way in one command: save, restore, compare.</summary>
internal static class DemoCommand
{
    public static Command Create(BackupCommand program)
    {
        var folder =
            new Argument<string?>(
                "folder")
            {
                Description = "What to save. Default: a generated tree of everything that is hard to save.",
                Arity = ArgumentArity.ZeroOrOne
            };
        var keep =
            new Option<bool>(
                "--keep")
            {
                Description =
                    "Keep the directory of the demonstration, with tapes, catalog and restored files."
            };
        var command = new ExampledCommand("demo",
            "Saves a folder to virtual tapes, restores it elsewhere, compares everything, and prints the shell line "
                + "that restores it without this program.",
            "backup demo", "backup demo /etc --keep") { folder, keep };
        program.Does(command, (parsed, cancellation) =>
            new Demonstration(program, parsed.GetValue(folder), parsed.GetValue(keep)).Run(cancellation));
        return command;
    }
}
