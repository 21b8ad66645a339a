using Backup.Benchmark;

return args switch
{
    [PlanPlot.Mode, var file] => await PlanPlot.Run(file),
    [NodeServer.Mode, var root] => await NodeServer.Run(root),
    [CrowdServer.Mode, var root] => await CrowdServer.Run(root),
    [PageServer.Mode, .. var words] => PageServer.Run(words),
    _ when BenchmarkOptions.Read(args) is { } options => await BenchmarkRun.Of(options),
    _ => 2,
};
