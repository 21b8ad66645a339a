using Xunit;

// Most of the time of these tests is waiting, for processes and for time that has to pass: more than one a processor.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
