namespace Backup.Tests.Unit.Persistence;

public sealed class SqliteJobTableSpecs() : JobTableContract(new SqliteFixture());

public sealed class SqliteImageTableSpecs() : ImageTableContract(new SqliteFixture());

public sealed class SqliteManifestTableSpecs() : ManifestTableContract(new SqliteFixture());

public sealed class SqliteVolumeTableSpecs() : VolumeTableContract(new SqliteFixture());

public sealed class SqliteScheduleTableSpecs() : ScheduleTableContract(new SqliteFixture());

public sealed class SqlitePlanOrderTableSpecs() : PlanOrderTableContract(new SqliteFixture());

public sealed class SqliteScanSpecs() : ScanContract(new SqliteFixture(), new SqliteFixture());

public sealed class SqliteCopySpecs() : CopyContract(new SqliteFixture(), new SqliteFixture());

public sealed class SqliteManifestRunsSpecs() : ManifestRunsContract(new SqliteFixture());

public sealed class SqliteRetentionTableSpecs() : RetentionTableContract(new SqliteFixture());

public sealed class SqliteCopyExpirySpecs() : CopyExpiryContract(new SqliteFixture());

public sealed class SqlitePromiseSpecs() : PromiseContract(new SqliteFixture());

public sealed class SqliteStateTableSpecs() : StateTableContract(new SqliteFixture());
