using Xunit.Sdk;

namespace Akka.TestKit.Xunit2;

/// <summary>Tells xunit.</summary>
public class XunitAssertions : ITestKitAssertions
{
    public void Fail(string format = "", params object[] args) => throw FailException.ForFailure(Format(format, args));

    public void AssertTrue(bool condition, string format = "", params object[] args)
    {
        if (!condition) Fail(format, args);
    }

    public void AssertFalse(bool condition, string format = "", params object[] args) =>
        AssertTrue(!condition, format, args);

    public void AssertEqual<T>(T expected, T actual, string format = "", params object[] args)
    {
        try
        {
            Xunit.Assert.Equal(expected, actual);
        }
        catch (EqualException e) when (format.Length > 0)
        {
            Fail("{0}{1}{2}", Format(format, args), Environment.NewLine, e.Message);
        }
    }

    public void AssertEqual<T>(
        T expected, T actual, Func<T, T, bool> comparer, string format = "", params object[] args) =>
        AssertTrue(comparer(expected, actual), "Expected {0}, got {1}. {2}", expected, actual, Format(format, args));

    private static string Format(string format, object[] args) =>
        args.Length == 0 ? format : string.Format(format, args);
}
