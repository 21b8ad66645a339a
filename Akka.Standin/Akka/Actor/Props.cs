using System.Linq.Expressions;
using System.Reflection;

namespace Akka.Actor;

/// <summary>How to make an actor: its type, its constructor's arguments and its settings. Immutable.</summary>
public class Props : IEquatable<Props>
{
    private readonly ConstructorInfo _constructor;

    private Props(Type type, object[] arguments, ConstructorInfo constructor = null)
    {
        if (!typeof(ActorBase).IsAssignableFrom(type))
            throw new ArgumentException($"Type {type} must derive from {typeof(ActorBase)}.", nameof(type));
        Type = type;
        Arguments = arguments ?? [];
        _constructor = constructor;
        Dispatcher = Akka.Dispatch.Dispatchers.DefaultDispatcherId;
    }

    private Props(Props copy) : this(copy.Type, copy.Arguments, copy._constructor)
    {
        Dispatcher = copy.Dispatcher;
        SupervisorStrategy = copy.SupervisorStrategy;
    }

    public Type Type { get; }
    public object[] Arguments { get; }
    public string Dispatcher { get; private init; }
    public SupervisorStrategy SupervisorStrategy { get; protected set; }

    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy supervisorStrategy = null)
        where TActor : ActorBase
    {
        if (factory.Body is not NewExpression creation)
            throw new ArgumentException("The create function must be a 'new T (args)' expression", nameof(factory));
        var arguments = creation.Arguments.Select(Evaluate).ToArray();
        return new Props(typeof(TActor), arguments, creation.Constructor) { SupervisorStrategy = supervisorStrategy };
    }

    public static Props Create<TActor>(params object[] args) where TActor : ActorBase => Create(typeof(TActor), args);

    public static Props Create(Type type, params object[] args) =>
        type is null ? throw new ArgumentNullException(nameof(type)) : new Props(type, args);

    public Props WithDispatcher(string dispatcher) => new(this) { Dispatcher = dispatcher };

    public Props WithSupervisorStrategy(SupervisorStrategy supervisorStrategy) =>
        new(this) { SupervisorStrategy = supervisorStrategy };

    public virtual ActorBase NewActor()
    {
        if (_constructor is not null)
            return (ActorBase)_constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, Arguments, null);
        const BindingFlags any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        return (ActorBase)Activator.CreateInstance(
            Type, any | BindingFlags.DoNotWrapExceptions, null, Arguments, null);
    }

    public bool Equals(Props other) =>
        other is not null && Type == other.Type && Dispatcher == other.Dispatcher
        && Arguments.SequenceEqual(other.Arguments) && Equals(SupervisorStrategy, other.SupervisorStrategy);

    public override bool Equals(object obj) => Equals(obj as Props);

    public override int GetHashCode() => HashCode.Combine(Type, Dispatcher, Arguments.Length);

    private static object Evaluate(Expression argument) => argument switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member =>
            field.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        _ => Expression.Lambda<Func<object>>(Expression.Convert(argument, typeof(object)))
            .Compile(preferInterpretation: true)(),
    };
}
