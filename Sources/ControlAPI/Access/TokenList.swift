import API
import Model

/// One entry of the tokens file.
struct AccessToken: Hashable, Sendable {
    var caller: Caller
    var secret: Secret
}

/// Reads the tokens file: `[{"name": "ci", "role": "run", "token": "…", "runs": 5}]`.
///
/// Strict: a misspelt `runs` would be no limit. No message holds a value or a name of a field as it was written, since
/// a token is easily put into the wrong place.
enum TokenList {
    /// Of the whole file; 500 entries of the longest tokens fit.
    static let bytesMax = 256 * 1_024
    /// Each call compares all of them.
    static let tokensMax = 500
    static let nameCharacters = 1...40
    static let runs = 1...1_000
    static let fieldNames = ["name", "role", "token", "runs"]

    /// Reads and checks all of it; an empty list is one that lets nobody in.
    ///
    /// - Throws: `control_api.bad_tokens`, naming the entry and the field.
    static func read(_ bytes: [UInt8]) throws(ControlAPIError) -> [AccessToken] {
        guard bytes.count <= bytesMax else { throw fault("it has more than \(bytesMax) bytes") }
        let tree: JSONTree
        do {
            tree = try JSONTreeParser.parse(bytes, quotesNames: false)
        } catch {
            throw fault(error.message)
        }
        guard case .array(let elements) = tree else { throw fault("expected an array, found \(tree.kind)") }
        guard elements.count <= tokensMax else { throw fault("\(elements.count) entries are more than \(tokensMax)") }
        var tokens: [AccessToken] = []
        for (index, element) in elements.enumerated() { tokens.append(try entry(element, at: index + 1)) }
        try checkUnique(tokens)
        return tokens
    }

    private static func fault(_ message: String) -> ControlAPIError { ControlAPIError(.badTokens, message) }

    private static func entry(_ tree: JSONTree, at number: Int) throws(ControlAPIError) -> AccessToken {
        var place = "entry \(number)"
        do {
            let fields = try FieldReader(tree, path: "", known: nil)
            guard fields.names.allSatisfy(fieldNames.contains) else {
                throw fault("\(place): a field that is none of \(fieldNames.joined(separator: ", "))")
            }
            let name = try fields.required(fields.text("name"), "name")
            guard nameCharacters.contains(name.utf8.count), name.utf8.allSatisfy(isNameByte) else {
                throw fields.bad(
                    "name",
                    "\(nameCharacters.lowerBound) to \(nameCharacters.upperBound) of a-z, 0-9 and -"
                )
            }
            place += " (\(name))"
            guard let role = AccessRole(rawValue: try fields.required(fields.text("role"), "role")) else {
                throw fields.bad("role", AccessRole.allCases.map(\.rawValue).joined(separator: ", "))
            }
            guard let secret = Secret(checkingToken: try fields.required(fields.text("token"), "token")) else {
                throw fields.bad("token", RequestLimits.tokenForm)
            }
            let runs = try fields.integer("runs", in: runs)
            return AccessToken(caller: Caller(name: name, role: role, runs: runs), secret: secret)
        } catch let error as ControlAPIError {
            throw error
        } catch let error as APIError {
            throw fault("\(place): \(error.field.map { "\($0): " } ?? "")\(error.message)")
        } catch {
            throw fault("\(place): \(error)")
        }
    }

    private static func checkUnique(_ tokens: [AccessToken]) throws(ControlAPIError) {
        var names: [String: Int] = [:]
        var secrets: [Secret: Int] = [:]
        for (index, token) in tokens.enumerated() {
            if let other = token.caller.name.flatMap({ names.updateValue(index + 1, forKey: $0) }) {
                throw fault("entry \(index + 1): name: the same as that of entry \(other)")
            }
            if let other = secrets.updateValue(index + 1, forKey: token.secret) {
                throw fault("entry \(index + 1): token: the same as that of entry \(other)")
            }
        }
        // Names are logged and stored.
        for (index, token) in tokens.enumerated() {
            guard let name = token.caller.name, secrets[Secret(name)] != nil else { continue }
            throw fault("entry \(index + 1): name: is somebody's token")
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
    }
}
