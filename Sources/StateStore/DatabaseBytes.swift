import FoundationEssentials
import GRDB

/// Bytes as a BLOB column holds them, an empty one included.
struct DatabaseBytes: DatabaseValueConvertible, Sequence {
    private let data: Data

    init(_ bytes: [UInt8]) { data = Data(bytes) }

    var databaseValue: DatabaseValue { data.databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> DatabaseBytes? {
        Data.fromDatabaseValue(value).map { DatabaseBytes(Array($0)) }
    }

    func makeIterator() -> Data.Iterator { data.makeIterator() }
}
