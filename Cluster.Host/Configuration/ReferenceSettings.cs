using Backup.Hocon;

namespace Backup.Host.Configuration;

/// <summary>The configuration that ships, hocon/reference.conf: every key there is, with its default.</summary>
internal static class ReferenceSettings
{
    public const string Name = "reference.conf";

    private static readonly Lazy<HoconObject> Tree = new(() => HoconParser.Parse(Text, Name));

    public static HoconObject Root => Tree.Value;

    public static HoconObject Backup => (HoconObject)Root.Find("backup")!;

    /// <summary>Whether this is a place in the text that ships, which an operator cannot mend.</summary>
    public static bool IsOf(HoconPlace place) => ReferenceEquals(place.Source, Root.Place.Source);

    public static string Text
    {
        get
        {
            using var stream = typeof(ReferenceSettings).Assembly.GetManifestResourceStream(Name)!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }
}
