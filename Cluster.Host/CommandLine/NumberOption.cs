using System.CommandLine;
using System.Globalization;

namespace Backup.Host.CommandLine;

/// <summary>Options that are whole numbers within limits.</summary>
internal static class NumberOption
{
    /// <summary>Refuses what is less or more, or no number at all, in the same words.</summary>
    /// <param name="option">The option.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The greatest.</param>
    public static void Within(this Option option, int least, int most) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token, ..]
            && (!int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                || number < least || number > most))
            result.AddError($"Expected {option.Name} {least} to {most}, found {token.Value}.");
    });
}
