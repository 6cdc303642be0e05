/// A task as the tests describe it.
struct TestTask {
    var id: String
    var command: String
    var cpus = 0.1
    var environment: [String: String] = [:]
    var user: String?
    var image: String? = "image"
    var volume: (name: String, path: String)?
    var network: String?
    var grace: Double?
    var check: (command: String, interval: Double)?
    var limit: Double?
    var label: (String, String)?

    func write(to task: inout TestWire, agent: String, role: String) {
        task.text(1, id)
        task.id(2, id)
        task.id(3, agent)
        for (name, value) in [("cpus", cpus), ("mem", 32.0)] {
            task.message(4) { TestOperation.write(name, value, role, to: &$0) }
        }
        task.message(7) { command in
            command.message(2) { environment in
                for (name, value) in environment_ {
                    environment.message(1) {
                        $0.text(1, name)
                        $0.text(2, value)
                    }
                }
            }
            command.text(3, self.command)
            if let user { command.text(5, user) }
        }
        task.message(9) { writeContainer(to: &$0) }
        if let label {
            task.message(10) { labels in
                labels.message(1) {
                    $0.text(1, label.0)
                    $0.text(2, label.1)
                }
            }
        }
        if let grace { task.message(12) { $0.message(1) { $0.number(1, UInt64(grace * 1e9)) } } }
        if let check {
            task.message(13) { info in
                info.number(1, 1)
                info.message(2) { $0.message(1) { $0.text(3, check.command) } }
                info.double(4, 0)
                info.double(5, check.interval)
                info.double(6, 10)
            }
        }
        if let limit { task.message(14) { $0.number(1, UInt64(limit * 1e9)) } }
    }

    private var environment_: [(String, String)] { environment.sorted { $0.key < $1.key } }

    private func writeContainer(to container: inout TestWire) {
        container.number(1, 2)
        if let volume {
            container.message(2) { info in
                info.text(1, volume.path)
                info.number(3, 1)
                info.message(5) { source in
                    source.number(1, 1)
                    source.message(2) {
                        $0.text(1, "pxd")
                        $0.text(2, volume.name)
                    }
                }
            }
        }
        if let image {
            container.message(5) { mesos in
                mesos.message(1) { info in
                    info.number(1, 2)
                    info.message(3) { $0.text(1, image) }
                }
            }
        }
        if let network { container.message(7) { $0.text(6, network) } }
    }
}

/// An operation of an ACCEPT.
enum TestOperation {
    case launch([TestTask])
    case group(executor: String, [TestTask], network: String? = nil)

    static let role = "px-role"

    static func write(_ name: String, _ value: Double, _ role: String, to resource: inout TestWire) {
        resource.text(1, name)
        resource.number(2, 0)
        resource.message(3) { $0.double(1, value) }
        resource.message(11) { $0.text(1, role) }
    }

    func bytes(framework: String, agent: String) -> [UInt8] {
        TestWire { operation in
            switch self {
            case .launch(let tasks):
                operation.number(1, 1)
                operation.message(2) { launch in
                    for task in tasks { launch.message(1) { task.write(to: &$0, agent: agent, role: Self.role) } }
                }
            case .group(let id, let tasks, let network):
                operation.number(1, 6)
                operation.message(7) { group in
                    group.message(1) { executor in
                        executor.id(1, id)
                        for (name, value) in [("cpus", 0.1), ("mem", 32.0), ("disk", 32.0)] {
                            executor.message(5) { Self.write(name, value, Self.role, to: &$0) }
                        }
                        executor.id(8, framework)
                        if let network {
                            executor.message(11) { container in
                                container.number(1, 2)
                                container.message(7) { $0.text(6, network) }
                            }
                        }
                        executor.number(15, 1)
                    }
                    group.message(2) { list in
                        for task in tasks { list.message(1) { task.write(to: &$0, agent: agent, role: Self.role) } }
                    }
                }
            }
        }.bytes
    }
}
