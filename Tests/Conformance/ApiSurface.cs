using System.Reflection;
using System.Runtime.CompilerServices;

namespace Conformance;

/// <summary>Writes the public surface of a loaded assembly in the form of <see cref="ApiList"/>.</summary>
internal static class ApiSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static
        | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    internal static IEnumerable<Type> VisibleTypes(Assembly assembly) => assembly.GetTypes().Where(IsVisible);

    private static bool IsVisible(Type type) => type.IsNested
        ? IsVisible(type.DeclaringType!) && (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem)
        : type.IsPublic;

    internal static string TypeLine(Type type)
    {
        var protectedWord = type.IsNestedFamily || type.IsNestedFamORAssem ? " protected" : "";
        if (IsDelegate(type))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"T {Name(type)} delegate{protectedWord} ({Parameters(invoke)}):{Name(invoke.ReturnType)}";
        }
        var kind = type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType
            ? (type.GetCustomAttribute<IsReadOnlyAttribute>() is null ? "struct" : "readonly struct")
            : type.IsAbstract && type.IsSealed ? "class static"
            : type.IsAbstract ? "class abstract" : type.IsSealed ? "class sealed" : "class";
        return $"T {Name(type)} {kind}{protectedWord}";
    }

    internal static bool IsDelegate(Type type) => type.IsSubclassOf(typeof(MulticastDelegate));

    /// <summary>Base class and interfaces that are seen from outside.</summary>
    internal static IEnumerable<string> BasesOf(Type type)
    {
        if (type.IsEnum || IsDelegate(type)) return [];
        var bases = type.GetInterfaces().Where(each => !IsOwn(each, type) || IsVisible(each)).Select(Name);
        return type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType)
            ? bases.Append(Name(parent)) : bases;
    }

    private static bool IsOwn(Type each, Type type) => each.Assembly.GetName().Name!.StartsWith("Akka",
        StringComparison.Ordinal)
        || each.Assembly == type.Assembly;

    internal static IEnumerable<string> MemberLines(Type type)
    {
        if (IsDelegate(type)) yield break;
        var owner = Name(type);
        foreach (var constructor in type.GetConstructors(Declared).Where(c => !c.IsStatic && IsSeen(c)))
            yield return $"C {owner}.ctor({Parameters(constructor)}){Protected(constructor)}";
        foreach (var method in type.GetMethods(Declared).Where(m => IsSeen(m) && !IsAccessor(m) && !AddsNothing(m)))
            yield return $"M {owner}.{method.Name}{TypeParameters(method)}({Parameters(method)}):{Name(method.ReturnType)}"
                + Protected(method) + Static(method) + Abstract(method) + Constraints(method);
        foreach (var property in type.GetProperties(Declared))
            if (PropertyLine(owner, property) is { } line) yield return line;
        foreach (var field in type.GetFields(Declared).Where(f =>
            !f.IsSpecialName && (f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly)))
            yield return $"F {owner}.{field.Name}:{Name(field.FieldType)}" + (field.IsPublic ? "" : " protected")
                + (field.IsLiteral ? " const=" + Literal(field) : field.IsStatic ? " static" : "");
        foreach (var raised in type.GetEvents(Declared).Where(e => IsSeen(e.AddMethod!)))
            yield return $"E {owner}.{raised.Name}:{Name(raised.EventHandlerType!)}";
    }

    private static string? PropertyLine(string owner, PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true).Where(IsSeen).ToArray();
        if (accessors.Length == 0 || accessors.All(AddsNothing)) return null;
        var index = property.GetIndexParameters() is { Length: > 0 } parameters
            ? "[" + string.Join(',', parameters.Select(p => Name(p.ParameterType))) + "]" : "";
        var shown = string.Concat(accessors.Select(a => (a.IsPublic ? ""
            : "protected ") + (a.ReturnType == typeof(void) ? "set;" : "get;")));
        return $"P {owner}.{property.Name}{index}:{Name(property.PropertyType)} {{{shown}}}{Static(accessors[0])}{Abstract(accessors[0])}";
    }

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    /// <summary>An override of what Object or another library declares is there to be called anyway.</summary>
    private static bool AddsNothing(MethodInfo method) => method.IsVirtual && method.GetBaseDefinition() is var first
        && first != method && !first.DeclaringType!.Assembly.GetName().Name!.StartsWith("Akka",
            StringComparison.Ordinal);

    private static string Protected(MethodBase method) => method.IsPublic ? "" : " protected";

    private static string Static(MethodBase method) => method.IsStatic ? " static" : "";

    private static string Abstract(MethodBase method) =>
        method.IsAbstract && !method.DeclaringType!.IsInterface ? " abstract" : "";

    private static string Literal(FieldInfo field) => field.GetRawConstantValue() switch
    {
        string text => $"\"{text}\"",
        null => "null",
        IFormattable value => value.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        var other => other.ToString()!,
    };

    private static string TypeParameters(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(',', method.GetGenericArguments().Select(Name))}>" : "";

    private static string Constraints(MethodInfo method) => method.IsGenericMethod
        ? string.Concat(method.GetGenericArguments().Select(Constraint)) : "";

    private static string Constraint(Type parameter)
    {
        var attributes = parameter.GenericParameterAttributes;
        var parts = new List<string>();
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)) parts.Add("class");
        if (attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint)) parts.Add("struct");
        parts.AddRange(parameter.GetGenericParameterConstraints().Where(t => t != typeof(ValueType)).Select(Name));
        if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint)
            && !attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint)) parts.Add("new()");
        return parts.Count == 0 ? "" : $" where {Name(parameter)}:{string.Join(',', parts)}";
    }

    private static string Parameters(MethodBase method) => string.Join(',', method.GetParameters().Select(parameter =>
    {
        var type = parameter.ParameterType;
        var prefix = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params "
            : !type.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        return prefix + Name(type.IsByRef ? type.GetElementType()! : type) + (parameter.IsOptional ? "=" : "");
    }));

    internal static string Name(Type type)
    {
        if (type.IsGenericParameter) return type.Name;
        if (type.IsArray) return Name(type.GetElementType()!) + $"[{new string(',', type.GetArrayRank() - 1)}]";
        var arguments = type.GetGenericArguments().Select(Name).ToList();
        var chain = new Stack<Type>();
        for (var at = type; at is not null; at = at.DeclaringType) chain.Push(at);
        var text = string.IsNullOrEmpty(type.Namespace) ? "" : type.Namespace + ".";
        return text + string.Join('+', chain.Select(part =>
        {
            var tick = part.Name.IndexOf('`');
            if (tick < 0) return part.Name;
            var own = int.Parse(part.Name[(tick + 1)..]);
            var mine = arguments.Take(own).ToList();
            arguments.RemoveRange(0, own);
            return $"{part.Name[..tick]}<{string.Join(',', mine)}>";
        }));
    }
}
