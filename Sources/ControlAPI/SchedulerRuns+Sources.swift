public import API
import Lifecycle
public import Model
import Scheduler

/// Sources over the API: kept with the state, beside those of the configuration.
extension SchedulerRuns {
    /// Reads the mask's address too, so that what it says is the same after a restart.
    public func putSource(_ name: SourceName, _ body: [UInt8]) async -> Result<SourceView, APIRefusal> {
        if let obstacle = scheduler.obstacle { return .failure(.paused(obstacle)) }
        let sources: [Source]
        do throws(SchedulerError) { sources = try SourceFile.read(body) } catch {
            return .failure(APIRefusal(status: 400, code: error.code.rawValue, message: error.message))
        }
        guard sources.count == 1, let source = sources.first, source.name == name else {
            let message = "the body has to be one source, named \(name)"
            return .failure(APIRefusal(status: 400, code: "source.other_name", message: message, field: "name"))
        }
        var given = GivenSource(source: source)
        if let place = source.mask {
            switch await readMask(place) {
            case .success(let text): given.mask = text
            case .failure(let refusal): return .failure(refusal)
            }
        }
        if case .failure(let refusal) = await scheduler.give(given) { return .failure(APIRefusal(refusal)) }
        let list = await self.sources()
        guard let view = list.sources.first(where: { $0.name == name }) else {
            // Taken away again in between.
            return .failure(APIRefusal(status: 409, code: "source.unknown", message: "there is no source \(name)"))
        }
        return .success(view)
    }

    /// The server's own files are not for whoever may give sources: an address alone is read.
    private func readMask(_ place: String) async -> Result<String, APIRefusal> {
        func refusal(_ message: String) -> Result<String, APIRefusal> {
            .failure(APIRefusal(status: 400, code: "source.mask", message: message, field: "mask"))
        }
        guard place.hasPrefix("http://") || place.hasPrefix("https://") else {
            return refusal("the mask of a source that is given over the API has to be an http or https address")
        }
        switch await options.readMask(place) {
        case .success(let text): return .success(text)
        case .failure(let fault): return refusal("the mask cannot be read: \(fault.fault.message)")
        }
    }

    /// Refused while a run of it has not ended.
    public func removeSource(_ name: SourceName) async -> Result<Void, APIRefusal> {
        if let obstacle = scheduler.obstacle { return .failure(.paused(obstacle)) }
        if case .failure(let refusal) = await scheduler.takeSource(name) { return .failure(APIRefusal(refusal)) }
        return .success(())
    }
}
