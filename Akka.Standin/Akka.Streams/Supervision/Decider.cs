namespace Akka.Streams.Supervision;

/// <summary>What a stage does when a user function threw: end, drop the element, or forget its state too.</summary>
public enum Directive
{
    Stop,
    Resume,
    Restart,
}

public delegate Directive Decider(Exception cause);

public static class Deciders
{
    public static readonly Decider StoppingDecider = _ => Directive.Stop;
    public static readonly Decider ResumingDecider = _ => Directive.Resume;
    public static readonly Decider RestartingDecider = _ => Directive.Restart;
}
