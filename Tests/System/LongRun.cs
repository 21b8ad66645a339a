using Backup.Tests.Postgres;

namespace Backup.Tests.System;

/// <summary>
/// What only `.ci/run --long` runs, or `BACKUP_LONG=1 dotnet test`: another test shows the same in a shorter way.
/// </summary>
internal static class LongRun
{
    /// <summary>Why a test is skipped; null where it is to run.</summary>
    public static string? Skip { get; } = Environment.GetEnvironmentVariable("BACKUP_LONG") == "1"
        ? null
        : "Takes minutes; .ci/run --long and BACKUP_LONG=1 run it.";
}

/// <summary>As <see cref="NeedsFactAttribute"/>, of a test that takes minutes.</summary>
internal sealed class LongFactAttribute : NeedsFactAttribute
{
    public LongFactAttribute(bool root, params string[] programs)
        : base(root, programs) => Skip = LongRun.Skip ?? Skip;
}

/// <summary>As <see cref="PostgresFactAttribute"/>, of a test that takes minutes.</summary>
internal sealed class LongPostgresFactAttribute : PostgresFactAttribute
{
    public LongPostgresFactAttribute(bool root = false)
        : base(root) => Skip = LongRun.Skip ?? Skip;
}
