using System.Security.Cryptography;
using System.Text;
using Xunit;
using Xunit.Abstractions;

// Most of the time of these tests is waiting, for processes and for time that has to pass: more than one a processor.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
[assembly: TestCollectionOrderer("Backup.Tests.System.LongestFirst", "Tests.System")]

namespace Backup.Tests.System;

/// <summary>
/// The classes that take minutes begin first: none is alone at the end, while processors have nothing to do. The others
/// are mixed, always in the same way: clusters of many processes beside each other keep each other waiting.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
        [nameof(Cluster.DirectorLossSpecs), nameof(LocalClusterSpecs), nameof(Delivery.OperationDeliverySpecs)];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => !Longest.Any(
                name => collection.DisplayName.EndsWith("." + name, StringComparison.Ordinal)))
            .ThenBy(collection => Convert.ToHexString(
                SHA256.HashData(Encoding.UTF8.GetBytes(collection.DisplayName))), StringComparer.Ordinal);
}
