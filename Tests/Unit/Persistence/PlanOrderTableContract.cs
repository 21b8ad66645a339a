using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Persistence;

public abstract class PlanOrderTableContract(ICatalogFixture fixture) : IDisposable
{
    private static readonly PlanOrderRecord Full = new(
        new PolicyName("nightly"), new ClientName("web"), PlanOrder.ForceFull,
        new DateTimeOffset(2026, 11, 4, 2, 0, 0, TimeSpan.Zero));

    private readonly PlanOrderTable _orders = fixture.Store.PlanOrders;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void The_newest_order_of_a_client_takes_the_place_of_the_one_before()
    {
        var other = Full with { Client = new ClientName("db") };
        Assert.Equal(Recorded.Now, _orders.Put(Full, new RequestId("a")).Value);
        Assert.Equal(Recorded.Now, _orders.Put(other, new RequestId("a")).Value);
        Assert.Equal(Recorded.Now, _orders.Put(Full with { Policy = new PolicyName("x") }, new RequestId("a")).Value);

        var newer = Full with { What = PlanOrder.ForbidBump, At = Full.At.AddDays(1) };
        Assert.Equal(Recorded.Now, _orders.Put(newer, new RequestId("b")).Value);

        Assert.Equal([other, newer], _orders.Of(Full.Policy).Value);
    }

    [ContractFact]
    public void A_request_that_comes_again_orders_nothing_anew()
    {
        _orders.Put(Full, new RequestId("a"));

        Assert.Equal(Recorded.Before, _orders.Put(Full with { At = Full.At.AddDays(1) }, new RequestId("a")).Value);

        Assert.Equal([Full], _orders.Of(Full.Policy).Value);
    }
}
