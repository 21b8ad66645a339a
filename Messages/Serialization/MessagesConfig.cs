using Akka.Configuration;

namespace Backup.Messages.Serialization;

/// <summary>The configuration that an actor system needs to speak the protocol.</summary>
public static class MessagesConfig
{
    private const string Resource = "Backup.Messages.reference.conf";

    /// <summary>
    /// Binds the messages to <see cref="MessagesSerializer"/>, everything that has no serializer to
    /// <see cref="RefusingSerializer"/>, and lets frames be as large as a message may be. Put it behind one's own:
    /// <c>mine.WithFallback(MessagesConfig.Default)</c>.
    /// </summary>
    public static Config Default => ConfigurationFactory.ParseString(Text);

    /// <summary>The same as HOCON text.</summary>
    public static string Text
    {
        get
        {
            using var stream = typeof(MessagesConfig).Assembly.GetManifestResourceStream(Resource)!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }
}
