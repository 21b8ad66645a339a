using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>What can be wrong in backup.file-sets, and the exact words for it.</summary>
public class FileSetProblemSpecs
{
    private const string AnObject = "an object: { … }";
    private const string Switch = "on, off, true or false";
    private const string Roots = "absolute paths such as [/etc, /home] (\\\\ is a backslash, \\xNN a byte)";
    private const string Operations = "a list of save operations such as [{ roots = [/etc] }]";
    private const string Regex = "a .NET regular expression without back-references and look-around";
    private const string Pattern = "one pattern: exclude = \"…\" or include = \"…\"";
    private const string Types = "types of file systems such as [ext4, xfs], as in /proc/self/mountinfo";
    private const string Rules = "rules such as [{ exclude = \"*.tmp\" }, { include = \"/srv/**\" }]";

    [Theory]
    [InlineData("file-sets.x { }", "2:11:1 backup.file-sets.x.operations: must be given", Operations)]
    [InlineData("file-sets.x.operations = { }", "2:26:1 backup.file-sets.x.operations: found an object", Operations)]
    [InlineData("file-sets.x.operations = []", "2:26:1 backup.file-sets.x.operations: found an empty list", Operations)]
    [InlineData("file-sets.x.operations = [/etc]", "2:27:4 backup.file-sets.x.operations: found \"/etc\"", Operations)]
    [InlineData("file-sets.x.operations = [{ }]",
        "2:27:1 backup.file-sets.x.operations[0].roots: must be given", Roots)]
    [InlineData("file-sets.x.roots = [/etc], file-sets.x.operations = [{ roots = [/etc] }]",
        "2:13:5 backup.file-sets.x.roots: unknown key", "known keys: operations")]
    [InlineData("file-sets.x.operations = [{ roots = /etc }]",
        "2:37:4 backup.file-sets.x.operations[0].roots: found \"/etc\"", Roots)]
    [InlineData("file-sets.x.operations = [{ roots = [] }]",
        "2:37:1 backup.file-sets.x.operations[0].roots: found an empty list", Roots)]
    [InlineData("file-sets.x.operations = [{ roots = [etc] }]",
        "2:38:3 backup.file-sets.x.operations[0].roots: found \"etc\"", $"{Roots}, without . and .. components")]
    [InlineData("file-sets.x.operations = [{ roots = [/a/../b] }]",
        "2:38:7 backup.file-sets.x.operations[0].roots: found \"/a/../b\"",
        $"{Roots}, without . and .. components")]
    [InlineData("file-sets.x.operations = [{ roots = [/a/./b] }]",
        "2:38:6 backup.file-sets.x.operations[0].roots: found \"/a/./b\"",
        $"{Roots}, without . and .. components")]
    [InlineData("file-sets.x.operations = [{ roots = [\"/a//b\"] }]",
        "2:38:7 backup.file-sets.x.operations[0].roots: found \"/a//b\"",
        $"{Roots}, without . and .. components")]
    [InlineData("file-sets.x.operations = [{ roots = [\"/\\\\q\"] }]",
        "2:38:6 backup.file-sets.x.operations[0].roots: found \"/\\q\"", $"{Roots}, without . and .. components")]
    [InlineData("file-sets.x.operations = [{ roots = [\"/a\\u0000\"] }]",
        "2:38:10 backup.file-sets.x.operations[0].roots: found \"/a\u0000\"",
        $"{Roots}, without . and .. components")]
    [InlineData("file-sets.x.operations = [{ roots = [[/etc]] }]",
        "2:38:1 backup.file-sets.x.operations[0].roots: found a list", Roots)]
    [InlineData("file-sets.x.operations = [{ roots = [/etc, /] }]",
        "2:44:1 backup.file-sets.x.operations[0].roots: / overlaps /etc (one.conf:2:38)",
        "roots that do not lie within each other")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv/www, /srv/www/] }]",
        "2:48:9 backup.file-sets.x.operations[0].roots: /srv/www/ overlaps /srv/www (one.conf:2:38)",
        "roots that do not lie within each other")]
    [InlineData("file-sets.x.operations = [{ roots = [\"/srv/A\", \"/srv/\\\\x41/b\"] }]",
        "2:48:14 backup.file-sets.x.operations[0].roots: /srv/\\x41/b overlaps /srv/A (one.conf:2:38)",
        "roots that do not lie within each other")]
    [InlineData("file-sets.x.operations = [{ roots = [/etc, /home] }, { roots = [/home/web] }]",
        "2:65:9 backup.file-sets.x.operations[1].roots: /home/web overlaps /home (one.conf:2:44)",
        "roots that do not lie within each other")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], compression = 3 }]",
        "2:59:1 backup.file-sets.x.operations[0].compression: found \"3\"", AnObject)]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], compression.level = 20 }]",
        "2:65:2 backup.file-sets.x.operations[0].compression.level: found \"20\"", "a whole number from 0 to 19")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], compression.lvl = 2 }]",
        "2:57:3 backup.file-sets.x.operations[0].compression.lvl: unknown key", "known keys: level")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], digest = md5 }]",
        "2:54:3 backup.file-sets.x.operations[0].digest: found \"md5\"", "one of sha256, sha512")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], one-file-system = 1 }]",
        "2:63:1 backup.file-sets.x.operations[0].one-file-system: found \"1\"", Switch)]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], exclude-caches = maybe }]",
        "2:62:5 backup.file-sets.x.operations[0].exclude-caches: found \"maybe\"", Switch)]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], exclude-marker = a/b }]",
        "2:62:3 backup.file-sets.x.operations[0].exclude-marker: found \"a/b\"", "the name of a file, without /")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], exclude-marker = \"..\" }]",
        "2:62:4 backup.file-sets.x.operations[0].exclude-marker: found \"..\"", "the name of a file, without /")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], exclude = \"*.tmp\" }]",
        "2:45:7 backup.file-sets.x.operations[0].exclude: unknown key",
        "known keys: compression, digest, exclude-caches, exclude-marker, file-system-types, one-file-system, "
            + "read-fifos, recurse, roots, rules")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], file-system-types = [\"ext4,xfs\"] }]",
        "2:66:10 backup.file-sets.x.operations[0].file-system-types: found \"ext4,xfs\"", Types)]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], recurse = never }]",
        "2:55:5 backup.file-sets.x.operations[0].recurse: found \"never\"", Switch)]
    public void Wrong_roots_and_operations_are_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);

    [Theory]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = [{ }] }]",
        "2:54:1 backup.file-sets.x.operations[0].rules[0].exclude: must be given", Pattern)]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = [\"*.tmp\"] }]",
        "2:54:7 backup.file-sets.x.operations[0].rules: found \"*.tmp\"", Rules)]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = [{ exclude = a, include = b }] }]",
        "2:79:1 backup.file-sets.x.operations[0].rules[0].include: include beside exclude in one rule", Pattern)]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = [{ exclude = \"(\", kind = regex }] }]",
        "2:66:3 backup.file-sets.x.operations[0].rules[0].exclude: not a regular expression: Invalid pattern " +
        "'(' at offset 1. Not enough )'s.", Regex)]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = [{ include = \"[\", kind = regex }] }]",
        "2:66:3 backup.file-sets.x.operations[0].rules[0].include: not a regular expression: Invalid pattern " +
        "'[' at offset 1. Unterminated [] set.", Regex)]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = [{ exclude = a, type = folder }] }]",
        "2:76:6 backup.file-sets.x.operations[0].rules[0].type: found \"folder\"",
        "one of any, file, dir, symlink, other")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = [{ exclude = a, kind = glob }] }]",
        "2:76:4 backup.file-sets.x.operations[0].rules[0].kind: found \"glob\"", "one of wild, regex")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = [{ exclude = a, types = dir }] }]",
        "2:69:5 backup.file-sets.x.operations[0].rules[0].types: unknown key",
        "known keys: exclude, include, kind, type. Did you mean type?")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = [{ exclude = [a] }] }]",
        "2:66:1 backup.file-sets.x.operations[0].rules[0].exclude: found a list", "a pattern")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = [{ exclude = \"\" }] }]",
        "2:66:2 backup.file-sets.x.operations[0].rules[0].exclude: found \"\"", "a pattern")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], rules = \"*.tmp\" }]",
        "2:53:7 backup.file-sets.x.operations[0].rules: found \"*.tmp\"", Rules)]
    public void A_wrong_rule_is_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);
}
