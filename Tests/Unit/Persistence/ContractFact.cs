using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Backup.Tests.Unit.Persistence;

/// <summary>
/// A test of a contract, which an implementation's class inherits; skipped where that class lacks what it needs.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Backup.Tests.Unit.Persistence.ContractFactDiscoverer", "Tests.Unit")]
public sealed class ContractFactAttribute : FactAttribute;

/// <summary>As <see cref="ContractFactAttribute"/>, with cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Backup.Tests.Unit.Persistence.ContractTheoryDiscoverer", "Tests.Unit")]
public sealed class ContractTheoryAttribute : TheoryAttribute;

/// <summary>The tests of a class need a PostgreSQL server.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

public sealed class ContractFactDiscoverer(IMessageSink sink) : IXunitTestCaseDiscoverer
{
    private readonly FactDiscoverer _facts = new(sink);

    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo fact) =>
        ContractNeeds.Skipped(sink, method) ?? _facts.Discover(options, method, fact);
}

public sealed class ContractTheoryDiscoverer(IMessageSink sink) : IXunitTestCaseDiscoverer
{
    private readonly TheoryDiscoverer _theories = new(sink);

    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo fact) =>
        ContractNeeds.Skipped(sink, method) ?? _theories.Discover(options, method, fact);
}

internal static class ContractNeeds
{
    public static IEnumerable<IXunitTestCase>? Skipped(IMessageSink sink, ITestMethod method) =>
        PostgresServer.Missing is { } reason
            && method.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute)).Any()
            ? [new XunitSkippedDataRowTestCase(
                sink, TestMethodDisplay.ClassAndMethod, TestMethodDisplayOptions.None, method, reason)]
            : null;
}
