#nullable disable
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using Xunit;

namespace Akka.Conformance
{
    [Collection("Remote")]
    public class RemoteMessagingSpec : RemoteKit
    {
        [Fact]
        public async Task Port_zero_is_replaced_by_the_real_one_and_the_address_reaches_the_system()
        {
            var (a, b) = (Remoting("left"), Remoting("right"));
            var address = AddressOf(b);
            Assert.Equal(("akka.tcp", "right", "127.0.0.1"), (address.Protocol, address.System, address.Host));
            Assert.InRange(address.Port ?? 0, 1024, 65535);
            Echo(b);
            Assert.Equal("hello", await Soon(a.ActorSelection($"akka.tcp://right@127.0.0.1:{address.Port}/user/echo").Ask<string>("hello")));
        }

        [Fact]
        public async Task Tell_Ask_and_reply_cross_the_wire_and_a_ref_in_a_message_can_be_told()
        {
            var (a, b) = (Remoting("left", Hyperion), Remoting("right", Hyperion));
            Listen(b, "service", on: (m, sender, self) =>
            {
                if (m is Request r) { r.ReplyTo.Tell(new Answer(r.Id, self)); sender.Tell("accepted", self); }
            });
            var inbox = Listen(a);
            var service = await Resolve(a, b, "/user/service");
            Assert.Equal(AddressOf(b), service.Path.Address);
            Assert.Equal("accepted", await Soon(service.Ask<string>(new Request(7, inbox.Ref))));
            await Eventually(() => inbox.Messages.Count == 1);
            var answer = inbox.Of<Answer>().Single();
            Assert.Equal(7, answer.Id);
            Assert.Equal(service, answer.From);
            // the ref that came back is of use itself
            Assert.Equal("accepted", await Soon(answer.From.Ask<string>(new Request(8, inbox.Ref))));
        }

        public sealed record Request(int Id, IActorRef ReplyTo);
        public sealed record Answer(int Id, IActorRef From);

        [Fact]
        public async Task A_local_ref_that_travelled_there_and_back_is_the_local_ref_again()
        {
            var (a, b) = (Remoting("left", Hyperion), Remoting("right", Hyperion));
            Echo(b);
            var mine = Listen(a, "mine");
            var back = await Soon((await Resolve(a, b, "/user/echo")).Ask<Answer>(new Answer(1, mine.Ref)));
            Assert.Equal(mine.Ref, back.From);
            Assert.True(string.IsNullOrEmpty(back.From.Path.Address.Host));
        }

        [Fact]
        public async Task Messages_of_one_sender_arrive_in_order_and_none_is_lost_while_the_link_holds()
        {
            var (a, b) = (Remoting("left"), Remoting("right"));
            var inbox = Listen(b, "sink");
            var sink = await Resolve(a, b, "/user/sink");
            for (var i = 0; i < 20000; i++) sink.Tell(i);
            await Eventually(() => inbox.Of<int>().Count() == 20000);
            Assert.Equal(Enumerable.Range(0, 20000), inbox.Of<int>());
        }

        [Fact]
        public async Task Identify_answers_with_the_ref_or_with_null_and_ResolveOne_fails_for_nobody()
        {
            var (a, b) = (Remoting("left"), Remoting("right"));
            Echo(b);
            var found = await Soon(a.ActorSelection(PathAt(b, "/user/echo")).Ask<ActorIdentity>(new Identify("id-1")));
            Assert.Equal("id-1", found.MessageId);
            Assert.Equal("echo", found.Subject.Path.Name);
            var none = await Soon(a.ActorSelection(PathAt(b, "/user/nobody")).Ask<ActorIdentity>(new Identify("id-2")));
            Assert.Null(none.Subject);
            await Assert.ThrowsAsync<ActorNotFoundException>(() => Soon(a.ActorSelection(PathAt(b, "/user/nobody")).ResolveOne(TimeSpan.FromSeconds(3))));
        }

        [Fact]
        public async Task Telling_a_dead_peer_throws_nothing_and_asking_it_times_out()
        {
            var (a, b) = (Remoting("left"), Remoting("right"));
            Echo(b);
            var remote = await Resolve(a, b, "/user/echo");
            await b.Terminate();
            for (var i = 0; i < 100; i++) remote.Tell(i);
            await Assert.ThrowsAsync<AskTimeoutException>(() => Soon(remote.Ask<string>("hello", TimeSpan.FromMilliseconds(600))));
            a.ActorSelection("akka.tcp://nobody@127.0.0.1:1/user/x").Tell("lost");
            await Assert.ThrowsAnyAsync<Exception>(() => Soon(a.ActorSelection("akka.tcp://nobody@127.0.0.1:1/user/x").ResolveOne(TimeSpan.FromMilliseconds(600))));
        }

