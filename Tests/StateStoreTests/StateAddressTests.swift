import StateStore
import Testing

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
        #expect(Array(address.path.utf8) == Array(path.utf8))
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
        #expect(error.message.hasSuffix("is not of the form sqlite:PATH"))
        #expect(error.message.utf8.count < 300)
    }

    @Test(
        "ZooKeeper is refused in words of its own",
        arguments: ["zk://", "zk://a:2181,b:2181/dcos-service-understudy"]
    )
    func zooKeeper(_ text: String) throws {
        let error = try #require(throws: StateStoreError.self) { try StateAddress(text) }
        #expect(error.code == .badAddress)
        #expect(error.message == "\(text): ZooKeeper is not in this version; use sqlite:PATH")
    }
}
