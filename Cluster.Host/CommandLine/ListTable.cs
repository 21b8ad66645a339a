using Spectre.Console;

namespace Backup.Host.CommandLine;

/// <summary>
/// A table without lines: a heading, a row a line. Where nobody looks it has no colour, and no row is wrapped or cut.
/// </summary>
internal sealed class ListTable
{
    private const int Unlimited = 10_000;
    private readonly Table _table = new Table().Border(TableBorder.None);
    private readonly int _columns;

    /// <param name="headings">One that begins with `&gt;` is of numbers, one with `~` may be wrapped on a
    /// terminal.</param>
    public ListTable(params string[] headings)
    {
        _columns = headings.Length;
        foreach (var heading in headings)
        {
            var column = new TableColumn(new Text(heading.TrimStart('>', '~'), new Style(decoration: Decoration.Bold)))
                .PadLeft(0).PadRight(2);
            if (heading[0] == '>') column.RightAligned();
            if (heading[0] != '~') column.NoWrap();
            _table.AddColumn(column);
        }
    }

    public void Row(params string[] cells)
    {
        if (cells.Length != _columns)
            throw new ArgumentException($"Expected {_columns} cells, found {cells.Length}.", nameof(cells));
        // Text and not markup: a name may hold brackets.
        _table.AddRow([.. cells.Select(cell => new Text(cell))]);
    }

    public void Print(Screen screen)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = screen.OutputIsTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = screen.OutputIsTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = screen.OutputIsTerminal ? screen.Width : Unlimited;
        console.Write(_table);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n')) screen.Line(line.TrimEnd());
    }
}
