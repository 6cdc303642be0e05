import FoundationEssentials
import Lifecycle
import Model

extension Scheduler {
    /// Reads what the helper has written of an attempt's sealing; nil when the run is forgotten.
    func readSeal(_ id: RunID, attempt number: Int) async -> Event? {
        let state = state
        guard let attempt = state.runs[id]?.attempts.first(where: { $0.number == number }) else { return nil }
        guard let sandboxes, let file = state.sandboxFile(SealReport.file, of: attempt.cassandra.id, in: attempt)
        else {
            let why = "nobody knows where agent \(attempt.hostname) answers"
            let fault = Fault(code: "scheduler.no_sandbox", message: why, transient: false)
            return .sealRead(id, attempt: number, .failure(ReadFault(fault)))
        }
        let read = await sandboxes.download(file, max: SealReport.bytesMax)
        let result = read.mapError { ReadFault($0.fault) }.flatMap(Self.report)
        return .sealRead(id, attempt: number, result)
    }

    /// Reads a report; what comes out of a container is hostile until then.
    private static func report(_ bytes: [UInt8]) -> Result<SealReport, ReadFault> {
        do {
            return .success(try JSONDecoder().decode(SealReport.self, from: Data(bytes)).bounded)
        } catch {
            let message = "\(SealReport.file) cannot be read: \(error)"
            return .failure(ReadFault(Fault(code: "scheduler.bad_seal", message: message, transient: false)))
        }
    }
}
