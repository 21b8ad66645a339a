using System.Reflection;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Persistence;

public sealed class FailureSentenceSpecs
{
    public static TheoryData<Type> JobFailures() => [.. Kinds(typeof(JobFailure))];

    public static TheoryData<Type> CatalogFailures() => [.. Kinds(typeof(CatalogFailure))];

    [Theory]
    [MemberData(nameof(JobFailures))]
    public void Every_failure_of_a_job_has_a_code_and_a_sentence(Type kind)
    {
        var failure = (JobFailure)Sample(kind);

        Assert.Matches("^[a-z]+(-[a-z]+)*$", FailureText.Code(failure));
        AssertSentence(FailureText.Sentence(failure));
    }

    [Theory]
    [MemberData(nameof(CatalogFailures))]
    public void Every_failure_of_the_catalog_has_a_sentence(Type kind) =>
        AssertSentence(CatalogFailureText.Sentence((CatalogFailure)Sample(kind)));

    private static void AssertSentence(string sentence)
    {
        Assert.True(char.IsUpper(sentence[0]) || sentence[0] == '/', sentence);
        Assert.Matches("[.`]$", sentence);
        Assert.DoesNotContain("{", sentence);
    }

    private static IEnumerable<Type> Kinds(Type family) =>
        family.GetNestedTypes(BindingFlags.Public).Where(type => type.IsSubclassOf(family));

    private static object Sample(Type kind)
    {
        var constructor = kind.GetConstructors().MaxBy(one => one.GetParameters().Length)!;
        return constructor.Invoke(
            [.. constructor.GetParameters().Select(parameter => SampleValue(parameter.ParameterType))]);
    }

    private static object SampleValue(Type type) => type switch
    {
        _ when type == typeof(string) => "/srv/thing.",
        _ when type == typeof(int) || type == typeof(int?) => 3,
        _ when type == typeof(bool) => true,
        _ when type == typeof(TimeSpan) => TimeSpan.FromHours(1),
        _ when type == typeof(Epoch) => new Epoch(2),
        _ when type == typeof(DriveId) => new DriveId(new LibraryName("tapes"), 1),
        _ when type == typeof(ImageId) => new ImageId(7),
        _ when type == typeof(IReadOnlyList<string>) => new[] { "/srv" },
        _ when type == typeof(JobFailure) => new JobFailure.NodeStopped(),
        _ => Activator.CreateInstance(type, "name")!,
    };
}
