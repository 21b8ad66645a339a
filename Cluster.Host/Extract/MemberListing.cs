using Backup.Actors.Gateway;
using Backup.Host.CommandLine;
using Backup.Messages.Operations;

namespace Backup.Host.Extract;

/// <summary>Says which items data files hold, from their archives alone; writes nothing.</summary>
/// <param name="screen">Takes the list.</param>
/// <param name="selection">Which items.</param>
/// <param name="keepGoing">Go on behind damage.</param>
internal sealed class MemberListing(Screen screen, Selection selection, bool keepGoing)
{
    private const int PageFiles = 1000;
    private readonly List<ListedFile> _page = [];
    private int _exceptions;

    /// <returns>The exit code.</returns>
    public int Run(FragmentShelf shelf, string? image, CancellationToken cancellation)
    {
        _exceptions = shelf.Remarks.Count;
        // Without a choice all images are listed, one after the other.
        var images = image is null && shelf.Images.Count > 0
            ? shelf.Images.Select(each => shelf.Choose(each.ToString()))
            : [shelf.Choose(image)];
        foreach (var each in images)
        {
            if (List(each, cancellation) is not { } failure) continue;
            if (!screen.Json) screen.Note(failure);
            return ExitCode.Failed;
        }
        return _exceptions > 0 ? ExitCode.CompleteWithExceptions : ExitCode.Complete;
    }

    private string? List(ImageParts image, CancellationToken cancellation)
    {
        foreach (var remark in image.Remarks) Report(remark);
        var id = image.Image.Image.ToString();
        var runs = new FragmentRuns(keepGoing, Report);
        runs.Read(image, (member, _) =>
        {
            if (!selection.Wants(member.Entry)) return;
            foreach (var warning in member.Warnings) Report($"/{member.Entry.Path}: {warning}");
            var shown = FileQueries.Shown(member.Entry);
            screen.Line($"{FileText.Short(image.Image.Image)}  {FileText.Long(shown)}");
            _page.Add(shown);
            if (_page.Count == PageFiles) Flush(id);
        }, cancellation);
        Flush(id);
        return runs.Failure;
    }

    private void Flush(string image)
    {
        if (_page.Count > 0) screen.Reply(new MembersListed(image, [.. _page]));
        _page.Clear();
    }

    private void Report(string sentence)
    {
        _exceptions++;
        screen.Note(sentence);
    }
}
