extension SealReport {
    /// One line, written by hand: the helper links no Foundation.
    ///
    /// What would make it longer than ``bytesMax`` is left out of the list of keyspaces.
    public var json: String {
        let list = keyspaces.prefix(Self.keyspacesMax).map { keyspace in
            let complete = keyspace.complete.map { "\($0)" } ?? "null"
            let names = "\"name\":\(Self.quoted(keyspace.name)),\"replication\":\(Self.quoted(keyspace.replication))"
            return "{\(names),\"complete\":\(complete)}"
        }
        let steps = steps.map { step in
            "{\"step\":\(Self.quoted(step.step)),\"milliseconds\":\(step.milliseconds.map { "\($0)" } ?? "null")}"
        }
        let fields = [
            "\"code\":\(code)", "\"fault\":\(Self.quoted(fault))", "\"message\":\(Self.quoted(message))",
            "\"release\":\(Self.quoted(release))", "\"identity\":\(identity.map(Self.object) ?? "null")",
            "\"hostID\":\(Self.quoted(hostID))",
            "\"ring\":\(ring.map { "\($0)" } ?? "null")", "\"keyspaces\":[\(list.joined(separator: ","))]",
            "\"masked\":\(masked)", "\"steps\":[\(steps.joined(separator: ","))]",
        ]
        return "{\(fields.joined(separator: ","))}"
    }

    /// The code of a report that ``json`` wrote; nil for anything else.
    public static func code(of json: [UInt8]) -> Int32? {
        let start = Array("{\"code\":".utf8)
        guard json.starts(with: start) else { return nil }
        return Int32(String(decoding: json.dropFirst(start.count).prefix { $0 != UInt8(ascii: ",") }, as: UTF8.self))
    }

    private static func object(_ identity: CassandraIdentity) -> String {
        let names = "\"clusterName\":\(quoted(identity.clusterName)),\"dataCenter\":\(quoted(identity.dataCenter))"
        return "{\(names),\"rack\":\(quoted(identity.rack)),\"numTokens\":\(identity.numTokens)}"
    }

    private static func quoted(_ text: String?) -> String {
        guard let text else { return "null" }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1f}", "\u{7f}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
