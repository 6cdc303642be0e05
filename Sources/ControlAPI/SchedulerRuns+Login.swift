public import API
import Lifecycle
public import Model
import Scheduler

extension SchedulerRuns {
    /// The login of a run that is ready; made anew for each answer, and kept nowhere.
    public func login(_ id: RunID) async throws(APIRefusal) -> Result<LoginView, APIRefusal> {
        guard let run = try await find(id) else {
            return .failure(APIRefusal(status: 404, code: "api.unknown_run", message: "there is no run \(id)"))
        }
        guard RunView.endpoint(of: run) != nil else {
            let message = "run \(id) is \(run.phase.rawValue): there is nothing to log in to"
            return .failure(APIRefusal(status: 409, code: "run.not_ready", message: message))
        }
        guard run.hasLogin else {
            let message = "source \(run.spec.source) says \"login\": \"none\": nobody needs one"
            return .failure(APIRefusal(status: 409, code: "run.no_login", message: message))
        }
        return .success(LoginView(user: run.loginUser, password: logins.password(of: id).reveal()))
    }
}

extension Run {
    /// True where its copy asks for a login.
    var hasLogin: Bool { (source.login ?? .none) != .none }
    /// The name of its role; empty where nobody needs one.
    var loginUser: String { hasLogin ? RunLogins.user(of: id) : "" }
}
