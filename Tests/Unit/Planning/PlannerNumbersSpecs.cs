using Backup.Actors.Planning;
using Xunit;

namespace Backup.Tests.Unit.Planning;

/// <summary>The planner knows numbers alone, nothing of clients or of what a backup is made of (S2-40).</summary>
public sealed class PlannerNumbersSpecs
{
    private static readonly Type[] Leaves =
        [typeof(int), typeof(long), typeof(double), typeof(bool), typeof(string), typeof(DateOnly)];

    [Theory]
    [InlineData(typeof(PlanInput))]
    [InlineData(typeof(PlanRules))]
    [InlineData(typeof(Plan))]
    [InlineData(typeof(OrderedDump))]
    public void What_goes_in_and_out_is_made_of_numbers_names_and_days(Type type)
    {
        var seen = new HashSet<Type>();
        Walk(type, type.Name, seen);
        Assert.True(seen.Count > 1);
    }

    private static void Walk(Type type, string path, HashSet<Type> seen)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        if (!seen.Add(bare) || bare.IsEnum || Leaves.Contains(bare)) return;
        if (bare.IsGenericType)
        {
            foreach (var argument in bare.GetGenericArguments()) Walk(argument, path, seen);
            return;
        }
        Assert.True(bare.Namespace == typeof(Planner).Namespace, $"{path} is of type {bare}");
        foreach (var property in bare.GetProperties().Where(property => property.GetMethod!.IsPublic))
            if (!property.GetMethod!.IsStatic) Walk(property.PropertyType, $"{path}.{property.Name}", seen);
    }
}
