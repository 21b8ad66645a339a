using Xunit;

namespace Backup.Tests.Postgres;

/// <summary>
/// A test that needs a PostgreSQL server: skipped with the reason where there is none, but not in CI.
/// </summary>
public class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute(bool root = false) => Skip = PostgresServer.Missing
        ?? (root && !Environment.IsPrivilegedProcess && Environment.GetEnvironmentVariable("CI") != "true"
            ? "Needs root." : null);
}

/// <summary>As <see cref="PostgresFactAttribute"/>, of a theory.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresServer.Missing;
}
