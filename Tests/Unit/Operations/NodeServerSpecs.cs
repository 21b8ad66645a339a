using System.Net;
using System.Net.Sockets;
using System.Text;
using Backup.Host;
using Backup.Host.Http;
using Backup.Host.Operations;
using Backup.Host.Service;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Tests.Unit.CommandLine;
using Xunit;

namespace Backup.Tests.Unit.Operations;

public sealed class NodeServerSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("socket-").FullName;

    private static NodeHealth Health => new(TimeProvider.System);

    private string Socket => Path.Combine(_folder, "backup.sock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_operation_is_asked_and_answered_through_the_socket()
    {
        var node = new ScriptedNode(Replies.Answer);
        await using var server = await NodeServer.Start(node, Socket, Health);
        await using var connection = new HttpNodeConnection(Socket);
        foreach (var operation in OperationTable.All)
        {
            var reply = await connection.Ask(operation.Example, CancellationToken.None);

            Assert.Contains(reply.GetType(), operation.Replies);
            Assert.Equal(WireJson.Line(Replies.Answer(operation.Example)), WireJson.Line(reply));
            Assert.IsType(operation.Request, node.Asked[^1]);
        }
    }

    [Theory]
    [InlineData(RefusalCode.BadRequest, HttpStatusCode.BadRequest)]
    [InlineData(RefusalCode.NotFound, HttpStatusCode.NotFound)]
    [InlineData(RefusalCode.Conflict, HttpStatusCode.Conflict)]
    [InlineData(RefusalCode.Unavailable, HttpStatusCode.ServiceUnavailable)]
    [InlineData(RefusalCode.Forbidden, HttpStatusCode.Forbidden)]
    public async Task A_refusal_has_its_status_and_is_an_answer(RefusalCode code, HttpStatusCode status)
    {
        var refused = new Refused(code, "No.");
        await using var server = await NodeServer.Start(new ScriptedNode(_ => refused), Socket, Health);
        await using var connection = new HttpNodeConnection(Socket);

        Assert.Equal(refused, await connection.Ask(new ListVolumes(), CancellationToken.None));
        Assert.Equal((status, WireJson.Line(refused) + "\n"), await Post("list-volumes", "{}"));
    }

    [Theory]
    [InlineData("show-job", "{}", HttpStatusCode.BadRequest)]
    [InlineData("show-job", "{\"job\":1,\"jbo\":2}", HttpStatusCode.BadRequest)]
    [InlineData("show-job", "", HttpStatusCode.BadRequest)]
    [InlineData("show-jbo", "{}", HttpStatusCode.NotFound)]
    public async Task What_is_no_request_is_refused_before_the_node_is_asked(
        string name, string body, HttpStatusCode status)
    {
        var node = new ScriptedNode(Replies.Answer);
        await using var server = await NodeServer.Start(node, Socket, Health);

        Assert.Equal(status, (await Post(name, body)).Status);

        Assert.Empty(node.Asked);
    }

    [Fact]
    public async Task The_node_is_told_which_user_of_the_machine_asks()
    {
        var node = new ScriptedNode(Replies.Answer);
        await using var server = await NodeServer.Start(node, Socket, Health);
        await using var connection = new HttpNodeConnection(Socket);

        await connection.Ask(new ListVolumes(), CancellationToken.None);

        Assert.Equal([Environment.UserName], node.Users);
    }

    [Fact]
    public async Task Only_the_owner_may_open_the_socket_and_it_goes_with_the_server()
    {
        await using (await NodeServer.Start(new ScriptedNode(Replies.Answer), Socket, Health))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Socket));
            Assert.True(await HttpNodeConnection.Answers(Socket, CancellationToken.None));
        }

        Assert.False(File.Exists(Socket));
        Assert.False(await HttpNodeConnection.Answers(Socket, CancellationToken.None));
    }

    [Fact]
    public async Task A_socket_that_a_killed_node_left_does_not_answer_and_is_taken_over()
    {
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            killed.Bind(new UnixDomainSocketEndPoint(Socket));
        Assert.False(await HttpNodeConnection.Answers(Socket, CancellationToken.None));

        await using var server = await NodeServer.Start(new ScriptedNode(Replies.Answer), Socket, Health);

        Assert.True(await HttpNodeConnection.Answers(Socket, CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_server_the_connection_says_so()
    {
        await using var connection = new HttpNodeConnection(Socket);

        var gone =
            await Assert.ThrowsAsync<NodeUnreachableException>(() =>
                connection.Ask(new ListVolumes(), CancellationToken.None));

        Assert.Contains(Socket, gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_runs_one_job_alone_lets_others_look_cancel_and_give_it_volumes_and_start_nothing()
    {
        await using var solo = new SoloDoor(new ScriptedNode(Replies.Answer));

        foreach (var operation in OperationTable.All)
        {
            var refused = operation.Permission != Permission.Read
                && operation.Example is not (CancelJob or IMediaRequest);
            Assert.Equal(refused,
                await solo.Ask(operation.Example, CancellationToken.None) is Refused { Code: RefusalCode.Conflict });
        }
    }

    private async Task<(HttpStatusCode Status, string Body)> Post(string name, string body)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(new Uri($"http://node/v1/operations/{name}"), content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
