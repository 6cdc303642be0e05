import Model

/// The COMMAND check of a copy's task: its exit code is the sealing step.
enum Checking {
    /// Looks once.
    ///
    /// - Parameter arguments: the sandbox, and where the copy is published: an IPv4 address and a port.
    /// - Returns: a ``SealStep``'s raw value, or the ``SealFault``'s that is about to end the container.
    static func main(_ arguments: [String]) -> Int32 {
        guard arguments.count == 3, let port = UInt16(arguments[2]) else { return SealFault.badOrder.rawValue }
        let path = "\(arguments[0])/\(SealReport.file)"
        guard let json = SmallFile.read(path, bytesMax: SealReport.bytesMax), let code = SealReport.code(of: json)
        else { return SealStep.preparing.rawValue }
        guard code == SealStep.ready.rawValue else { return code }
        // A connection is answer enough: the port was proved when it was published.
        return Answering.obstacle(at: arguments[1], port) == nil ? code : SealStep.silent.rawValue
    }
}
