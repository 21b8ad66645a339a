using System.Text.Json;
using Backup.Host.Configuration;
using Backup.Host.Node;
using Backup.Messages.Operations;

namespace Backup.Tests.System;

/// <summary>
/// A node as a process of its own, or several in one, so that a test may kill them or fail their system calls:
/// `node FILE [FILE …]`. Requests, which the first one answers, come as lines on standard input, `Type JSON`; answers go out as lines that begin with `=> ` and end with ` .`, for
/// who is killed may have written half of one. The end of the input stops the
/// node, so that none outlives its test.
/// </summary>
internal static class Program
{
    public const string Answer = "=> ";
    public const string AnswerEnd = " .";

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is not ["node", .. { Length: > 0 } files]) return 2;
        var nodes = new List<BackupNode>();
        try
        {
            foreach (var file in files)
            {
                var (settings, problems) = SettingsReader.Read(file);
                if (settings is null)
                {
                    await Console.Error.WriteLineAsync(SettingProblems.Render(problems));
                    return 2;
                }
                nodes.Add(await BackupNode.Start(settings, NodeMode.All, CancellationToken.None));
            }
            Say($"ready {Environment.ProcessId}");
            while (await Console.In.ReadLineAsync() is { } line)
                Say(Written(await nodes[0].Connection.Ask(Request(line), CancellationToken.None)));
            await Task.WhenAll(nodes.Select(node => node.Stop()));
            return 0;
        }
        catch (NodeStartException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return refused.ExitCode;
        }
    }

    /// <summary>A message as a line.</summary>
    internal static string Written(object message) =>
        $"{message.GetType().FullName} {JsonSerializer.Serialize(message, message.GetType())}";

    /// <summary>A message from a line.</summary>
    internal static object Read(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var type = typeof(IRequest).Assembly.GetType(line[..space], throwOnError: true)!;
        return JsonSerializer.Deserialize(line[(space + 1)..], type)!;
    }

    private static IRequest Request(string line) => (IRequest)Read(line);

    private static void Say(string line)
    {
        Console.Out.WriteLine(Answer + line + AnswerEnd);
        Console.Out.Flush();
    }
}
