import Lifecycle
import Mesos
import Model

/// Looks at all that a run needs, one thing after the other, and changes none of it.
struct Doctor: Sendable {
    let subject: DoctorSubject
    var report = DoctorReport()

    // What one check has read, for those after it; nil where it could not be.

    var sources: [Source] = []
    var leader: MasterAddress?
    var flags: [String: String]?
    var agents: [MasterAgent]?
    var frameworks: MasterFrameworks?
    var roles: [MasterRole]?
    var nodes: [StorageNode]?

    init(_ subject: DoctorSubject) { self.subject = subject }

    /// Every check, in the report's order.
    static func examine(_ subject: DoctorSubject, helper: String) async -> DoctorReport {
        var doctor = Doctor(subject)
        await doctor.checkSettings(helper: helper)
        await doctor.checkMaster()
        await doctor.checkStore()
        await doctor.checkPortworx()
        doctor.checkJoin()
        doctor.checkRole()
        doctor.checkUsers()
        await doctor.checkSources()
        await doctor.checkClocks()
        doctor.checkFramework()
        return doctor.report
    }
}
