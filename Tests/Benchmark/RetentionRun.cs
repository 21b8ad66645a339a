using System.Diagnostics;
using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Microsoft.Data.Sqlite;

namespace Backup.Benchmark;

/// <summary>What a run of retention takes to decide over 10,000 images on 1,000 volumes, in a catalog on disk.</summary>
internal sealed class RetentionRun(BenchmarkOptions options, string media, Action<string> say)
{
    private const int Images = 10_000;
    private const int Volumes = 1_000;
    private const int Sets = 100;
    private const int Chain = 7;
    private const double SecondsMax = 1;

    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly PolicyName Nightly = new("nightly");

    /// <returns>Whether the limit is held.</returns>
    public bool Measure()
    {
        say($"\nRetention over {Images:N0} images on {Volumes:N0} volumes");
        var folder = Directory.CreateDirectory(Path.Combine(media, "retention")).FullName;
        SqliteCatalog.Open(folder, TimeProvider.System).Value.Dispose();
        Fill(Path.Combine(folder, SqliteCatalog.FileName));
        using var store = SqliteCatalog.Open(folder, TimeProvider.System).Value;
        var rules = new RetentionRules { Last = 3, Daily = 14, Weekly = 4, Monthly = 3, Verified = 1 };
        var plan = new RetentionPlan(
            new Dictionary<PolicyName, RetentionRules> { [Nightly] = rules }, TimeZoneInfo.Utc);
        var seconds = new List<double>();
        for (var round = 0; round <= options.Rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            var view = RetentionView.Read(store, Now, withCopies: false).Value;
            var turn = RetentionTurn.Of(plan.Of(view.Images, Now), Now, RetentionTerms.Usual with { ShareMax = 100 });
            var held = store.Retention.Holdings().Value.Select(holding => holding.Volume).ToHashSet();
            var free = store.Volumes.List(new VolumeFilter()).Value.Count(volume => !held.Contains(volume.Name));
            if (round == 0) say($"  {turn.Condemn.Count:N0} of {view.Images.Count:N0} go, {free} volumes are empty");
            else seconds.Add(clock.Elapsed.TotalSeconds); // the first compiles
            if (view.Images.Count != Images || turn.Condemn.Count is 0 or Images) return false;
        }
        var spread = Spread.Of(seconds);
        say($"  {spread} s; at most {SecondsMax}");
        return spread.Median <= SecondsMax;
    }

    /// <summary>As 100 clients make them in 100 days: a full, six incrementals, and so on; some were verified.</summary>
    private static void Fill(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        Run("INSERT INTO pool (name) VALUES ('disk')");
        for (var volume = 0; volume < Volumes; volume++)
            Run($"INSERT INTO volume VALUES ('V{volume:0000}', randomblob(16), 'tapes', 'disk', 3, 1, 21, NULL, 1, 1, 1, "
                + "NULL, 0)");
        for (var number = 1; number <= Images; number++)
        {
            var (set, day) = (number % Sets, number / Sets);
            var at = (Now.AddDays(day - (Images / Sets)) - DateTimeOffset.UnixEpoch).Ticks;
            var image = new ImageId((UInt128)number << 64);
            var below = day % Chain == 0 || number <= Sets
                ? "NULL" : $"x'{new ImageId((UInt128)(number - Sets) << 64)}'";
            Run("INSERT INTO job (id, request, kind, client, level, phase, outcome, created_at, epoch, attempts, "
                + "parameters, files, bytes_read, bytes_stored, exceptions) VALUES "
                + $"({number}, 'r{number}', 1, 'c{set}', 0, 6, 1, {at}, 1, 1, '{{}}', 1, 1, 1, 0)");
            Run("INSERT INTO image (id, job, client, policy, file_set, level, since, base, state, origin, outcome, "
                + "fragments, blocks, entries, files, bytes_read, bytes_stored, exceptions, root, sealed_at) VALUES "
                + $"(x'{image}', {number}, 'c{set}', 'nightly', 'all', {(below == "NULL" ? 0 : 1)}, {at}, {below}, 2, 1, "
                + $"1, 1, 0, 0, 1, 1, 1000, 0, zeroblob(32), {at})");
            var (name, files) = ($"V{number % Volumes:0000}", 2 * (number / Volumes));
            Run("INSERT INTO fragment VALUES "
                + $"(x'{image}', 0, 1, zeroblob(32), zeroblob(32), 0, NULL, 0, 1, 1, 1000, x'00', {at}, NULL)");
            Run($"INSERT INTO fragment_copy VALUES (x'{image}', 0, 1, '{name}', {files + 2}, 1, {at}, NULL)");
            Run($"INSERT INTO part VALUES (x'{image}', 0, 1, 0, '{name}', {files + 1}, 0, 1000)");
        }
        transaction.Commit();

        void Run(string statement)
        {
            using var command = connection.CreateCommand();
            (command.CommandText, command.Transaction) = (statement, transaction);
            command.ExecuteNonQuery();
        }
    }
}
