namespace Backup.Tests.Unit.Persistence;

[NeedsPostgres]
public sealed class PostgresJobTableSpecs() : JobTableContract(new PostgresFixture());

[NeedsPostgres]
public sealed class PostgresImageTableSpecs() : ImageTableContract(new PostgresFixture());

[NeedsPostgres]
public sealed class PostgresManifestTableSpecs() : ManifestTableContract(new PostgresFixture());

[NeedsPostgres]
public sealed class PostgresVolumeTableSpecs() : VolumeTableContract(new PostgresFixture());

[NeedsPostgres]
public sealed class PostgresPlanOrderTableSpecs() : PlanOrderTableContract(new PostgresFixture());

[NeedsPostgres]
public sealed class PostgresScanSpecs() : ScanContract(new PostgresFixture(), new PostgresFixture());

[NeedsPostgres]
public sealed class PostgresCopySpecs() : CopyContract(new PostgresFixture(), new PostgresFixture());

[NeedsPostgres]
public sealed class PostgresScheduleTableSpecs() : ScheduleTableContract(new PostgresFixture());

[NeedsPostgres]
public sealed class PostgresManifestRunsSpecs() : ManifestRunsContract(new PostgresFixture());

[NeedsPostgres]
public sealed class PostgresRetentionTableSpecs() : RetentionTableContract(new PostgresFixture());

[NeedsPostgres]
public sealed class PostgresCopyExpirySpecs() : CopyExpiryContract(new PostgresFixture());

public sealed class PostgresPromiseSpecs() : PromiseContract(new PostgresFixture());

public sealed class PostgresStateTableSpecs() : StateTableContract(new PostgresFixture());
