import FoundationEssentials
public import Lifecycle
import Model

/// Reads the sources file: a JSON array of sources as the design's §8 shows one, or one alone.
///
/// A field that this version does not know, or cannot honour, is an error: a mask that is silently not applied would
/// hand out the very data that it was to hide.
public enum SourceFile {
    /// Of the whole file; a source takes some 600 bytes.
    static let bytesMax = 1_024 * 1_024
    static let sourcesMax = 1_000

    /// Reads and checks all of it.
    ///
    /// - Throws: `scheduler.sources`, naming each source that is wrong and its first field at fault.
    public static func read(_ bytes: [UInt8]) throws(SchedulerError) -> [Source] {
        guard bytes.count <= bytesMax else {
            throw SchedulerError(.sources, "the sources file has \(bytes.count) bytes, more than \(bytesMax)")
        }
        let documents: [SourceDocument]
        do {
            let isOne = bytes.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{")
            let decoder = JSONDecoder()
            documents =
                isOne
                ? [try decoder.decode(SourceDocument.self, from: Data(bytes))]
                : try decoder.decode([SourceDocument].self, from: Data(bytes))
        } catch let error as DecodingError {
            throw SchedulerError(.sources, describe(error))
        } catch {
            throw SchedulerError(.sources, "the sources file cannot be read: \(error)")
        }
        guard documents.count <= sourcesMax else {
            throw SchedulerError(.sources, "\(documents.count) sources are more than \(sourcesMax)")
        }
        var sources: [Source] = []
        // All at once: whoever has to mend them should not have to start again for each.
        var problems: [String] = []
        for document in documents {
            do throws(SchedulerError) {
                let source = try document.checked()
                if sources.contains(where: { $0.name == source.name }) {
                    throw SchedulerError(.sources, "source \(source.name) is there twice")
                }
                sources.append(source)
            } catch {
                problems.append(error.message)
            }
        }
        guard problems.isEmpty else { throw SchedulerError(.sources, problems.joined(separator: "; ")) }
        return sources
    }

    private static func describe(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
            return path.isEmpty ? "the sources file" : path
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(place(context)): \(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return "\(place(context)): \(context.debugDescription)"
        @unknown default: return "the sources file cannot be read: \(error)"
        }
    }
}
