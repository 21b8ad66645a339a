namespace Backup.Persistence.Catalog;

/// <summary>A WHERE clause of constant conditions; values are parameters.</summary>
internal sealed class Conditions
{
    private readonly List<string> _conditions = [];

    public Conditions And(string condition, bool applies)
    {
        if (applies) _conditions.Add(condition);
        return this;
    }

    public override string ToString() => _conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", _conditions);
}
