import CSealing
import Glibc
import Model

/// Whom the copy's data belongs to: the one that Cassandra runs as, so that nothing is chowned and no file changes hands.
struct Owner: Hashable {
    let user: uid_t
    let group: gid_t

    /// The owner of a directory that holds Cassandra's data.
    ///
    /// - Throws: `noData` where there is none: a wrong volume name would be an empty database, and a green suite.
    init(ofDataIn directory: String) throws(SealFailure) {
        var information = stat()
        guard stat("\(directory)/data/system", &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
            throw SealFailure(.noData, "\(directory) holds no data/system: this is no copy of a Cassandra volume")
        }
        guard stat("\(directory)/data", &information) == 0 else {
            throw SealFailure(.noData, "\(directory)/data: \(lastError())")
        }
        user = information.st_uid
        group = information.st_gid
    }

    /// True for a process that may become somebody else.
    static var isRoot: Bool { geteuid() == 0 }

    /// The command that runs a program as this owner, and ends it with the helper: the helper itself, once more.
    func command(_ arguments: [String]) -> [String] {
        ["/proc/self/exe", "exec-as", "\(user)", "\(group)"] + arguments
    }

    /// Lets a folder of ours be written by this owner.
    func own(_ folder: String) throws(SealFailure) {
        guard Self.isRoot else { return }
        guard chown(folder, user, group) == 0 else { throw SealFailure(.cannotWrite, "\(folder): \(lastError())") }
    }

    /// Makes an open file this owner's, for nobody else to read.
    ///
    /// - Returns: false when the system refuses that.
    func ownAlone(_ descriptor: Int32) -> Bool {
        fchmod(descriptor, 0o600) == 0 && (!Self.isRoot || fchown(descriptor, user, group) == 0)
    }

    /// Lets this owner pass through a folder that is root's, to the files in it that it may read: agents make sandboxes for
    /// the task's user alone.
    ///
    /// - Throws: `cannotWrite`.
    func pass(_ folder: String) throws(SealFailure) {
        guard Self.isRoot, user != 0 else { return }
        var information = stat()
        guard stat(folder, &information) == 0, chmod(folder, information.st_mode & 0o7777 | 0o011) == 0 else {
            throw SealFailure(.cannotWrite, "\(folder): \(lastError())")
        }
    }

    /// Becomes this owner and then a program; returns only when that cannot be, with the reason.
    static func execute(_ arguments: ArraySlice<String>) -> String {
        guard arguments.count >= 3, let user = uid_t(arguments[arguments.startIndex]),
            let group = gid_t(arguments[arguments.startIndex + 1])
        else { return "exec-as takes a user, a group and a program" }
        if isRoot, user != 0 {
            guard setgroups(0, nil) == 0, setgid(group) == 0, setuid(user) == 0 else {
                return "cannot become \(user):\(group): \(lastError())"
            }
        }
        // After the change of user, which would undo it.
        guard understudy_die_with_parent() == 0 else { return "prctl: \(lastError())" }
        let program = Array(arguments.dropFirst(2))
        return withCStrings(program) { pointers in
            execv(program[0], pointers)
            return "\(program[0]): \(lastError())"
        }
    }
}
