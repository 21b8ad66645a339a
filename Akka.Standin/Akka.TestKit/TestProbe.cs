using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace Akka.TestKit;

/// <summary>A further actor of the test, which is at once its reference.</summary>
public class TestProbe : TestKitBase, INoImplicitSender, IInternalActorRef
{
    public TestProbe(ActorSystem system, ITestKitAssertions assertions, string testProbeName = null)
        : base(assertions, system, testProbeName) { }

    public IActorRef Ref => TestActor;
    public IActorRef Sender => LastSender;

    public void Reply(object message) => Sender.Tell(message, TestActor);

    ActorPath IActorRef.Path => TestActor.Path;
    IActorRefProvider IInternalActorRef.Provider => TestActor.Inner().Provider;
    IInternalActorRef IInternalActorRef.Parent => TestActor.Inner().Parent;
    bool IInternalActorRef.IsLocal => true;

    void ICanTell.Tell(object message, IActorRef sender) => TestActor.Tell(message, sender);

    IActorRef IInternalActorRef.GetChild(IReadOnlyList<string> names) => TestActor.Inner().GetChild(names);

    void IInternalActorRef.SendSystemMessage(SystemMessage message) => TestActor.Inner().SendSystemMessage(message);

    bool IEquatable<IActorRef>.Equals(IActorRef other) => TestActor.Equals(other);

    int IComparable<IActorRef>.CompareTo(IActorRef other) => TestActor.CompareTo(other);

    public int CompareTo(object obj) => TestActor.CompareTo(obj);

    public override bool Equals(object obj) => TestActor.Equals(obj);

    public override int GetHashCode() => TestActor.GetHashCode();

    public override string ToString() => TestActor.ToString();
}
