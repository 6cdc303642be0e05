import FoundationEssentials

/// What an OpenAPI document in block style says there is, read by its indentation alone.
struct DocumentOutline {
    /// `GET /v1/runs`, sorted.
    var operations: [String] = []
    /// The names of each schema's properties.
    var properties: [String: Set<String>] = [:]
    /// The values of each schema that is an enum.
    var values: [String: [String]] = [:]
    /// Each schema's list of what is required.
    var required: [String: Set<String>] = [:]

    init(contentsOf path: String) throws {
        var keys: [(indent: Int, name: String)] = []
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        // A flow list that goes on in the next line becomes one line.
        for line in text.replacing(",\n        ", with: ", ").split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            let content = line.dropFirst(indent)
            while let last = keys.last, last.indent >= indent { keys.removeLast() }
            if content.hasPrefix("- ") {
                note(item: String(content.dropFirst(2)), under: keys.map(\.name))
            } else if let colon = content.firstIndex(of: ":") {
                keys.append((indent, String(content[..<colon])))
                let value = content[content.index(after: colon)...].drop { $0 == " " }
                note(value: String(value), at: keys.map(\.name))
            }
        }
        operations.sort()
    }

    private static let methods = ["get", "post", "put", "patch", "delete", "head", "options"]

    private mutating func note(value: String, at keys: [String]) {
        if keys.count == 3, keys[0] == "paths", Self.methods.contains(keys[2]) {
            operations.append("\(keys[2].uppercased()) \(keys[1])")
        }
        guard keys.count >= 4, keys[0] == "components", keys[1] == "schemas" else { return }
        if keys.count == 5, keys[3] == "properties" { properties[keys[2], default: []].insert(keys[4]) }
        if keys.count == 4, keys[3] == "required" {
            let names = value.drop { $0 == "[" }.prefix { $0 != "]" }.split(separator: ",")
            required[keys[2]] = Set(names.map { String($0.filter { $0 != " " }) })
        }
    }

    private mutating func note(item: String, under keys: [String]) {
        guard keys.count == 4, keys[0] == "components", keys[3] == "enum" else { return }
        values[keys[2], default: []].append(item)
    }
}
