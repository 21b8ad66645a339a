using System.Globalization;
using System.Runtime.Serialization;
using System.Text;

namespace Backup.Messages.Serialization;

/// <summary>Where in a message a walk is, so that a refusal can name the place.</summary>
internal sealed class WirePath(Type message)
{
    /// <summary>Far deeper than any message is; a chain of failures within failures ends here.</summary>
    public const int DepthMax = 64;

    private readonly List<(string? Member, int At)> _steps = [];

    public void Enter(string member) => Enter((member, 0));

    public void Enter(int at) => Enter((null, at));

    public void Leave() => _steps.RemoveAt(_steps.Count - 1);

    /// <summary>The refusal, as `FileList.Files[3].Path is missing.`</summary>
    public SerializationException Refuse(string what)
    {
        var text = new StringBuilder(message.Name);
        foreach (var (member, at) in _steps)
            if (member is not null) text.Append('.').Append(member);
            else text.Append(CultureInfo.InvariantCulture, $"[{at}]");
        return new SerializationException($"{text} {what}");
    }

    private void Enter((string?, int) step)
    {
        if (_steps.Count == DepthMax) throw Refuse($"is nested more than {DepthMax} deep.");
        _steps.Add(step);
    }
}
