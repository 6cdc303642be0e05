import StateStore
import StateStoreKit
import Testing
import ZooKeeper
import ZooKeeperServer

@Suite("A state in ZooKeeper keeps the contract of all stores", .withZooKeeper, .timeLimit(.minutes(6)))
struct ZooKeeperContractTests {
    @Test("every rule of it", arguments: StateStoreRule.all)
    func rule(_ rule: StateStoreRule) async throws {
        let servers = try WithZooKeeper.server.address
        let path = "/dcos-service-\(UInt64.random(in: .min ... .max))"
        try await rule.check(
            StateMedium {
                let session = try ZooKeeperSession(servers: servers, timeout: .seconds(10), credentials: nil)
                return ZooKeeperStateStore(session: session, path: path)
            }
        )
    }
}
