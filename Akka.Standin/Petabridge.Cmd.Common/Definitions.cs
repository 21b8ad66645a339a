namespace Petabridge.Cmd;

/// <summary>One argument of a command: a switch, and the value behind it.</summary>
public sealed class ArgumentDefinition
{
    internal ArgumentDefinition(ArgumentDefinitionBuilder from)
    {
        Name = from.Name ?? throw new ArgumentException("An argument must have a name.", nameof(from));
        if (from.Switches.Count == 0)
            throw new ArgumentException($"The argument {Name} must have a switch.", nameof(from));
        Description = from.Description;
        Switch = new HashSet<string>(from.Switches, StringComparer.Ordinal);
        DefaultValues = [.. from.DefaultValues];
        (IsMandatory, AllowMultiple) = (from.Mandatory, from.Multiple);
    }

    public string Name { get; }

    public string Description { get; }

    /// <summary>All that may stand in front of its value, as `-m`.</summary>
    public ISet<string> Switch { get; }

    /// <summary>Values to propose.</summary>
    public IReadOnlyList<string> DefaultValues { get; }

    public bool IsMandatory { get; }

    public bool AllowMultiple { get; }
}

public sealed class ArgumentDefinitionBuilder
{
    internal string? Name { get; private set; }

    internal string Description { get; private set; } = "";

    internal List<string> Switches { get; } = [];

    internal List<string> DefaultValues { get; } = [];

    internal bool Mandatory { get; private set; }

    internal bool Multiple { get; private set; }

    public ArgumentDefinitionBuilder WithName(string name) => With(() => Name = name);

    public ArgumentDefinitionBuilder WithDescription(string description) => With(() => Description = description);

    public ArgumentDefinitionBuilder WithSwitch(string @switch) => With(() => Switches.Add(@switch));

    public ArgumentDefinitionBuilder WithDefaultValues(
        params string[] values) => With(() => DefaultValues.AddRange(values));

    public ArgumentDefinitionBuilder IsMandatory(bool mandatory) => With(() => Mandatory = mandatory);

    public ArgumentDefinitionBuilder AllowMultiple(bool multiple) => With(() => Multiple = multiple);

    private ArgumentDefinitionBuilder With(Action change)
    {
        change();
        return this;
    }
}

/// <summary>A command: what it is called, what it does, what it takes.</summary>
public sealed class CommandDefinition
{
    internal CommandDefinition(string name, string description, IReadOnlyList<ArgumentDefinition> arguments)
    {
        (Name, Description, Arguments) = (name, description, arguments);
        ArgumentsByName = arguments.ToDictionary(argument => argument.Name, StringComparer.Ordinal);
        var doubled = arguments.SelectMany(argument => argument.Switch).GroupBy(each => each)
            .FirstOrDefault(each => each.Count() > 1);
        if (doubled is not null)
            throw new ArgumentException($"The command {name} has the switch {doubled.Key} twice.", nameof(arguments));
    }

    public string Name { get; }

    public string Description { get; }

    public IReadOnlyList<ArgumentDefinition> Arguments { get; }

    public IReadOnlyDictionary<string, ArgumentDefinition> ArgumentsByName { get; }
}

public sealed class CommandDefinitionBuilder
{
    private readonly List<ArgumentDefinition> _arguments = [];
    private string? _name;
    private string _description = "";

    public CommandDefinitionBuilder WithName(string name)
    {
        _name = name;
        return this;
    }

    public CommandDefinitionBuilder WithDescription(string description)
    {
        _description = description;
        return this;
    }

    public CommandDefinitionBuilder WithArgument(Func<ArgumentDefinitionBuilder, ArgumentDefinitionBuilder> build)
    {
        _arguments.Add(new ArgumentDefinition(build(new ArgumentDefinitionBuilder())));
        return this;
    }

    public CommandDefinition Build() =>
        new(_name ?? throw new InvalidOperationException("A command must have a name."), _description, [.. _arguments]);
}

/// <summary>Commands that belong together, under one word.</summary>
public sealed class CommandPalette(string moduleName, IEnumerable<CommandDefinition> commands)
{
    public string ModuleName { get; } = moduleName;

    public IReadOnlyList<CommandDefinition> Commands { get; } = [.. commands];
}
