using Backup.Host.Configuration;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>Configurations of several files.</summary>
public sealed class SettingsFilesSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>What an operator sees, with the test's own folder as /etc.</summary>
    private string Rendered(string path) =>
        SettingProblems.Render(SettingsReader.Read(path).Problems).Replace(_folder, "/etc", StringComparison.Ordinal);

    [Fact]
    public void Files_are_found_from_the_folder_of_the_file_that_names_them()
    {
        var path = Write("node.conf", "include \"conf.d/*.conf\"\nbackup.node { name = n1, data-directory = data }");
        Write("conf.d/a pool.conf", "backup.pools.p.library = vtl");
        Write("conf.d/libraries.conf", "include \"more/slots\"\nbackup.libraries.vtl.directory = tapes");
        Write("conf.d/more/slots", "backup { libraries.vtl.slots = 7 }");
        Write("conf.d/ignored.conf.old", "backup { nonsense");

        var (settings, problems) = SettingsReader.Read(path);

        Assert.Equal("", string.Concat(problems));
        Assert.Equal(Path.Combine(_folder, "data"), settings!.Node.DataDirectory);
        var library = settings.Libraries[new LibraryName("vtl")];
        Assert.Equal((Path.Combine(_folder, "conf.d/tapes"), 7), (library.Directory, library.Slots));
        Assert.Equal(new LibraryName("vtl"), settings.Pools[new PoolName("p")].Library);
    }

    [Fact]
    public void An_empty_or_missing_folder_of_files_is_no_problem()
    {
        var path = Write("node.conf", "include \"conf.d/*.conf\"\nbackup.node.name = n1");

        Assert.Equal(new NodeName("n1"), SettingsReader.Read(path).Settings!.Node.Name);
    }

    [Fact]
    public void A_problem_names_the_file_in_which_it_stands()
    {
        var path = Write("node.conf", "include \"conf.d/*.conf\"\nbackup.node.nam = n1");
        Write("conf.d/b.conf", "backup.pools.p.library = vtl");

        Assert.Equal(
            """
            /etc/conf.d/b.conf:1:26  error  backup.pools.p.library: unknown library "vtl"
               1 | backup.pools.p.library = vtl
                 |                          ^^^ there are no libraries
            /etc/node.conf:2:13  error  backup.node.nam: unknown key
               2 | backup.node.nam = n1
                 |             ^^^ known keys: data-directory, name, roles. Did you mean name?
            2 problems. Nothing was changed.

            """,
            Rendered(path));
    }

    [Fact]
    public void A_key_in_two_files_is_set_twice()
    {
        var path = Write("node.conf", "include \"conf.d/*.conf\"\n");
        Write("conf.d/a.conf", "backup.libraries.vtl { directory = /srv/a }");
        Write("conf.d/b.conf", "backup.libraries.vtl { directory = /srv/b }");

        Assert.Equal(
            """
            /etc/conf.d/b.conf:1:36  error  backup.libraries.vtl.directory: set twice
               1 | backup.libraries.vtl { directory = /srv/b }
                 |                                    ^^^^^^ one value; the other is at /etc/conf.d/a.conf:1:36
            1 problem. Nothing was changed.

            """,
            Rendered(path));
    }

    [Fact]
    public void Texts_that_cannot_be_read_are_all_named_and_nothing_else()
    {
        var path = Write("node.conf",
            "include \"a.conf\"\ninclude \"missing.conf\"\ninclude \"b.conf\"\nbackup.nonsense = 1");
        Write("a.conf", "backup {");
        Write("b.conf", "include \"./node.conf\"\ninclude \"sub\"\ninclude \"c.conf\"");
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        File.WriteAllBytes(Path.Combine(_folder, "c.conf"), [.. "backup {} # "u8, 0xE9]);

        Assert.Equal(
            """
            /etc/a.conf:1:9  error  found the end of the file
               1 | backup {
                 |         ^ expected a closing brace }
            /etc/b.conf:1:9  error  a circle of includes: /etc/./node.conf is being read already
               1 | include "./node.conf"
                 |         ^^^^^^^^^^^^^ another file
            /etc/b.conf:2:9  error  /etc/sub is a directory
               2 | include "sub"
                 |         ^^^^^ a file that exists and can be read
            /etc/b.conf:3:9  error  /etc/c.conf is not UTF-8 text, see byte 12
               3 | include "c.conf"
                 |         ^^^^^^^^ a file in UTF-8
            /etc/node.conf:2:9  error  /etc/missing.conf does not exist
               2 | include "missing.conf"
                 |         ^^^^^^^^^^^^^^ a file that exists and can be read
            5 problems. Nothing was changed.

            """,
            Rendered(path));
    }

    [Fact]
    public void A_missing_configuration_is_one_problem() => Assert.Equal(
        """
        /etc/none.conf  error  /etc/none.conf does not exist
             | a file that exists and can be read
        1 problem. Nothing was changed.

        """,
        Rendered(Path.Combine(_folder, "none.conf")));

    [Fact]
    public void A_file_may_be_included_in_two_places_but_not_set_a_key_twice()
    {
        var path = Write("node.conf", "backup.libraries { a { include \"common\" }, b { include \"common\" } }");
        Write("common", "slots = 3");

        var found = SettingsReader.Read(path).Problems.Select(problem => $"{problem.Key}: {problem.Found}");

        Assert.Equal(
            ["backup.libraries.a.directory: must be given", "backup.libraries.b.directory: must be given"], found);
    }
}
