using Backup.Media.Posix;
using Backup.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Tape;

public sealed class TapeExerciserSpecs
{
    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    public void A_good_drive_passes_every_step_and_its_capacity_is_found(int blockBytes)
    {
        var model = new StModel { Cartridge = new StCartridgeModel(40 << 20, 4 << 20) };
        using var drive = StDrives.Loaded(model, blockBytes);
        var exerciser = new TapeExerciser(drive, TimeProvider.System);

        var steps = exerciser.Exercise(4 << 20).ToList();
        var filled = exerciser.Fill(_ => { }, CancellationToken.None);

        Assert.All(steps, step => Assert.True(step.Passed, $"{step.Name}: {step.Detail}"));
        Assert.Equal(16, steps.Count);
        Assert.True(filled.Passed, filled.Detail);
        Assert.Contains("early warning", filled.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("without", filled.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_drive_that_knows_no_early_warning_is_said_to()
    {
        using var drive = StDrives.Loaded(new StModel { Cartridge = new StCartridgeModel(8 << 20) });

        var filled = new TapeExerciser(drive, TimeProvider.System).Fill(_ => { }, CancellationToken.None);

        Assert.True(filled.Passed, filled.Detail);
        Assert.Contains("without an early warning", filled.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_drive_does_wrong_is_named_and_the_next_step_is_tried()
    {
        var model = new StModel();
        using var drive = StDrives.Loaded(model);
        model.Fault = call => call == nameof(StOperation.BackToFile) ? -Errno.InputOutput : null;

        var steps = new TapeExerciser(drive, TimeProvider.System).Exercise(0).ToList();

        Assert.Equal(15, steps.Count);
        // The first is read back from the beginning of the tape, which is reached by rewinding
        Assert.All(
            steps.Where(step => step.Name.StartsWith("blocks", StringComparison.Ordinal)).Skip(1),
            step => Assert.Contains("EIO", step.Detail, StringComparison.Ordinal));
        Assert.True(steps.Single(step => step.Name.StartsWith("read back", StringComparison.Ordinal)).Passed);
        Assert.True(steps[^1].Passed);
    }

    [Fact]
    public void What_the_kernel_tells_of_a_drive_is_read()
    {
        using var folder = new TemporaryFolder();
        foreach (var (file, text) in (ReadOnlySpan<(string, string)>)[
            ("nst0/device/model", "ULT3580-HH7 \n"), ("nst0/options", "0x00000d07\n"), ("st0/stats/write_cnt", "77\n")])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
            File.WriteAllText(folder[file], text);
        }

        Assert.Equal(
            [new("model", "ULT3580-HH7"), new("options", "0x00000d07"), new("writes", "77")],
            StInformation.Read("/dev/nst0", folder.Path));
    }
}
