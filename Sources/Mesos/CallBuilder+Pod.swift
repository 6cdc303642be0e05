import CMesos
import CProtobufC
import Model

extension CallBuilder {
    /// One LAUNCH_GROUP with the default executor, as `recordings/mesos/20-image-and-volume` has it.
    func launchGroup(
        _ pod: PodPlan,
        _ framework: FrameworkID?
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__Offer__Operation__LaunchGroup> {
        guard !pod.tasks.isEmpty else { throw MesosError(.cannotEncode, "a pod without tasks") }
        return try make(mesos__offer__operation__launch_group__init) { (group) throws(MesosError) in
            group.executor = try make(mesos__executor_info__init) { (executor) throws(MesosError) in
                executor.has_type = 1
                executor.type = MESOS__EXECUTOR_INFO__TYPE__DEFAULT
                executor.executor_id = try executorID(pod.executorID)
                executor.framework_id = try frameworkID(framework)
                executor.n_resources = pod.executorResources.count
                executor.resources = try resources(pod.executorResources)
                executor.container = try executorContainer(pod)
            }
            group.task_group = try make(mesos__task_group_info__init) { (tasks) throws(MesosError) in
                tasks.n_tasks = pod.tasks.count
                tasks.tasks = try list(
                    each(pod.tasks) { (task) throws(MesosError) in try self.task(task, pod.agentID) }
                )
            }
        }
    }

    /// One task with the command executor, as `recordings/mesos/02-launch` has it.
    func launch(
        _ task: PodPlan.Task,
        _ agent: AgentID
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__Offer__Operation__Launch> {
        try make(mesos__offer__operation__launch__init) { (launch) throws(MesosError) in
            launch.n_task_infos = 1
            launch.task_infos = try list([self.task(task, agent)])
        }
    }

    /// The network is the executor's: Mesos forbids it on the tasks of a group.
    private func executorContainer(_ pod: PodPlan) throws(MesosError) -> UnsafeMutablePointer<Mesos__ContainerInfo>? {
        switch pod.network {
        case .host:
            guard pod.portMappings.isEmpty else {
                throw MesosError(.cannotEncode, "port mappings need a network of the pod's own")
            }
            return nil
        case .named(let name):
            let network = try make(mesos__network_info__init) { (network) throws(MesosError) in
                network.name = try text(name)
                network.n_port_mappings = pod.portMappings.count
                network.port_mappings = try list(
                    each(pod.portMappings) { (mapping) throws(MesosError) in
                        try make(mesos__network_info__port_mapping__init) { (message) throws(MesosError) in
                            message.host_port = UInt32(mapping.hostPort)
                            message.container_port = UInt32(mapping.containerPort)
                            message.protocol = try text("tcp")
                        }
                    }
                )
            }
            return try make(mesos__container_info__init) { (container) throws(MesosError) in
                container.type = MESOS__CONTAINER_INFO__TYPE__MESOS
                container.n_network_infos = 1
                container.network_infos = try list([network])
            }
        }
    }

    private func task(
        _ task: PodPlan.Task,
        _ agent: AgentID
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__TaskInfo> {
        try make(mesos__task_info__init) { (info) throws(MesosError) in
            info.name = try text(task.name)
            info.task_id = try taskID(task.id)
            info.agent_id = try agentID(agent)
            info.n_resources = task.resources.count
            info.resources = try resources(task.resources)
            info.command = try command(
                task.command,
                user: task.user,
                environment: task.environment,
                fetched: task.fetched
            )
            info.container = try taskContainer(task)
            info.labels = try labels(task.labels)
            info.discovery = try discovery(task)
            info.kill_policy = try killPolicy(task.killGrace)
            info.check = try check(task.check)
            info.max_completion_time = try duration(task.maxCompletion)
        }
    }

    private func command(
        _ what: PodPlan.Command,
        user: String? = nil,
        environment: [Label] = [],
        fetched: [PodPlan.Fetched] = []
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__CommandInfo> {
        try make(mesos__command_info__init) { (command) throws(MesosError) in
            command.has_shell = 1
            switch what {
            case .shell(let line):
                command.shell = 1
                command.value = try text(line)
            case .program(let path, let arguments):
                command.shell = 0
                command.value = try text(path)
                // The first is what the program is called, as with exec.
                let all = [path] + arguments
                command.n_arguments = all.count
                command.arguments = try list(each(all) { (argument) throws(MesosError) in try text(argument) })
            }
            command.user = try optionalText(user)
            command.n_uris = fetched.count
            command.uris = try list(
                each(fetched) { (file) throws(MesosError) in
                    try make(mesos__command_info__uri__init) { (message) throws(MesosError) in
                        message.value = try text(file.url)
                        message.output_file = try text(file.name)
                        message.has_executable = 1
                        message.executable = 1
                        message.has_extract = 1
                        message.extract = 0
                        // An agent that has it needs nobody for it.
                        message.has_cache = 1
                        message.cache = 1
                    }
                }
            )
            guard !environment.isEmpty else { return }
            command.environment = try make(mesos__environment__init) { (message) throws(MesosError) in
                message.n_variables = environment.count
                message.variables = try list(
                    each(environment) { (variable) throws(MesosError) in
                        try make(mesos__environment__variable__init) { (message) throws(MesosError) in
                            message.name = try text(variable.key)
                            message.has_type = 1
                            message.type = MESOS__ENVIRONMENT__VARIABLE__TYPE__VALUE
                            // The master refuses a variable of this type without a value.
                            message.value = try text(variable.value ?? "")
                        }
                    }
                )
            }
        }
    }

    /// nil for a task that needs neither an image nor a volume.
    private func taskContainer(_ task: PodPlan.Task) throws(MesosError) -> UnsafeMutablePointer<Mesos__ContainerInfo>? {
        guard task.image != nil || !task.mounts.isEmpty else { return nil }
        return try make(mesos__container_info__init) { (container) throws(MesosError) in
            container.type = MESOS__CONTAINER_INFO__TYPE__MESOS
            container.n_volumes = task.mounts.count
            container.volumes = try list(
                each(task.mounts) { (mount) throws(MesosError) in try volume(mount) }
            )
            guard let name = task.image else { return }
            container.mesos = try make(mesos__container_info__mesos_info__init) { (info) throws(MesosError) in
                info.image = try make(mesos__image__init) { (image) throws(MesosError) in
                    image.type = MESOS__IMAGE__TYPE__DOCKER
                    image.docker = try make(mesos__image__docker__init) { (docker) throws(MesosError) in
                        docker.name = try text(name)
                    }
                }
            }
        }
    }

    private func volume(_ mount: PodPlan.Mount) throws(MesosError) -> UnsafeMutablePointer<Mesos__Volume> {
        try make(mesos__volume__init) { (volume) throws(MesosError) in
            volume.mode = MESOS__VOLUME__MODE__RW
            volume.container_path = try text(mount.containerPath)
            volume.source = try make(mesos__volume__source__init) { (source) throws(MesosError) in
                source.has_type = 1
                source.type = MESOS__VOLUME__SOURCE__TYPE__DOCKER_VOLUME
                source.docker_volume = try make(mesos__volume__source__docker_volume__init) {
                    (docker) throws(MesosError) in
                    docker.driver = try text(mount.driver)
                    docker.name = try text(mount.volumeName)
                }
            }
        }
    }

    private func check(_ check: PodPlan.Check?) throws(MesosError) -> UnsafeMutablePointer<Mesos__CheckInfo>? {
        guard let check else { return nil }
        return try make(mesos__check_info__init) { (info) throws(MesosError) in
            info.has_type = 1
            info.type = MESOS__CHECK_INFO__TYPE__COMMAND
            info.command = try make(mesos__check_info__command__init) { (message) throws(MesosError) in
                message.command = try command(check.command)
            }
            info.has_delay_seconds = 1
            info.delay_seconds = check.delay.seconds
            info.has_interval_seconds = 1
            info.interval_seconds = check.interval.seconds
            info.has_timeout_seconds = 1
            info.timeout_seconds = check.timeout.seconds
        }
    }

    /// To be found from inside the cluster: nothing outside it has business with a copy.
    private func discovery(_ task: PodPlan.Task) throws(MesosError) -> UnsafeMutablePointer<Mesos__DiscoveryInfo>? {
        guard !task.discovery.isEmpty else { return nil }
        return try make(mesos__discovery_info__init) { (info) throws(MesosError) in
            info.visibility = MESOS__DISCOVERY_INFO__VISIBILITY__CLUSTER
            info.name = try text(task.name)
            info.ports = try make(mesos__ports__init) { (ports) throws(MesosError) in
                ports.n_ports = task.discovery.count
                ports.ports = try list(
                    each(task.discovery) { (port) throws(MesosError) in
                        try make(mesos__port__init) { (message) throws(MesosError) in
                            message.number = UInt32(port.number)
                            message.name = try text(port.name)
                            message.protocol = try text("tcp")
                        }
                    }
                )
            }
        }
    }
}
