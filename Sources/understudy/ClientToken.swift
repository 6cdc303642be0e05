import API
import ArgumentParser
import Glibc
import Model

/// Where the client commands have their token from; never from the command line, which `ps` shows to everybody.
enum ClientToken {
    /// A token and a line feed fit many times; the rest is no token.
    private static let bytesMax = 4_096

    /// The flag's file, else that of `UNDERSTUDY_TOKEN_FILE`, else what `UNDERSTUDY_TOKEN` holds.
    ///
    /// - Parameters:
    ///   - file: as the flag gives it.
    ///   - environment: a variable by its name.
    /// - Returns: nil when there is none.
    /// - Throws: `ValidationError`, which names the place and never what is in it.
    static func read(file: String?, environment: (String) -> String?) throws -> Secret? {
        if let file { return try read(file, "--token-file") }
        if let file = environment("UNDERSTUDY_TOKEN_FILE") { return try read(file, "UNDERSTUDY_TOKEN_FILE") }
        return try environment("UNDERSTUDY_TOKEN").map { try checked(Substring($0), "UNDERSTUDY_TOKEN") }
    }

    private static func read(_ path: String, _ place: String) throws -> Secret {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ValidationError("\(place): \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: bytesMax)
        while bytes.count < bytesMax {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ValidationError("\(place): \(path): \(String(cString: strerror(errno)))") }
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer.prefix(count))
        }
        return try checked(Substring(String(decoding: bytes, as: UTF8.self)), "\(place): \(path)")
    }

    /// Blanks and line feeds around a token come from editors and `echo`.
    private static func checked(_ text: Substring, _ place: String) throws -> Secret {
        func isBlank(_ character: Character) -> Bool { character.isWhitespace || character.isNewline }
        let end = text.lastIndex { !isBlank($0) }.map { text.index(after: $0) } ?? text.startIndex
        guard let token = Secret(checkingToken: text[..<end].drop(while: isBlank)) else {
            throw ValidationError("\(place): holds no token; one is \(RequestLimits.tokenForm)")
        }
        return token
    }
}

extension APIError {
    /// What the user may do about it; nil when the message says that itself.
    ///
    /// - Parameter isPlugin: whether the call went through the DC/OS CLI.
    /// - Returns: a clause, without a full stop.
    func advice(isPlugin: Bool) -> String? {
        switch kind {
        case _ where code == .noLogin: "'dcos auth login' gets a new token"
        case _ where code == .noPermission: "whoever runs the cluster may grant that"
        case _ where code == .noRoute:
            "'dcos understudy --name=NAME' says which service is meant, 'dcos marathon app list' whether it runs"
                + (mayHaveHappened ? "; what was asked for may have been done" : "")
        case .refused(401) where isPlugin:
            "the scheduler does not take this DC/OS user; whoever runs it says who may call"
        case .refused(401):
            "give a good token with --token-file FILE, UNDERSTUDY_TOKEN_FILE or UNDERSTUDY_TOKEN; "
                + "whoever runs the scheduler has one for you"
        case .refused(403) where code == .forbidden:
            isPlugin
                ? "whoever runs the scheduler may give you a greater role"
                : "whoever runs the scheduler may give you a token of a greater role"
        case .refused(404) where code.description == "api.unknown_run":
            "'\(isPlugin ? "dcos understudy" : "understudy") runs' lists the runs that there are"
        case .unreachable where isPlugin: "'dcos cluster list' says which cluster is meant; is it up?"
        case .unreachable: "--url, or UNDERSTUDY_URL, says where the scheduler is; is it up?"
        case .refused, .invalid, .badAnswer: nil
        }
    }
}
