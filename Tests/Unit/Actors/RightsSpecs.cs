using Backup.Actors.Gateway;
using Backup.Host.Operations;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Unit.CommandLine;
using Xunit;

namespace Backup.Tests.Unit.Actors;

/// <summary>
/// Every operation, asked at a director, at the client whose things they are, at another and by no member.
/// </summary>
public sealed class RightsSpecs
{
    private static readonly ClientName Own = new("web1");
    private static readonly ClientName Other = new("web2");
    private static readonly OneClientsThings Owners = new(Own);

    /// <summary>Whether the client of job, image and policy may, and whether another one; lists are of its own.</summary>
    private static readonly Dictionary<string, (bool Own, bool Other)> Rows = new()
    {
        ["run-policy"] = (true, false),
        ["preview-run"] = (true, false),
        ["rerun-job"] = (true, false),
        ["cancel-job"] = (true, false),
        ["list-jobs"] = (true, true),
        ["show-job"] = (true, false),
        ["list-exceptions"] = (true, false),
        ["list-images"] = (true, true),
        ["list-files"] = (true, false),
        ["find-files"] = (true, true),
        ["list-versions"] = (true, true),
        ["diff-images"] = (true, false),
        ["restore-files"] = (true, false),
        ["verify-image"] = (true, false),
        ["verify-policy"] = (true, false),
        ["merge-image"] = (false, false),
        ["copy-images"] = (false, false),
        ["migrate-images"] = (false, false),
        ["scrub-media"] = (false, false),
        ["heal-copies"] = (false, false),
        ["flush-spool"] = (false, false),
        ["vault-volumes"] = (false, false),
        ["show-vault"] = (false, false),
        ["list-volumes"] = (false, false),
        ["list-clients"] = (true, true),
        ["show-schedule"] = (true, true),
        ["estimate-policy"] = (true, false),
        ["show-estimate"] = (true, false),
        ["show-plan"] = (false, false),
        ["order-plan"] = (false, false),
        ["show-retention"] = (false, false),
        ["run-retention"] = (false, false),
        ["mark-image"] = (true, false),
        ["update-volume"] = (false, false),
        ["list-requests"] = (false, false),
        ["assign-request"] = (false, false),
        ["scan-library"] = (false, false),
        ["check-catalog"] = (false, false),
        ["label-volume"] = (false, false),
        ["label-volumes"] = (false, false),
        ["mount-volume"] = (false, false),
        ["unmount-drive"] = (false, false),
        ["take-inventory"] = (false, false),
        ["import-volumes"] = (false, false),
        ["export-volumes"] = (false, false),
        ["move-volume"] = (false, false),
        ["set-drive"] = (false, false),
        ["clean-drive"] = (false, false),
        ["show-object"] = (true, false),
        ["show-status"] = (true, true),
        ["reload-configuration"] = (false, false),
    };

    public static TheoryData<string> Operations => new(OperationTable.All.Select(operation => operation.Name));

