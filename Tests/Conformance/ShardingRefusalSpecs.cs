#nullable disable
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Xunit;

namespace Akka.Conformance
{
    /// <summary>Ours: what the stand-in's sharding does not do, it does not do silently.</summary>
    [Collection("Sharding")]
    public class ShardingRefusalSpecs : ShardingKit
    {
        public sealed class OnStandinFactAttribute : FactAttribute
        {
            public OnStandinFactAttribute()
            {
                if (!global::Conformance.ApiSubsetSpecs.IsStandin) Skip = "Akka.NET remembers entities.";
            }
        }

        [OnStandinFact]
        public void Remembered_entities_are_refused_in_words()
        {
            var sys = Node("akka.cluster.sharding.remember-entities = on");

            var refusal = Assert.Throws<ConfigurationException>(() => ClusterSharding.Get(sys));

            Assert.Contains("remember-entities", refusal.Message);
        }
    }
}
