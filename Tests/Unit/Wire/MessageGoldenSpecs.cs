using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using Akka.Serialization;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.Wire;

/// <summary>
/// Bytes that nodes of earlier versions send are read. A line of the file is a message's name, its bytes, and the
/// values in them. Lines never change and never go; a new message gets one, a new field none.
/// </summary>
public sealed class MessageGoldenSpecs : IAsyncDisposable
{
    private const int Seed = 7;
    private const string Resource = "MessagesGolden.txt";

    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    private readonly WireSystem _system = new();

    [StandinFact]
    public void Messages_of_earlier_versions_are_read()
    {
        var lost = Golden().Select(line => line.Split('\t')).SelectMany(line =>
        {
            var read = Values(_system.Read(Convert.FromBase64String(line[1])), "").ToHashSet();
            return line[2..].Where(value => !read.Contains(value)).Select(value => $"{line[0]}{value}");
        });

        Assert.Equal("", string.Join('\n', lost));
    }

    [StandinFact]
    public void Every_message_has_its_line()
    {
        var known = Golden().Select(line => line.Split('\t')[0]).ToHashSet();
        var missing = MessageFiller.Messages.Where(type => !known.Contains(type.FullName!)).ToList();

        if (missing.Count > 0)
            Assert.Fail($"Add to {Resource}:\n" + string.Join('\n', missing.Select(type => LineOf(
                (IWireMessage)new MessageFiller(Seed).Make(type)))));
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    private string LineOf(IWireMessage message) => string.Join('\t', Values(message, "")
        .Prepend(Convert.ToBase64String(_system.Messages.ToBinary(message))).Prepend(message.GetType().FullName));

    private static string[] Golden()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Each value with its place, as `.Jobs[0].Value=3`.</summary>
    private static IEnumerable<string> Values(object? value, string at)
    {
        if (value is null) return [$"{at}="];
        if (value is byte[] bytes) return [$"{at}={Convert.ToHexString(bytes)}"];
        if (value is string text) return [$"{at}={Convert.ToHexString(Encoding.UTF8.GetBytes(text))}"];
        if (value is DateTimeOffset moment) return [$"{at}={moment.ToString("O", CultureInfo.InvariantCulture)}"];
        if (value.GetType().IsPrimitive || value is Enum or UInt128 or Guid or TimeSpan)
            return [string.Create(CultureInfo.InvariantCulture, $"{at}={value}")];
        if (value is IEnumerable items)
            return items.Cast<object?>().SelectMany((item, index) => Values(item, $"{at}[{index}]"));
        return FieldsOf(value.GetType()).SelectMany(field => Values(field.GetValue(value), $"{at}.{NameOf(field)}"));
    }

    private static IEnumerable<FieldInfo> FieldsOf(Type type) =>
        type.BaseType is { } below ? FieldsOf(below).Concat(type.GetFields(Own)) : type.GetFields(Own);

    private static string NameOf(FieldInfo field) =>
        field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;

    /// <summary>The bytes are the stand-in's: Akka.NET's own Hyperion has another form.</summary>
    private sealed class StandinFactAttribute : FactAttribute
    {
        public StandinFactAttribute()
        {
            if (typeof(HyperionSerializer).Assembly.GetName().Version is not { Major: 1, Minor: 0 })
                Skip = "The stored bytes are of the stand-in's Hyperion, this is Akka.NET's.";
        }
    }
}
