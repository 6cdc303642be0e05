import ArgumentParser
import FoundationEssentials
import Model
import Testing

@testable import understudy

@Suite("The table of settings")
struct SettingTests {
    /// A value that is good for each.
    private static let good: [String: String] = [
        "master": "10.0.0.1:5050", "portworx": "http://10.0.0.1:9021", "state": "sqlite:/tmp/x",
        "user": "nobody",
    ]

    private func configuration(
        _ given: [String: String] = [:],
        _ environment: [String: String] = [:]
    ) throws(ServiceExit) -> SchedulerConfiguration {
        let all = Self.good.merging(given) { _, own in own }
        return try SchedulerConfiguration(given: all, environment: { environment[$0] })
    }

    private func problems(_ given: [String: String], _ environment: [String: String] = [:]) -> ServiceExit? {
        do throws(ServiceExit) { _ = try configuration(given, environment) } catch { return error }
        return nil
    }

    @Test("each has a flag that is read as what it is, and a name of its own everywhere", arguments: Setting.all)
    func flag(setting: Setting) throws {
        let value = setting.kind == .boolean ? "true" : "some-value"
        let arguments = setting.kind == .boolean ? ["--\(setting.name)"] : ["--\(setting.name)", value]
        let options = try SchedulerOptions.parse(arguments)
        #expect(options.given == [setting.name: value])
        #expect(Setting.all.count { $0.name == setting.name } == 1)
        #expect(Setting.all.count { $0.optionPath == setting.optionPath } == 1 || setting.option == nil)
        #expect(!setting.summary.isEmpty && setting.summary.hasSuffix("."), "\(setting.summary)")
        #expect(SchedulerCommand.helpMessage(columns: 400).contains(setting.help))
    }

    @Test("there is no flag that the table lacks")
    func complete() {
        let help = SchedulerCommand.helpMessage(columns: 400)
        let flags = help.split(separator: "\n").compactMap { line -> Substring? in
            let line = line.drop { $0 == " " }
            return line.hasPrefix("--") ? line.dropFirst(2).prefix { $0 != " " } : nil
        }
        #expect(Set(flags.map(String.init)).subtracting(["version"]) == Set(Setting.all.map(\.name)))
    }

    @Test("a default is good for the setting that has it", arguments: Setting.all.filter { $0.fallback != nil })
    func fallback(setting: Setting) throws {
        let fallback = try #require(setting.fallback)
        let given = setting.kind == .boolean && fallback == "false" ? [:] : [setting.name: fallback]
        #expect(problems(given) == nil)
    }

    @Test("docs/configuration.md is what the table gives")
    func document() throws {
        let file = Stage.sources.appending(path: "docs/configuration.md")
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(
            text == SettingsCommand.markdown + "\n",
            "understudy settings --format markdown > docs/configuration.md"
        )
    }

    @Test("everything that is wrong is said at once, by every name it has, with what would be right")
    func allAtOnce() throws {
        let wrong = [
            "master": "nowhere", "role": "a b", "failover-timeout": "soon", "history-max": "5", "state": "file:x",
            "listen": "everywhere", "name": "No Name", "agent-nodes": "a=b=c", "log-level": "loud",
            "ca-file": "/not/there.pem",
        ]
        let exit = try #require(problems(wrong))
        #expect(exit.status == ServiceExit.configuration)
        #expect(Set(exit.problems.map(\.setting.name)).isSuperset(of: wrong.keys))
        let role = try #require(exit.problems.first { $0.setting.name == "role" })
        #expect(
            "\(role)".contains("--role") && "\(role)".contains("UNDERSTUDY_ROLE") && "\(role)".contains("mesos.role")
        )
        #expect(exit.message.contains("100 to 100000") && exit.message.contains("60s") == false)
    }

    @Test("what is only missing is a mistake in the use, also when it is several")
    func missing() throws {
        do throws(ServiceExit) {
            _ = try SchedulerConfiguration(given: [:], environment: { _ in nil })
            Issue.record("nothing is missing")
        } catch {
            #expect(error.status == ServiceExit.usage)
            #expect(error.problems.map(\.setting.name) == ["master", "portworx", "state"])
        }
    }

    @Test("a flag counts more than its variable, and a variable more than the default")
    func order() throws {
        #expect(try configuration(["role": "flag"], ["UNDERSTUDY_ROLE": "variable"]).role == "flag")
        #expect(try configuration([:], ["UNDERSTUDY_ROLE": "variable"]).role == "variable")
        #expect(try configuration().role == "*")
        #expect(try configuration([:], ["UNDERSTUDY_RUNS_MAX": "7"]).runsMax == 7)
    }

    @Test("a role that is left to the cluster is the group's where that is enforced, else the service's")
    func role() throws {
        let enforced = ["MARATHON_APP_ENFORCE_GROUP_ROLE": "true", "MESOS_ALLOCATION_ROLE": "team"]
        let given = ["role": "auto", "name": "team/understudy"]
        #expect(try configuration(given, enforced).role == "team")
        #expect(try configuration(given, ["MESOS_ALLOCATION_ROLE": "team"]).role == "team__understudy-role")
    }

    @Test("under Marathon it listens where Marathon says, and a ZooKeeper without a node has DC/OS' own")
    func marathon() throws {
        let environment = ["MARATHON_APP_ID": "/understudy", "PORT_API": "4711", "HOST": "10.0.0.9"]
        let inside = try configuration(["insecure-no-auth": "true", "state": "zk://a:2181"], environment)
        #expect(inside.host == "0.0.0.0" && inside.port == 4_711)
        #expect(inside.advertise == "http://10.0.0.9:4711")
        #expect("\(inside.state)" == "zk://a:2181/dcos-service-understudy")
        let outside = try configuration(["listen": "127.0.0.1:9"], environment)
        #expect(outside.port == 9 && outside.host == "127.0.0.1")
    }

    @Test("an uninstallation is asked for by the variable that Cosmos sets, whatever is in it")
    func uninstall() throws {
        #expect(try !configuration().uninstall.isWanted)
        #expect(try configuration([:], ["SDK_UNINSTALL": "w00t"]).uninstall.isWanted)
        #expect(try configuration(["uninstall": "true"]).uninstall.isWanted)
    }
}
