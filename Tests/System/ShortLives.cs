using System.Runtime.CompilerServices;

namespace Backup.Tests.System;

/// <summary>
/// The processes that tests start live for seconds: what is compiled ahead is not compiled once more for the years that a
/// node runs (https://github.com/dotnet/runtime/blob/main/docs/design/features/tiered-compilation.md).
/// </summary>
internal static class ShortLives
{
    [ModuleInitializer]
    internal static void Begin() => Environment.SetEnvironmentVariable("DOTNET_TC_CallCounting", "0");
}
