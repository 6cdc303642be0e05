import CQL
import SeededRandom

/// Messages of every kind, by chance: what a test reads back.
struct RandomMessages {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }

    mutating func some<Element>(_ make: (inout Self) -> Element) -> [Element] {
        (0..<Int.random(in: 0...4, using: &random)).map { _ in make(&self) }
    }

    mutating func maybe<Element>(_ make: (inout Self) -> Element) -> Element? {
        Bool.random(using: &random) ? make(&self) : nil
    }

    mutating func text() -> String {
        pick(["", "guestbook", "Zoë", "名前", "a\u{0}b", "\u{1F480}", "x'); DROP TABLE guests"])
    }

    mutating func bytes() -> [UInt8] { some { UInt8.random(in: 0...255, using: &$0.random) } }
    mutating func value() -> BoundValue { pick([.bytes(bytes()), .null, .unset]) }

    mutating func parameters() -> QueryParameters {
        let values: QueryParameters.Values =
            Bool.random(using: &random)
            ? .positional(some { $0.value() })
            // No names are no names: that is what the wire can say.
            : .named([.init(text(), value())] + some { .init($0.text(), $0.value()) })
        var parameters = QueryParameters(consistency: pick(Consistency.allCases), values: values)
        parameters.skipsMetadata = Bool.random(using: &random)
        parameters.pageSize = maybe { Int32.random(in: .min ... .max, using: &$0.random) }
        parameters.pagingState = maybe { $0.bytes() }
        parameters.serialConsistency = maybe { $0.pick([.serial, .localSerial]) }
        parameters.timestamp = maybe { Int64.random(in: .min ... .max, using: &$0.random) }
        return parameters
    }

    mutating func batch() -> Batch {
        let statements = some { messages in
            let source: Batch.Statement.Source = messages.pick([
                .text(messages.text()), .prepared(messages.bytes()),
            ])
            return Batch.Statement(source, values: messages.some { $0.value() })
        }
        var batch = Batch(pick(Batch.Kind.allCases), statements, consistency: pick(Consistency.allCases))
        batch.serialConsistency = maybe { $0.pick([.serial, .localSerial]) }
        batch.timestamp = maybe { Int64.random(in: .min ... .max, using: &$0.random) }
        return batch
    }

    mutating func requests() -> [Request] {
        [
            .startup(["CQL_VERSION": "3.0.0", "DRIVER_NAME": text()]), .options, .query(text(), parameters()),
            .prepare(text()), .execute(bytes(), parameters()), .register(Event.types), .batch(batch()),
            .authResponse(maybe { $0.bytes() }),
        ]
    }

    mutating func type(depth: Int = 0) -> DataType {
        let simple = DataType.simple(pick(DataType.Simple.allCases))
        guard depth < 3 else { return simple }
        let inner = type(depth: depth + 1)
        return pick([
            simple, .list(inner), .set(inner), .map(simple, inner), .tuple([simple, inner]), .custom("org.example.T"),
            .userDefined(keyspace: text(), name: text(), fields: [.init(text(), inner)]),
        ])
    }

    mutating func rows() -> ResultRows {
        let table = (text(), text())
        let isOfOneTable = Bool.random(using: &random)
        let columns = some { messages in
            let owner = isOfOneTable ? table : (messages.text(), messages.text())
            return ResultRows.Column(keyspace: owner.0, table: owner.1, name: messages.text(), type: messages.type())
        }
        let rows = columns.isEmpty ? [] : some { messages in columns.map { _ in messages.maybe { $0.bytes() } } }
        return ResultRows(columns: columns, rows: rows, pagingState: maybe { $0.bytes() })
    }

    mutating func change() -> SchemaChange {
        SchemaChange(
            pick(SchemaChange.Change.allCases),
            pick([
                .keyspace(text()), .table(keyspace: text(), name: text()), .type(keyspace: text(), name: text()),
                .function(keyspace: text(), name: text(), arguments: some { $0.text() }),
                .aggregate(keyspace: text(), name: text(), arguments: some { $0.text() }),
            ])
        )
    }

    mutating func responses(_ version: ProtocolVersion) -> [Response] {
        let description = ResultRows(columns: rows().columns ?? [])
        let keys: [UInt16] = version >= .v4 ? some { UInt16.random(in: 0...9, using: &$0.random) } : []
        let prepared = Response.Prepared(id: bytes(), marks: description, keys: keys, result: description)
        let node = Event.Node(address: pick([[127, 0, 0, 1], Array(repeating: 7, count: 16)]), port: 9_042)
        return [
            .error(ErrorMessage(.syntax, text())),
            .error(ErrorMessage(.unprepared, text(), detail: .unknownID(bytes()))),
            .error(ErrorMessage(.alreadyExists, text(), detail: .existing(keyspace: text(), table: text()))),
            .error(ErrorMessage(.unavailable, text(), detail: .other([0, 1] + bytes()))),
            .ready, .authenticate(text()), .supported(["CQL_VERSION": ["3.4.4", text()]]), .result(.void),
            .result(.rows(rows())), .result(.rows(rows().bare)), .result(.setKeyspace(text())),
            .result(.prepared(prepared)), .result(.schemaChange(change())), .event(.topologyChange("NEW_NODE", node)),
            .event(.statusChange("DOWN", node)), .event(.schemaChange(change())), .authChallenge(maybe { $0.bytes() }),
            .authSuccess(maybe { $0.bytes() }),
        ]
    }
}
