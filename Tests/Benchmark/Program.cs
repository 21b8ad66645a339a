using Backup.Benchmark;

return args switch
{
    [NodeServer.Mode, var root, .. var roots] => await NodeServer.Run(root, roots),
    _ when BenchmarkOptions.Read(args) is { } options => await BenchmarkRun.Of(options),
    _ => 2,
};
