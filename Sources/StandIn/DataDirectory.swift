/// The stand-in's files: `data/system/local` with the cluster's name, `data/guests/rows.log` with the rows.
struct DataDirectory {
    /// In bytes.
    private static let nameMax = 256

    let path: String

    private var system: String { path + "/data/system" }
    private var guests: String { path + "/data/guests" }
    private var local: String { system + "/local" }
    var rows: String { guests + "/rows.log" }

    /// Makes a fresh one.
    ///
    /// - Throws: `standin.exists` when there is one already.
    func initialise(clusterName: String) throws(StandInError) {
        guard !Files.isDirectory(system) else { throw .directory("exists", "\(system) exists already") }
        try Files.makeDirectories(guests)
        try Files.makeDirectories(system)
        try write(clusterName)
    }

    /// Gives it another cluster's name, as sealing a copy does.
    func rename(to clusterName: String) throws(StandInError) {
        try check()
        try write(clusterName)
    }

    /// The name that the data were written under.
    func clusterName() throws(StandInError) -> String {
        try check()
        let bytes = try Files.read(local, max: Self.nameMax)
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        guard let name = String(validating: line, as: UTF8.self), !name.isEmpty else {
            throw .directory("corrupt", "\(local) holds no cluster name")
        }
        return name
    }

    /// A volume that nobody ever wrote a database to must not become an empty one, and a green test.
    private func check() throws(StandInError) {
        guard Files.isDirectory(system) else {
            throw .directory("no_data", "\(system) does not exist: this directory holds no database")
        }
    }

    private func write(_ clusterName: String) throws(StandInError) {
        let isName = !clusterName.isEmpty && clusterName.utf8.count < Self.nameMax
        guard isName, clusterName.utf8.allSatisfy({ $0 >= 0x20 }) else {
            throw .directory("bad_name", "a cluster name has 1 to \(Self.nameMax - 1) bytes and no control character")
        }
        try Files.replace(local, with: Array((clusterName + "\n").utf8))
    }
}
