using Backup.Actors.Scripts;
using Xunit;

namespace Backup.Tests.Unit.Scripts;

public sealed class ScriptAllowanceSpecs : IDisposable
{
    private readonly ScriptFolder _folder = new();
    private readonly string _program;

    public ScriptAllowanceSpecs() => _program = _folder.Write("freeze", "exit 0");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_program_is_allowed_by_its_own_path_and_by_its_directory()
    {
        Assert.Null(Refusal(_program, _program));
        Assert.Null(Refusal(_program, _folder.Path));
        Assert.Null(Refusal(_program, "/nowhere", _folder.Path + "/"));
    }

    [Theory]
    [InlineData("freeze", "not absolute")]
    [InlineData("/etc/../bin/true", "not absolute")]
    [InlineData("/nowhere/at/all", "does not allow it")]
    public void Anything_else_is_refused(string program, string why) =>
        Assert.Contains(why, Refusal(program, _folder.Path));

    [Fact]
    public void Nothing_is_allowed_where_nothing_is_said_and_a_namesake_of_a_directory_is_not_in_it()
    {
        Assert.Contains("client.scripts of this node does not allow it (it is empty)", Refusal(_program));
        Assert.Contains("does not allow it", Refusal(_program, _folder.Path[..^1]));
        Assert.Contains("is no file", Refusal(_folder.Path, _folder.Path));
        Assert.Contains("No such file", Refusal(_folder.File("gone"), _folder.Path));
    }

    [Fact]
    public void A_link_counts_as_what_it_leads_to()
    {
        File.CreateSymbolicLink(_folder.File("out"), "/bin/true");
        File.CreateSymbolicLink(_folder.File("in"), "freeze");
        File.CreateSymbolicLink(_folder.File("round"), "round");

        Assert.Contains("does not allow it", Refusal(_folder.File("out"), _folder.Path));
        Assert.Null(Refusal(_folder.File("in"), _folder.Path));
        Assert.Contains("Too many symbolic links", Refusal(_folder.File("round"), _folder.Path));
    }

    [Fact]
    public void What_others_can_change_is_refused_and_so_is_what_lies_where_they_can_replace_it()
    {
        File.SetUnixFileMode(_program, File.GetUnixFileMode(_program) | UnixFileMode.GroupWrite);
        Assert.Contains("may be written by others", Refusal(_program, _folder.Path));
        File.SetUnixFileMode(_program, File.GetUnixFileMode(_program) & ~UnixFileMode.GroupWrite);
        Assert.Null(Refusal(_program, _folder.Path));

        File.SetUnixFileMode(_folder.Path, File.GetUnixFileMode(_folder.Path) | UnixFileMode.OtherWrite);
        Assert.Contains($"{_folder.Path} may be written by others", Refusal(_program, _folder.Path));
    }

    private static string? Refusal(string program, params string[] allowed) =>
        ScriptAllowance.Refusal(program, allowed, "client.scripts");
}