        [Fact]
        public async Task A_system_that_comes_back_on_its_port_is_reached_by_path_but_an_old_ref_stays_dead()
        {
            var a = Remoting("left", "akka.remote.retry-gate-closed-for = 500ms");
            var b = Remoting("right");
            var port = AddressOf(b).Port.Value;
            Echo(b);
            var old = await Resolve(a, b, "/user/echo");
            var oldUid = AddressUidExtension.Uid(b);
            Assert.Equal("1", await Soon(old.Ask<string>("1")));
            await b.Terminate();
            var again = Remoting("right", port: port);
            Echo(again);
            Assert.Equal(AddressOf(b), AddressOf(again));
            Assert.NotEqual(oldUid, AddressUidExtension.Uid(again));
            string answer = null;
            for (var i = 0; i < 20 && answer == null; i++)
            {
                try { answer = await a.ActorSelection(PathAt(again, "/user/echo")).Ask<string>("2", TimeSpan.FromMilliseconds(500)); }
                catch (AskTimeoutException) { }
            }
            Assert.Equal("2", answer);
            var fresh = await Resolve(a, again, "/user/echo");
            Assert.Equal(old.Path.ToStringWithAddress(), fresh.Path.ToStringWithAddress());
            Assert.NotEqual(old.Path.Uid, fresh.Path.Uid);
            Assert.NotEqual(old, fresh);
            await Assert.ThrowsAsync<AskTimeoutException>(() => old.Ask<string>("3", TimeSpan.FromMilliseconds(600)));
        }

        [Fact]
        public async Task A_message_larger_than_the_frame_is_dropped_and_the_link_goes_on()
        {
            const string small = "akka.remote.dot-netty.tcp.maximum-frame-size = 64000b\n";
            var (a, b) = (Remoting("left", small), Remoting("right", small));
            var inbox = Listen(b, "sink");
            var sink = await Resolve(a, b, "/user/sink");
            sink.Tell("before");
            sink.Tell(new byte[200_000]);
            sink.Tell("after");
            await Eventually(() => inbox.Messages.Count == 2);
            Assert.Equal(new object[] { "before", "after" }, inbox.Messages);
        }

        [Fact]
        public async Task The_default_frame_lets_100_KB_through_and_a_larger_setting_more()
        {
            var (a, b) = (Remoting("left"), Remoting("right"));
            var inbox = Listen(b, "sink");
            (await Resolve(a, b, "/user/sink")).Tell(new byte[100_000]);
            await Eventually(() => inbox.Of<byte[]>().Any(x => x.Length == 100_000));

            const string big = "akka.remote.dot-netty.tcp { maximum-frame-size = 4000000b, send-buffer-size = 4000000b, receive-buffer-size = 4000000b }\n";
            var (c, d) = (Remoting("bigleft", big), Remoting("bigright", big));
            inbox = Listen(d, "sink");
            (await Resolve(c, d, "/user/sink")).Tell(new byte[3_000_000]);
            await Eventually(() => inbox.Of<byte[]>().Any(x => x.Length == 3_000_000));
        }

        [Fact]
        public async Task With_TLS_two_systems_talk_and_one_without_it_is_not_let_in()
        {
            using var rsa = RSA.Create(2048);
            var request = new CertificateRequest("CN=conformance", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            var file = System.IO.Path.Combine(System.IO.Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".pfx");
            System.IO.File.WriteAllBytes(file, certificate.Export(X509ContentType.Pfx, "secret"));
            try
            {
                var tls = $@"akka.remote.dot-netty.tcp {{
                    enable-ssl = true
                    ssl {{ suppress-validation = true, certificate {{ path = ""{file}"", password = ""secret"" }} }}
                }}
                ";
                var (a, b) = (Remoting("left", tls), Remoting("right", tls));
                Echo(b);
                Assert.Equal("akka.ssl.tcp", AddressOf(b).Protocol);
                Assert.Equal("hello", await Soon((await Resolve(a, b, "/user/echo")).Ask<string>("hello")));
                var plain = Remoting("plain");
                var e = await Record.ExceptionAsync(() => Soon(plain.ActorSelection($"akka.tcp://right@127.0.0.1:{AddressOf(b).Port}/user/echo").Ask<string>("hi", TimeSpan.FromSeconds(1))));
                Assert.IsType<AskTimeoutException>(e);
            }
            finally { System.IO.File.Delete(file); }
        }
    }
}
