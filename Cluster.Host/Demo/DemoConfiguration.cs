using System.Text;
using System.Text.Json;
using Backup.Media.Files;
using Backup.Messages;

namespace Backup.Host.Demo;

/// <summary>
/// The configuration of a demonstration: what a person would write for one node, with small tapes where the tree is
/// small.
/// </summary>
internal static class DemoConfiguration
{
    public static PolicyName Policy { get; } = new("demo");

    /// <summary>The text of the file.</summary>
    /// <param name="place">The demonstration's directory.</param>
    /// <param name="source">What is saved.</param>
    /// <param name="isSample">A small tree: several small tapes show how an image spans them.</param>
    public static string For(string place, string source, bool isSample) =>
        $$"""
        # The configuration of `backup demo`.
        backup {
          node {
            name           = demo
            data-directory = {{Text(Path.Combine(place, "node"))}}
          }
          libraries.tapes {
            directory       = {{Text(Path.Combine(place, "tapes"))}}
            slots           = 10000
            volume-capacity = {{(isSample ? "8MiB" : "1GiB")}}
          }
          pools.disk {
            library       = tapes
            label-prefix  = DEMO-
            fragment-size = {{(isSample ? "4MiB" : "256MiB")}}
          }
          file-sets.demo.operations = [
            {
              roots           = [{{Text(PathText.Escape(Encoding.UTF8.GetBytes(source)))}}]
              one-file-system = off
              exclude-caches  = off
            }
          ]
          policies.{{Policy}} {
            file-set = demo
            pool     = disk
          }
        }

        """;

    // HOCON's quoted text is JSON's.
    private static string Text(string text) => JsonSerializer.Serialize(text);
}
