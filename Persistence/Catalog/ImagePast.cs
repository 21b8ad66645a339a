using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>
/// What a planner needs of the sealed images of a file set of a client, however many there are. Images that are never a
/// base are left out.
/// </summary>
/// <param name="Before">Of those that began before a moment the newest three of each level, the oldest first: the
/// newest three fulls are among them, the newest three others, and the newest of each level.</param>
/// <param name="InARow">How many in a row before that moment had the level of the newest.</param>
/// <param name="Since">All that began then or later, the oldest first.</param>
public sealed record ImagePast(IReadOnlyList<ImageRecord> Before, int InARow, IReadOnlyList<ImageRecord> Since)
{
    private const int LevelMax = 9;
    private const int NewestOf = 3;

    /// <summary>As in the partial index of images that count: a parameter would not find it.</summary>
    private static readonly string OfSet =
        $"client = @Client AND file_set = @FileSet AND state = {(int)ImageState.Sealed} AND recorded = 1";

    /// <summary>And was sealed by a moment: a plan of a day that has passed knows nothing else.</summary>
    private const string IsKnown = "COALESCE(sealed_at, 0) <= @Known";

    internal static readonly string NewestOfEach = string.Join(" UNION ALL ", Enumerable.Range(0, LevelMax + 1).Select(
        level => $"SELECT * FROM ({ImageRow.Select} WHERE {OfSet} AND level = {level} AND since < @From "
            + $"AND {IsKnown} ORDER BY since DESC, job DESC LIMIT {NewestOf}) AS newest{level}"));

    internal static readonly string FromThenOn =
        $"{ImageRow.Select} WHERE {OfSet} AND level IN ({string.Join(", ", Enumerable.Range(0, LevelMax + 1))}) "
        + "AND since >= @From ORDER BY since, job";

    internal static readonly string CountInARow =
        $"SELECT count(*) FROM image WHERE {OfSet} AND level = @Level AND since > @Other AND since < @From "
        + $"AND {IsKnown}";

    internal static ImagePast Read(
        CatalogTransaction transaction, ClientName client, FileSetName fileSet, DateTimeOffset from,
        DateTimeOffset? known)
    {
        var set = new
        {
            Client = Columns.Of(client.Value),
            FileSet = Columns.Of(fileSet.Value),
            From = Columns.Of(from),
            Known = Columns.Of(known) ?? long.MaxValue,
        };
        var before = transaction.Query<ImageRow>(NewestOfEach, set)
            .OrderBy(row => row.Since).ThenBy(row => row.Job).ToList();
        var since = transaction.Query<ImageRow>(FromThenOn, set).FindAll(row => (row.SealedAt ?? 0) <= set.Known);
        return new ImagePast(
            before.ConvertAll(row => row.ToRecord()),
            before.Count == 0 ? 0 : InARowOf(transaction, before, set.From, set.Known),
            since.ConvertAll(row => row.ToRecord()));
    }

    private static int InARowOf(CatalogTransaction transaction, List<ImageRow> before, long from, long known)
    {
        var newest = before[^1];
        return (int)transaction.Number(CountInARow, new
        {
            newest.Client,
            newest.FileSet,
            newest.Level,
            Other = before.FindLast(row => row.Level != newest.Level)?.Since ?? long.MinValue,
            From = from,
            Known = known,
        })!.Value;
    }
}
