namespace Backup.Host.Extract;

/// <summary>The answer of `backup extract --list`.</summary>
/// <param name="Parts">By image, fragment and part.</param>
internal sealed record FragmentsListed(IReadOnlyList<FragmentListed> Parts);

/// <summary>A data file.</summary>
/// <param name="File">Its path.</param>
/// <param name="Image">32 hexadecimal digits.</param>
/// <param name="Client">Whose data it is.</param>
/// <param name="Policy">By which policy.</param>
/// <param name="Since">The moment that the image protects from.</param>
/// <param name="Fragment">From 0.</param>
/// <param name="Part">From 0.</param>
/// <param name="Epoch">The attempt that wrote it.</param>
/// <param name="BeginsWith">`members`, `head`, `middle` or `tail`.</param>
/// <param name="Bytes">Of data.</param>
internal sealed record FragmentListed(
    string File, string Image, string Client, string Policy, DateTimeOffset Since, int Fragment, int Part, long Epoch,
    string BeginsWith, long Bytes);

/// <summary>What `backup extract` did.</summary>
/// <param name="Image">The image.</param>
/// <param name="Client">Whose data it was.</param>
/// <param name="Target">The absolute directory that was written to.</param>
/// <param name="Items">Items put in place.</param>
/// <param name="Bytes">Bytes of content of these.</param>
/// <param name="SkippedItems">Items that were not selected.</param>
/// <param name="Exceptions">Items, and places of damage, that were named.</param>
/// <param name="Failure">Why it ended early; null when it did not.</param>
internal sealed record ExtractReport(
    string Image, string Client, string Target, long Items, long Bytes, long SkippedItems, long Exceptions,
    string? Failure);
