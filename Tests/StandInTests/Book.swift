import CQL
import Foundation

@testable import StandIn

/// A fresh engine with a keyspace and a table of guests.
final class Book {
    let directory = FileManager.default.temporaryDirectory.path + "/engine-" + UUID().uuidString
    let engine: Engine
    var keyspace: String?

    init() throws {
        try StandInDatabase.initialise(directory: directory, identity: StandInIdentity(clusterName: "guestbook"))
        let path = "\(directory)/data/system/stand-in.sqlite"
        engine = try Engine(try RowStore(path: path, isNew: false), now: { 1_795_600_000_123 })
        try run("CREATE KEYSPACE g WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        try run("USE g")
        try run(
            """
            CREATE TABLE guests (book text, signed timestamp, id uuid, name text, visits int, tags set<text>,
                PRIMARY KEY (book, signed, id)) WITH CLUSTERING ORDER BY (signed DESC, id ASC)
            """
        )
    }

    deinit {
        engine.store.close()
        try? FileManager.default.removeItem(atPath: directory)  // what stays is in the system's directory for it
    }

    @discardableResult
    func run(_ statement: String, _ values: [CQLValue?] = []) throws -> [[String]] {
        let bound = values.map { $0.map { BoundValue.bytes($0.bytes) } ?? .null }
        let parameters = QueryParameters(values: .positional(bound))
        guard case .rows(let rows) = try engine.query(statement, parameters, using: &keyspace) else { return [] }
        return try rows.texts()
    }

    /// The code and the words of a refusal; nil when it was none.
    func refusal(_ statement: String) throws -> ErrorMessage? {
        do {
            try run(statement)
            return nil
        } catch let error as ErrorMessage {
            return error
        }
    }
}
