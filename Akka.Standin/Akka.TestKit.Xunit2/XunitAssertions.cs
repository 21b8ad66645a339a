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

    private static string Format(string format, object[] args) =>
        args.Length == 0 ? format : string.Format(format, args);
}
