using Backup.Hocon;

namespace Akka.Configuration.Hocon;

/// <summary>A value of a configuration, read as whatever it is asked for.</summary>
public class HoconValue
{
    internal HoconValue(HoconNode node) => Node = node;

    internal HoconNode Node { get; }

    public string GetString() => (Node as HoconScalar)?.AkkaText;

    public bool GetBoolean() => HoconValues.TryBoolean(Text, out var value)
        ? value : throw new NotSupportedException($"Unknown boolean format: {Text}");

    public int GetInt() => HoconValues.TryInt(Text, out var value) ? value : throw Refused("an integer");

    public double GetDouble() => HoconValues.TryDouble(Text, out var value) ? value : throw Refused("a number");

    public long? GetByteSize() =>
        HoconValues.TryByteSize(Text, out var value) ? value : throw Refused(HoconValues.ByteSizeForms);

    public TimeSpan GetTimeSpan(bool allowInfinite = true) =>
        HoconValues.TryDuration(Text, allowInfinite, out var value) ? value : throw Refused(HoconValues.DurationForms);

    public IList<HoconValue> GetArray() =>
        Node is HoconArray array ? [.. array.Items.Select(item => new HoconValue(item))] : [];

    public IList<string> GetStringList() => [.. GetArray().Select(item => item.GetString())];

    public IList<int> GetIntList() => [.. GetArray().Select(item => item.GetInt())];

    public override string ToString() => Node.ToString();

    private string Text => GetString() ?? "";

    private FormatException Refused(string expected) =>
        new($"{Node.Place}: found {Node.Kind} \"{Text}\", expected {expected}.");
}
