using Backup.Media.Tape;

namespace Backup.Tests.Media.Tape;

/// <summary>What every drive must do, over the model of the st driver, with all that its drives may lack.</summary>
public sealed class StVariableBlocksSpecs() : StContract(new StModel(), 0);

public sealed class StFixedBlocksSpecs() : StContract(new StModel(), 4096);

public sealed class StSmallestFixedBlocksSpecs() : StContract(new StModel(), StBlockMode.FixedMin);

public sealed class StLargestFixedBlocksSpecs() : StContract(new StModel(), StBlockMode.FixedMax);

public sealed class StFixedBlocksOnlySpecs() : StContract(new StModel { HasVariableBlocks = false }, 512);

public sealed class StOldKernelSpecs() : StContract(new StModel { MarksAtOnce = false }, 0);

public sealed class StNotRootSpecs() : StContract(new StModel { IsRoot = false, FastEnd = true }, 0);

public sealed class StSilentPositionSpecs() : StContract(new StModel { FastEnd = true }, 1024);

/// <summary>The contract on one model.</summary>
public abstract class StContract : TapeDriveContract
{
    private readonly StTapeDrive _drive;

    private protected StContract(StModel model, int blockBytes) => _drive = StDrives.Loaded(model, blockBytes);

    protected override ITapeDrive Drive => _drive;

    public override void Dispose() => _drive.Dispose();
}
