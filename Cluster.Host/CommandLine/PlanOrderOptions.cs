using System.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>The options of `backup plan` that order something instead of showing it.</summary>
internal sealed class PlanOrderOptions
{
    private static readonly (string Name, PlanOrder Order, string Effect)[] Known =
    [
        ("--force-full", PlanOrder.ForceFull, "Order a full of this policy, whenever one is due."),
        ("--force-level-1", PlanOrder.ForceLevelOne, "Order level 1, even where a full is due."),
        ("--force-bump", PlanOrder.ForceBump, "Order the next level, whatever it saves."),
        ("--forbid-bump", PlanOrder.ForbidBump, "Order the same level again, whatever the next would save."),
        ("--no-order", PlanOrder.None, "Take an order back."),
    ];

    private readonly List<(Option<string?> Option, PlanOrder Order)> _orders = [];

    private readonly Option<string?> _client = new("--client")
    {
        Description = "With an order: one client of the policy only. Default: all.",
        HelpName = "client",
    };

    private PlanOrderOptions()
    {
    }

    /// <summary>Adds them.</summary>
    public static PlanOrderOptions AddTo(Command command)
    {
        var options = new PlanOrderOptions();
        foreach (var (name, order, effect) in Known)
        {
            var option = new Option<string?>(name) { Description = effect, HelpName = "policy" };
            options._orders.Add((option, order));
            command.Add(option);
        }
        command.Add(options._client);
        command.Validators.Add(result =>
        {
            var given = options._orders.Count(each => result.GetValue(each.Option) is not null);
            if (given > 1) result.AddError("Give one order at a time.");
            if (given == 0 && result.GetValue(options._client) is not null)
                result.AddError("--client goes with an order, as --force-full.");
        });
        return options;
    }

    /// <summary>What is ordered; null: nothing.</summary>
    public OrderPlan? Read(ParseResult parsed)
    {
        var client = parsed.GetValue(_client) is { } name ? new ClientName(name) : (ClientName?)null;
        foreach (var (option, order) in _orders)
            if (parsed.GetValue(option) is { } policy)
                return new OrderPlan(RequestId.New(), new PolicyName(policy), order, client);
        return null;
    }

    /// <summary>What an order is called.</summary>
    public static string WordOf(PlanOrder order) =>
        Known.First(each => each.Order == order).Name.TrimStart('-').Replace('-', ' ');
}
