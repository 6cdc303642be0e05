@testable import Mesos
import Model
import Testing
import ZooKeeper

@Suite("Master addresses")
struct MasterAddressTests {
    @Test("addresses are read with and without a scheme, one or several")
    func reads() throws {
        let plain = MasterAddress(host: "10.0.0.1", port: 5050)
        #expect(try MasterAddress.list("10.0.0.1:5050") == [plain])
        #expect(try MasterAddress.list("http://10.0.0.1:5050") == [plain])
        #expect(try MasterAddress.list("http://10.0.0.1:5050/,10.0.0.1:5050") == [plain])
        #expect(
            try MasterAddress.list("https://leader.mesos:443,[::1]:5050").map(\.description) == [
                "https://leader.mesos:443", "http://[::1]:5050",
            ]
        )
    }

    @Test(
        "what is no address is refused by name",
        arguments: [
            "", ",", "host", "host:", ":5050", "host:0", "host:65536", "host:5050/path", "ftp://host:21", "a b:1",
            "a:+1",
            "user@host:5050", "host:5050,", "::1:5050", "[::1]", "[host]:5050", "http:///:1", "host:５０５０",
        ]
    )
    func refuses(text: String) {
        #expect { try MasterAddress.list(text) } throws: { ($0 as? MesosError)?.code == .badAddress }
    }

    @Test("zk:// with servers and a path is a place in ZooKeeper, anything else a list")
    func places() throws {
        let ensemble = try ZooKeeperAddress("zk://10.0.0.1:2181,10.0.0.2:2181/mesos")
        #expect(try MasterPlace("zk://10.0.0.1,10.0.0.2:2181/mesos") == .zooKeeper(ensemble))
        #expect(try MasterPlace("a:1,b:2") == .named([.init(host: "a", port: 1), .init(host: "b", port: 2)]))
    }

    @Test(
        "a place that cannot be one is refused, and what may be a password is not repeated",
        arguments: [
            ("zk://10.0.0.1:2181", "mostly /mesos"), ("zk://10.0.0.1:2181/", "a path is"),
            ("zk://user:s3cret@10.0.0.1:2181/mesos", "no credentials in it"),
            ("http://user:s3cret@10.0.0.1:5050", "no credentials in it"), ("zk://a:0/mesos", "servers are"),
            ("zk://a:1/mesos,b:1/mesos", "a path is"),
        ]
    )
    func refusesPlaces(text: String, words: String) throws {
        let error = try #require(throws: MesosError.self) { try MasterPlace(text) }
        #expect(error.code == .badAddress && error.message.contains(words), "\(error)")
        #expect(!error.message.contains("s3cret"))
    }

    @Test("a redirect without a scheme keeps ours, and one without a path keeps the usual path")
    func redirects() throws {
        let from = Endpoint(master: MasterAddress(secure: true, host: "a", port: 443))
        #expect(
            try from.redirected(to: "//127.0.0.1:5050/master/api/v1/scheduler").description
                == "https://127.0.0.1:5050/master/api/v1/scheduler"
        )
        #expect(try from.redirected(to: "//b:1").description == "https://b:1/api/v1/scheduler")
        #expect(try from.redirected(to: "//b:1/").description == "https://b:1/api/v1/scheduler")
        let plain = Endpoint(master: MasterAddress(host: "a", port: 80))
        #expect(try plain.redirected(to: "https://b:1/x").description == "https://b:1/x")
    }

    @Test(
        "a redirect that cannot be read, or leads from https to http, is refused",
        arguments: [
            nil, "", "/x", "b:1", "http://b:1/x", "//b", "//b:1/a b", "//b:1/\r\nX: y", "//u@b:1/", "file://b:1/",
        ]
    )
    func badRedirects(location: String?) {
        let from = Endpoint(master: MasterAddress(secure: true, host: "a", port: 443))
        #expect { try from.redirected(to: location) } throws: { ($0 as? MesosError)?.code == .badRedirect }
    }

    @Test("the wait doubles to its longest, and lies between half the ceiling and the ceiling")
    func backoff() {
        let backoff = Backoff()
        #expect(
            (1...8).map { backoff.wait(beforeAttempt: $0, random: 1).milliseconds } == [
                0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000,
            ]
        )
        #expect(backoff.wait(beforeAttempt: 4, random: 0) == .seconds(1))
        #expect(backoff.wait(beforeAttempt: .max, random: .nan) == .milliseconds(7_500))
    }
}
