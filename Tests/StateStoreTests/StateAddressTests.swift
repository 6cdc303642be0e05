import StateStore
import Testing
import ZooKeeper

@Suite("Where the state is kept")
struct StateAddressTests {
    @Test(
        "sqlite: and a path, taken as it is",
        arguments: [
            "state.db", "/var/lib/understudy/state.db", "///x", ":memory:", "file:x?mode=memory", " x ", "a b", "é",
            "sqlite:x", "zk://x", "%2F", "\r\n", String(repeating: "x", count: 4_089),
        ]
    )
    func path(_ path: String) throws {
        let address = try StateAddress("sqlite:\(path)")
        #expect(address.place == .sqlite(path: path))
        #expect(Array(address.description.utf8) == Array("sqlite:\(path)".utf8))
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "sqlite", "sqlite:", "SQLite:x", " sqlite:x", "sqlite :x", "state.db", "/state.db", "file:x", "zk:x",
            "sqlite:a\u{0}b", "sqlite:" + String(repeating: "x", count: 4_090),
        ]
    )
    func refused(_ text: String) throws {
        let error = try #require(throws: StateStoreError.self) { try StateAddress(text) }
        #expect(error.code == .badAddress)
        #expect(error.message.utf8.count < 300)
    }

    @Test(
        "zk:// with servers and a path; a port that is left out is ZooKeeper's own",
        arguments: [
            ("zk://a:1/dcos-service-x", "a:1", "/dcos-service-x"),
            ("zk://zk-1.zk:2181,10.0.0.7,b:65535/a/b_c", "zk-1.zk:2181,10.0.0.7:2181,b:65535", "/a/b_c"),
        ]
    )
    func zooKeeper(_ text: String, _ servers: String, _ path: String) throws {
        let address = try ZooKeeperAddress("zk://\(servers)\(path)")
        #expect(try StateAddress(text).place == .zooKeeper(address))
        #expect(address.servers == servers && address.path == path)
        #expect(try StateAddress(StateAddress(text).description) == StateAddress(text))
    }

    @Test(
        "what ZooKeeper would not take, or is not for us, is refused",
        arguments: [
            "zk://", "zk:///a", "zk://a:2181", "zk://a:2181/", "zk://a:2181//b", "zk://a:2181/b/", "zk://a:2181/b/../c",
            "zk://a:2181/.", "zk://a:2181/a b", "zk://a:2181/ä", "zk://a:0/x", "zk://a:65536/x", "zk://a:x/x",
            "zk://a:1:2/x",
            "zk://,/x", "zk://a,/x", "zk://:1/x", "zk://a_b/x", "zk://a/zookeeper/x",
            "zk://a/" + String(repeating: "x", count: 200),
            "zk://" + Array(repeating: "a", count: 17).joined(separator: ",") + "/x", "zk://user:secret@a:2181/x",
        ]
    )
    func badZooKeeper(_ text: String) throws {
        let error = try #require(throws: StateStoreError.self) { try StateAddress(text) }
        #expect(error.code == .badAddress && !error.message.contains("secret") && error.message.utf8.count < 300)
    }
}
