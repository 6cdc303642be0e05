/// What DC/OS calls the permissions that a strict cluster wants, resource and action.
public enum ClusterPermission {
    /// To be offered a role's resources.
    public static func register(role: String) -> String { "dcos:mesos:master:framework:role:\(role) create" }

    /// To launch tasks that run as a user.
    public static func launch(user: String) -> [String] {
        ["dcos:mesos:master:task:user:\(user) create", "dcos:mesos:agent:task:user:\(user) create"]
    }

    /// To read one of the master's operator endpoints.
    public static func read(_ path: String) -> String { "dcos:mesos:master:endpoint:path:\(path) read" }
}