    [Theory]
    [MemberData(nameof(Operations))]
    public void Each_operation_is_allowed_where_its_row_says(string operation)
    {
        Assert.True(Rows.TryGetValue(operation, out var row), $"{operation} has no row: who may ask for it?");
        var request = OperationTable.Find(operation)!.Example;

        Assert.True(May(request, Own, "director"));
        Assert.True(May(request, null, "storage"));
        Assert.True(May(request, Own, "client", "storage"));
        Assert.Equal(row.Own, May(request, Own, "client"));
        Assert.Equal(row.Other, May(request, Other, "client"));
        Assert.False(May(request, Own));
        Assert.False(May(request, null, "client"));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void All_is_what_a_director_may_and_nothing_but_the_state_of_the_node_needs_no_right(string operation)
    {
        var request = OperationTable.Find(operation)!.Example;

        Assert.Null(Check(request, Other, ClientRights.All, "client"));
        Assert.Equal(request is ShowStatus, Check(request, Own, ClientRights.None, "client") is null);
    }

    [Theory]
    [InlineData(ClientRights.Run, true, false, false)]
    [InlineData(ClientRights.Restore, false, true, false)]
    [InlineData(ClientRights.Browse, false, false, true)]
    public void Each_right_is_for_itself(ClientRights may, bool run, bool restore, bool browse)
    {
        Assert.Equal(run, Check(Example("run-policy"), Own, may, "client") is null);
        Assert.Equal(restore, Check(Example("restore-files"), Own, may, "client") is null);
        Assert.Equal(browse, Check(Example("list-files"), Own, may, "client") is null);
    }

    [Fact]
    public void What_names_another_client_is_refused()
    {
        var restore = (RestoreFiles)Example("restore-files");
        IRequest[] requests =
        [
            new RunPolicy(RequestId.New(), new PolicyName("nightly"), Other),
            new RunPolicy(RequestId.New(), new PolicyName("unnamed"), Own),
            new RunPolicy(RequestId.New(), new PolicyName("nightly"), Own, ToPool: new PoolName("other")),
            new PreviewRun(new PolicyName("nightly"), Own, ToPool: new PoolName("other")),
            new RunPolicy(RequestId.New(), new PolicyName("nightly"), Own, CopyTo: [new PoolName("other")]),
            new RunPolicy(RequestId.New(), new PolicyName("nightly"), Own, SelectBy: SelectBy.ModificationTimes),
            new RunPolicy(RequestId.New(), new PolicyName("nightly"), Own, Messages: "none"),
            new RunPolicy(RequestId.New(), new PolicyName("nightly"), Own, Spool: SpoolUse.None),
            restore with { Client = Other },
            restore with { Image = "latest", Source = Other },
            new ListImages(Client: Other), new ListVersions("/etc", Other),
        ];

        Assert.All(requests, request => Assert.False(May(request, Own, "client")));
        Assert.True(May(restore with { Image = "latest", AsOf = Replies.Moment }, Own, "client"));
    }

    [Fact]
    public void A_client_may_compare_its_disk_and_not_say_what_it_is_compared_with()
    {
        var compare = new VerifyPolicy(RequestId.New(), new PolicyName("nightly"), Own, State: StateUse.Compare);

        Assert.True(May(compare, Own, "client"));
        Assert.False(May(compare with { State = StateUse.Record }, Own, "client"));
        Assert.True(May(compare with { State = StateUse.Record }, Own, "director"));
    }

    [Fact]
    public void A_client_looks_at_what_is_its_own_and_not_at_drives()
    {
        bool Shows(ClientName by, ObjectKind kind, string name) => May(new ShowObject(kind, name), by, "client");

        Assert.True(Shows(Own, ObjectKind.Job, "12"));
        Assert.False(Shows(Other, ObjectKind.Job, "12"));
        Assert.True(Shows(Own, ObjectKind.Policy, "nightly"));
        Assert.False(Shows(Other, ObjectKind.Policy, "nightly"));
        Assert.False(May(new ShowObject(ObjectKind.Policy, "nightly", Client: Other), Own, "client"));
        foreach (var kind in (ObjectKind[])[ObjectKind.Drive, ObjectKind.Library, ObjectKind.FileSet])
            Assert.False(Shows(Own, kind, "tapes/0"));
    }

    [Fact]
    public void The_latest_image_is_the_clients_own()
    {
        Assert.Equal("newest-of-web1",
            ((ListFiles)Rights.Narrow(Own, new ListFiles("latest"), Owners)).Image);
        Assert.False(May(new ListFiles("latest"), Other, "client"));
    }

    [Fact]
    public void Lists_hold_what_is_the_clients_own()
    {
        var job = Replies.Job();
        var jobs = new JobList([job, job with { Client = Other }, job]);
        var status = (NodeStatus)Replies.Answer(new ShowStatus());

        Assert.Equal([job], ((JobList)Rights.Own(Own, new ListJobs(1), jobs, Owners)).Jobs);
        Assert.Empty(((JobList)Rights.Own(new ClientName("web3"), new ListJobs(), jobs, Owners)).Jobs);
        Assert.Empty(((NodeStatus)Rights.Own(Other, new ShowStatus(), status, Owners)).Jobs!);
        Assert.Empty(((NodeStatus)Rights.Own(Own, new ShowStatus(), status, Owners)).Drives);
        Assert.Empty(((ClientList)Rights.Own(
            Other, new ListClients(), Replies.Answer(new ListClients()), Owners)).Clients);
        var shown = (ScheduleShown)Rights.Own(
            Other, new ShowSchedule(), Replies.Answer(new ShowSchedule()), Owners);
        Assert.Empty(shown.Past.Concat(shown.Coming));
    }

    /// <summary>Before the limit cuts: else a client would find less than there is.</summary>
    [Fact]
    public void Files_are_sought_in_the_clients_own_images_alone()
    {
        Assert.Equal(new FindFiles("x", Client: Own), Rights.Narrow(Own, new FindFiles("x"), Owners));
        Assert.True(May(new FindFiles("x"), Own, "client"));
        Assert.False(May(new FindFiles("x", Client: Other), Own, "client"));
        Assert.False(May(new FindFiles("x", "some image"), Other, "client"));
    }

    [Fact]
    public void A_run_of_a_schedule_names_the_clients_own_jobs_alone()
    {
        var run = new ScheduledRun(
            new PolicyName("nightly"), DateTimeOffset.UnixEpoch, "started", null, "daily", null, [new JobId(1)],
            "5 min late: it was missed; Client web2 is left out: job 8 of the same policy had not ended.");
        var shown = new ScheduleShown([run], [], []);

        Assert.Equal([run with { Note = "5 min late: it was missed" }],
            ((ScheduleShown)Rights.Own(Own, new ShowSchedule(), shown, Owners)).Past,
            (one, other) => one.Note == other.Note && one.Jobs.SequenceEqual(other.Jobs));
        var others = new OneClientsThings(Own, new OwnedJob(Other, JobKind.Backup));
        Assert.Empty(
            Assert.Single(((ScheduleShown)Rights.Own(Own, new ShowSchedule(), shown, others)).Past).Jobs);
    }

    [Fact]
    public void A_node_that_is_not_known_yet_may_ask_again_and_one_that_may_not_is_told_so()
    {
        Assert.Equal(RefusalCode.Unavailable, Check(new ShowStatus(), Own, ClientRights.Usual)!.Code);
        Assert.Equal(RefusalCode.Unavailable, Check(new ShowStatus(), null, ClientRights.Usual, "client")!.Code);
        Assert.Equal(
            RefusalCode.Forbidden,
            Check(new RunPolicy(RequestId.New(), new PolicyName("nightly")), Own, ClientRights.None, "client")!.Code);
    }

    private static IRequest Example(string operation) => OperationTable.Find(operation)!.Example;

    private static bool May(IRequest request, ClientName? client, params string[] roles) =>
        Check(request, client, ClientRights.Usual, roles) switch
        {
            null => true,
            { Code: RefusalCode.Forbidden or RefusalCode.Unavailable } => false,
            var other => throw new InvalidOperationException($"{other}"),
        };

    private static Refused? Check(IRequest request, ClientName? client, ClientRights may, params string[] roles)
    {
        var narrowed = client is { } own && Rights.AsksAsClient(roles) ? Rights.Narrow(own, request, Owners) : request;
        return Rights.Check(new Asker(new NodeName("n"), client), roles, narrowed, may, Owners);
    }

    [Theory]
    [InlineData(JobKind.Backup, ClientRights.Run, true)]
    [InlineData(JobKind.Restore, ClientRights.Run, false)]
    [InlineData(JobKind.Restore, ClientRights.Restore, true)]
    [InlineData(JobKind.Verify, ClientRights.Run, false)]
    [InlineData(JobKind.Merge, ClientRights.Run | ClientRights.Restore | ClientRights.Browse, false)]
    [InlineData(JobKind.Estimate, ClientRights.Run, true)]
    [InlineData(JobKind.Admin, ClientRights.Run, true)]
    [InlineData(JobKind.Admin, ClientRights.Restore | ClientRights.Browse, false)]
    public void A_job_is_done_again_by_the_right_that_it_needed_first(JobKind kind, ClientRights may, bool allowed) =>
        Assert.Equal(allowed, Rights.Check(
            new Asker(new NodeName("c1"), Own), ["client"], new RerunJob(RequestId.New(), new JobId(1)), may,
            new OneClientsThings(Own, kind)) is null);

    [Theory]
    [InlineData(JobKind.Restore)]
    [InlineData(JobKind.Verify)]
    public void What_reads_the_image_of_another_client_is_not_done_again_by_the_one_that_it_served(JobKind kind)
    {
        var again = new RerunJob(RequestId.New(), new JobId(1));
        bool Allowed(ClientName? source) => Rights.Check(
            new Asker(new NodeName("c1"), Own), ["client"], again, ClientRights.Usual,
            new OneClientsThings(Own, new OwnedJob(Own, kind, Source: source))) is null;

        Assert.True(Allowed(Own));
        Assert.False(Allowed(Other)); // a director restored it there
        Assert.False(Allowed(null));
    }

    [Theory]
    [InlineData(JobKind.Backup)]
    [InlineData(JobKind.Estimate)]
    [InlineData(JobKind.Admin)]
    public void A_policy_that_does_not_name_the_client_any_more_is_not_run_again_by_it(JobKind kind)
    {
        var again = new RerunJob(RequestId.New(), new JobId(1));
        bool Allowed(string policy) => Rights.Check(
            new Asker(new NodeName("c1"), Own), ["client"], again, ClientRights.Usual,
            new OneClientsThings(Own, new OwnedJob(Own, kind, new PolicyName(policy)))) is null;

        Assert.True(Allowed("nightly"));
        Assert.False(Allowed("weekly"));
    }

    /// <summary>Every job and image is of one client, and policy `nightly` names it.</summary>
    private sealed class OneClientsThings(ClientName all, OwnedJob? job = null) : IOwners
    {
        public OneClientsThings(ClientName all, JobKind kind)
            : this(all, new OwnedJob(all, kind, new PolicyName("nightly"), all))
        {
        }

        public OwnedJob? JobOf(JobId asked) =>
            job ?? new OwnedJob(all, JobKind.Backup, new PolicyName("nightly"), all);

        public ClientName? OfImage(string word) => all;

        public string? NewestOf(ClientName client) => client == all ? $"newest-of-{client}" : null;

        public bool Names(PolicyName policy, ClientName client) => policy.Value == "nightly" && client == all;
    }
}
