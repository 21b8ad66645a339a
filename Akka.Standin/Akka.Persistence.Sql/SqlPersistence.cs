using Akka.Configuration;

namespace Akka.Persistence.Sql;

/// <summary>The settings of the SQL journal.</summary>
public sealed class SqlPersistence
{
    public static readonly Config DefaultConfiguration =
        ConfigurationFactory.FromResource<SqlPersistence>("Akka.Persistence.Sql.persistence.conf");

    private SqlPersistence() { }
}
