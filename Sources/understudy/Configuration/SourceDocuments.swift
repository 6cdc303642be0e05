import Adapters
import FoundationEssentials
import HTTPTransport
import Lifecycle
import Model
import Scheduler

/// The operator's documents, the sources and their masks, wherever they are.
struct SourceDocuments: Sendable {
    let http: HTTPClient

    /// The sources at a path or an address, or in the text itself when that is JSON.
    ///
    /// - Throws: ``ServiceExit``.
    func sources(at place: String) async throws(ServiceExit) -> [Source] {
        let bytes = Self.isDocument(place) ? Array(place.utf8) : try await bytes(of: place, for: "--sources")
        do throws(SchedulerError) { return try SourceFile.read(bytes) } catch {
            let problem = SettingProblem(
                setting: .sources,
                message: "cannot be used: \(error.message)",
                isMissing: false
            )
            throw ServiceExit([problem])
        }
    }

    /// True for the JSON itself; anything else is where it is.
    static func isDocument(_ place: String) -> Bool {
        place.first { !$0.isWhitespace }.map { $0 == "[" || $0 == "{" } ?? false
    }

    /// The operators' CQL, read once: what it says now is what every copy of a source gets.
    ///
    /// - Throws: ``ServiceExit`` with everything that cannot be read.
    func masks(of sources: [Source]) async throws(ServiceExit) -> [SourceName: String] {
        var masks: [SourceName: String] = [:]
        var problems: [String] = []
        for source in sources {
            guard let place = source.mask else { continue }
            switch await mask(at: place) {
            case .success(let text): masks[source.name] = text
            case .failure(let fault): problems.append("the mask of source \(source.name): \(fault.fault.message)")
            }
        }
        guard problems.isEmpty else {
            throw ServiceExit(ServiceExit.configuration, "understudy.mask", problems.joined(separator: "; "))
        }
        return masks
    }

    /// One source's CQL.
    func mask(at place: String) async -> Result<String, ReadFault> {
        let bytes: [UInt8]
        do throws(ServiceExit) { bytes = try await self.bytes(of: place, for: "the mask") } catch {
            return .failure(ReadFault(Fault(code: error.code, message: error.message, transient: true)))
        }
        guard bytes.count <= MesosCluster.maskBytesMax, let text = String(validating: bytes, as: UTF8.self) else {
            let message = "has to be UTF-8 of at most \(MesosCluster.maskBytesMax) bytes"
            return .failure(ReadFault(Fault(code: "understudy.mask", message: message, transient: false)))
        }
        return .success(text)
    }

    /// A file's or an address's content; the reader of it sets the limit.
    private func bytes(of place: String, for what: String) async throws(ServiceExit) -> [UInt8] {
        func exit(_ why: String) -> ServiceExit {
            ServiceExit(ServiceExit.configuration, "understudy.sources", "\(what): \(place) \(why)")
        }
        if place.hasPrefix("http://") || place.hasPrefix("https://") {
            let response: HTTPResponse
            do throws(HTTPError) { response = try await http.send(HTTPRequest(url: place)) } catch {
                throw exit("cannot be read: \(error.message)")
            }
            guard response.head.status == 200 else { throw exit("answers \(response.head.status)") }
            return response.body
        }
        do { return Array(try Data(contentsOf: URL(filePath: place))) } catch {
            throw exit("cannot be read: \(error)")
        }
    }
}
