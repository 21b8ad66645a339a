using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>What can be wrong in backup.libraries and backup.pools, and the exact words for it.</summary>
public class MediaProblemSpecs
{
    private const string Name =
        "a name of at most 64 letters, digits, '.', '_' or '-' that starts with a letter or digit";
    private const string Path = "a path; a relative one is relative to this file's folder";
    private const string Template = "a template with one number, as lto-%04d; also %p, %l, %y and %m (docs/media.md)";
    private const string AnObject = "an object: { … }";
    private const string Size = "a size in bytes such as 4096, 64KiB, 100MB or 4GiB";
    private const string Switch = "on, off, true or false";

    [Theory]
    [InlineData("libraries.x { }", "2:11:1 backup.libraries.x.directory: must be given", Path)]
    [InlineData("libraries.x.directory = null", "2:11:1 backup.libraries.x.directory: must be given", Path)]
    [InlineData("libraries.x.directory = /srv/vtl/",
        "3:29:8 backup.libraries.vtl.directory: \"/srv/vtl\" is that of backup.libraries.x too",
        "a folder of its own for each library")]
    [InlineData("libraries.x { directory = /srv/x, type = tapes }", "2:42:5 backup.libraries.x.type: found \"tapes\"",
        "one of virtual, tape")]
    [InlineData("libraries.x { directory = /srv/x, slots = many }", "2:43:4 backup.libraries.x.slots: found \"many\"",
        "a whole number from 1 to 10000")]
    [InlineData("libraries.x { directory = /srv/x, slots = 0 }", "2:43:1 backup.libraries.x.slots: found \"0\"",
        "a whole number from 1 to 10000")]
    [InlineData("libraries.x { directory = /srv/x, slots = 10001 }", "2:43:5 backup.libraries.x.slots: found \"10001\"",
        "a whole number from 1 to 10000")]
    [InlineData("libraries.x { directory = /srv/x, drives = 1.5 }", "2:44:3 backup.libraries.x.drives: found \"1.5\"",
        "a whole number from 1 to 64")]
    [InlineData("libraries.x { directory = /srv/x, volume-capacity = 1MiB }",
        "2:53:4 backup.libraries.x.volume-capacity: found \"1MiB\"", $"{Size}; 2MiB to 1024TiB")]
    [InlineData("libraries.x { directory = /srv/x, volume-capacity = 1 KB }",
        "2:53:4 backup.libraries.x.volume-capacity: found \"1 KB\"", $"{Size}; 2MiB to 1024TiB")]
    [InlineData("libraries.x { directory = /srv/x, drive-speed-limit = -1 }",
        "2:55:2 backup.libraries.x.drive-speed-limit: found \"-1\"", $"{Size}; 0 to 1TiB")]
    [InlineData("libraries.x { directory = /srv/x, autolabel = yes }",
        "2:47:3 backup.libraries.x.autolabel: found \"yes\"", Switch)]
    [InlineData("libraries.x { directory = /srv/x, speed = 1 }", "2:35:5 backup.libraries.x.speed: unknown key",
        "known keys: alert-program, autoclean, autolabel, changer, changer-lock, changer-timeout, cleaning-prefix, "
        + "cleaning-uses, directory, drive-speed-limit, drives, give-space-back and 7 more")]
    [InlineData("libraries.x { directory = /srv/x, alert-program = rm }",
        "2:51:2 backup.libraries.x.alert-program: found \"rm\"", "sg_logs or tapeinfo, or a path to one of them")]
    [InlineData("libraries.-x { directory = /srv/x }", "2:11:2 backup.libraries.-x: not a name", Name)]
    public void A_wrong_library_is_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);

    [Theory]
    [InlineData("pools.x { }", "2:7:1 backup.pools.x.library: must be given", "the name of a library")]
    [InlineData("pools.x { library = vtk }", "2:21:3 backup.pools.x.library: unknown library \"vtk\"",
        "known libraries: vtl. Did you mean vtl?")]
    [InlineData("pools.x { library = zzz }", "2:21:3 backup.pools.x.library: unknown library \"zzz\"",
        "known libraries: vtl")]
    [InlineData("pools.x { library = [vtl] }", "2:21:1 backup.pools.x.library: found a list", "the name of a library")]
    [InlineData("pools.x = [1]", "2:11:1 backup.pools.x: found a list", AnObject)]
    [InlineData("pools.x { library = vtl, label-prefix = disk-30d- }",
        "4:11:8 backup.pools.disk-30d.label-prefix: \"disk-30d-\" is that of backup.pools.x too",
        "a prefix of its own for each pool")]
    [InlineData("pools.x { library = vtl, label-prefix = \"a b\" }",
        "2:41:5 backup.pools.x.label-prefix: found \"a b\"",
        Name)]
    [InlineData("pools.x { library = vtl, label = \"lto-0001\" }",
        "2:34:10 backup.pools.x.label: found \"lto-0001\"", Template)]
    [InlineData("pools.x { library = vtl, label = \"%d-%d\" }",
        "2:34:7 backup.pools.x.label: found \"%d-%d\"", Template)]
    [InlineData("pools.x { library = vtl, label = \"%p%d\", label-prefix = A- }",
        "2:34:6 backup.pools.x.label: found label-prefix too", "one of the two")]
    [InlineData("pools.x { library = vtl, label = \"disk-30d-%d\" }",
        "4:11:8 backup.pools.disk-30d.label-prefix: \"disk-30d-\" is that of backup.pools.x too",
        "a prefix of its own for each pool")]
    [InlineData(
        "pools.x { library = vtl, label = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%09d\" }",
        "2:34:63 backup.pools.x.label: found \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%09d\", "
            + "which gives names of 66 characters",
        "names of 64 characters at most")]
    [InlineData("pools.x { library = vtl, fragment-size = 4.5 GB }",
        "2:42:6 backup.pools.x.fragment-size: found \"4.5 GB\"", $"{Size}; 1MiB to 1TiB")]
    [InlineData("pools.x { library = vtl, fragment-size = null }", "2:42:4 backup.pools.x.fragment-size: found null",
        $"{Size}; 1MiB to 1TiB")]
    [InlineData("pools.x { library = vtl, fragment-size = 2TiB }",
        "2:42:4 backup.pools.x.fragment-size: found \"2TiB\"",
        $"{Size}; 1MiB to 1TiB")]
    [InlineData("pools.x { library = vtl, fragment-members-max = 1e5 }",
        "2:49:3 backup.pools.x.fragment-members-max: found \"1e5\"", "a whole number from 1 to 16777216")]
    [InlineData("pools.x { library = vtl, fragmentSize = 1GiB }", "2:26:12 backup.pools.x.fragmentSize: unknown key",
        "known keys: autolabel, fragment-members-max, fragment-size, label, label-prefix, library, other-libraries, "
            + "recycle, recycle-pool, retention, scratch-pool, spool and 6 more. "
            + "Did you mean fragment-size?")]
    [InlineData("pools.x { library = vtl, other-libraries = [vtl] }",
        "2:44:1 backup.pools.x.other-libraries: found \"vtl\"", "libraries besides the one that `library` names")]
    [InlineData("pools.x { library = vtl, other-libraries = [vlt] }",
        "2:45:3 backup.pools.x.other-libraries: unknown library \"vlt\"",
        "known libraries: vtl. Did you mean vtl?")]
    public void A_wrong_pool_is_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);
}
