using Backup.Host.Configuration;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>What an operator sees of the problems.</summary>
public class SettingProblemSpecs
{
    private static string Rendered(string text, string hostName = "here") =>
        SettingProblems.Render(SettingsReader.ReadText(text, "conf.d/office.conf", hostName).Problems);

    [Fact]
    public void All_problems_are_named_in_one_run_with_line_caret_and_remedy() => Assert.Equal(
        """
        conf.d/office.conf:3:33  error  backup.libraries.vtl.slots: found "many"
           3 | 	libraries.vtl { slots        = many, directory = vtl }
             |                                 ^^^^ a whole number from 1 to 10000
        conf.d/office.conf:5:15  error  backup.pools.disk-30d.library: unknown library "vtk"
           5 |     library = vtk                     # typo
             |               ^^^ known libraries: vtl. Did you mean vtl?
        conf.d/office.conf:7:8  error  backup.node.nmae: unknown key
           7 |   node.nmae = n1
             |        ^^^^ known keys: data-directory, name, roles. Did you mean name?
        3 problems. Nothing was changed.

        """.Replace("\t", " "),
        Rendered("""
            # office
            backup {
            	libraries.vtl { slots        = many, directory = vtl }
              pools.disk-30d {
                library = vtk                     # typo
              }
              node.nmae = n1
            }
            """));

    [Fact]
    public void A_text_that_cannot_be_read_is_the_only_problem() => Assert.Equal(
        """
        conf.d/office.conf:2:9  error  found the end of the file
           2 |   pools
             |         ^ expected =, : or { after the key
        1 problem. Nothing was changed.

        """,
        Rendered("backup {\n  pools "));

    [Theory]
    [InlineData("a { }\nbackp { }",
        "conf.d/office.conf:1:1  error  a: unknown key\n   1 | a { }\n     | ^ known keys: akka, backup\n"
        + "conf.d/office.conf:2:1  error  backp: unknown key\n   2 | backp { }\n"
        + "     | ^^^^^ known keys: akka, backup. Did you mean backup?\n2 problems. Nothing was changed.\n")]
    [InlineData("backup = [1]",
        "conf.d/office.conf:1:10  error  backup: found a list\n   1 | backup = [1]\n"
        + "     |          ^ an object: { … }\n1 problem. Nothing was changed.\n")]
    public void Other_trees_than_backup_and_akka_are_refused(string text, string rendered) =>
        Assert.Equal(rendered, Rendered(text));

    [Fact]
    public void A_host_whose_name_is_no_name_needs_a_name_in_the_file() => Assert.Equal(
        """
        conf.d/office.conf:1:1  error  backup.node.name: must be given: this host is called "a b"
           1 | # empty
             | ^ a name of at most 64 letters, digits, '.', '_' or '-' that starts with a letter or digit
        1 problem. Nothing was changed.

        """,
        Rendered("# empty", hostName: "a b"));

    [Fact]
    public void What_was_found_cannot_drive_the_terminal()
    {
        var rendered = Rendered("backup.node.roles = [\"\\u001b[2J\\u009b\"]\n\"k\\u0007\" = 1");

        Assert.DoesNotContain(rendered, c => char.IsControl(c) && c != '\n');
        Assert.Contains("unknown role \"\uFFFD[2J\uFFFD\"", rendered, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_directory_in_which_no_socket_can_be_made_is_refused()
    {
        var longest = "/" + new string('x', 94);

        Assert.Equal(longest, OneConf.Settings($"node.data-directory = {longest}").Node.DataDirectory);
        OneConf.Refuses($"node.data-directory = {longest}x",
            $"2:23:96 backup.node.data-directory: the path {longest}x/backup.sock has 108 bytes",
            "a path with which that of the socket in it has at most 107 bytes");
    }

    [Theory]
    [InlineData("dataDirectory", "data-directory")]
    [InlineData("data_directory", "data-directory")]
    [InlineData("DATA-DIR", null)]
    [InlineData("stroage", "storage")]
    [InlineData("nmae", "name")]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_the_one_that_was_meant(string written, string? meant) =>
        Assert.Equal(meant, NearestName.Find(written, ["data-directory", "name", "roles", "storage"]));

    [Fact]
    public void A_long_list_of_names_is_cut() => Assert.Equal(
        "known pools: p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11 and 3 more. Did you mean p14?",
        NearestName.Suggest("P-14", "pools", [.. Enumerable.Range(0, 15).Select(i => $"p{i:00}")]));
}
