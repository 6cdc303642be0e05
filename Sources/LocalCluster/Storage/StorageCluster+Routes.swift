import Logging

/// The gateway's calls, those that a scheduler uses.
///
/// - Source: facts on Portworx, §4; `recordings/openstorage/sdk-rest`.
extension StorageCluster {
    private typealias Handler =
        @Sendable (StorageCluster, GatewayRequest, _ variable: String) async throws(GatewayRefusal) -> JSONValue

    private struct Route: Sendable {
        let method: String
        /// `*` stands for the one variable segment.
        let path: [Substring]
        let isListing: Bool
        let handler: Handler

        init(_ method: String, _ path: String, isListing: Bool = false, _ handler: @escaping Handler) {
            self.method = method
            self.path = path.split(separator: "/")
            self.isListing = isListing
            self.handler = handler
        }

        func matches(_ segments: [String]) -> Bool {
            path.count == segments.count && zip(path, segments).allSatisfy { $0 == "*" || $0 == $1 }
        }

        func variable(in segments: [String]) -> String { path.firstIndex(of: "*").map { segments[$0] } ?? "" }
    }

    /// Of two that fit, the first counts.
    private static let routes: [Route] = [
        Route("GET", "identities/version") { cluster, _, _ in cluster.version() },
        Route("GET", "identities/capabilities") { _, _, _ in capabilities },
        Route("GET", "clusters/inspectcurrent") { _, _, _ in cluster },
        Route("GET", "nodes") { cluster, _, _ in
            .message(["node_ids": .strings(cluster.nodes.nodes.map(\.id))])
        },
        Route("GET", "nodes/filters") { cluster, _, _ in
            let used = cluster.usedByPool()
            return .message(["nodes": .array(cluster.nodes.nodes.map { cluster.nodes.inspected($0, used: used) })])
        },
        Route("GET", "nodes/inspectcurrent") { cluster, _, _ throws(GatewayRefusal) in
            try cluster.node(cluster.nodes.nodes.first?.id ?? "")
        },
        Route("GET", "nodes/inspect/*") { cluster, _, id throws(GatewayRefusal) in try cluster.node(id) },
        Route("GET", "volumes", isListing: true) { cluster, request, _ in
            ids(cluster.stored(ago: request.staleBy), as: "volume_ids")
        },
        Route("GET", "volumes/snapshots", isListing: true) { cluster, request, _ throws(GatewayRefusal) in
            try cluster.copies(of: request.query["volume_id"] ?? "", labels: [:], ago: request.staleBy)
        },
        Route("GET", "volumes/inspect/*") { cluster, _, id throws(GatewayRefusal) in
            cluster.inspected(try cluster.volume(id))
        },
        Route("GET", "volumes/usage/*") { cluster, _, id throws(GatewayRefusal) in
            cluster.usage(of: try cluster.volume(id))
        },
        Route("POST", "volumes/filters", isListing: true) { cluster, request, _ throws(GatewayRefusal) in
            ids(try cluster.filtered(by: request), as: "volume_ids")
        },
        Route("POST", "volumes/inspectwithfilters", isListing: true) { cluster, request, _ throws(GatewayRefusal) in
            .message(["volumes": .array(try cluster.filtered(by: request).map(cluster.inspected))])
        },
        Route("POST", "volumes/snapshots/filters/*", isListing: true) { cluster, request, id throws(GatewayRefusal) in
            let asked = try RequestFields.filter.read(JSONValue.parse(request.body))
            return try cluster.copies(of: id, labels: asked.map("labels"), ago: request.staleBy)
        },
        Route("POST", "volumes", postVolume),
        Route("POST", "volumes/snapshots", postSnapshot),
        Route("POST", "volumes/clone", postClone),
        Route("POST", "volumes/snapshot/schedules/*", postSchedule),
        Route("POST", "mountattach/detach", postDetach),
        Route("PUT", "volumes/*", putVolume),
        Route("DELETE", "volumes/*") { cluster, _, id throws(GatewayRefusal) in
            guard !id.isEmpty else { throw .invalid("Must supply volume id") }
            try await cluster.inTurn { () throws(GatewayRefusal) in try cluster.delete(id) }
            return .object([:])
        },
    ]

    /// What faults ask about a request: the route as it is listed above, and the volumes that it names.
    func message(of request: GatewayRequest) -> FaultMessage {
        let route = Self.routes.first { $0.method == request.method && $0.matches(request.path) }
        let path = route.map { $0.path.joined(separator: "/") } ?? request.path.joined(separator: "/")
        var named: Set<String> = [route?.variable(in: request.path) ?? ""]
        // A body that cannot be read names nothing, and is refused where it matters.
        if let body = try? JSONValue.parse(request.body) {
            for field in ["name", "volume_id", "parent_id"] { named.insert(body[field]?.text ?? "") }
        }
        named.remove("")
        for volume in stored() where named.contains(volume.id) || named.contains(volume.name) {
            named.formUnion([volume.id, volume.name])
        }
        return FaultMessage(
            server: .portworx,
            kind: .call,
            route: "\(request.method) \(path)",
            volumes: named,
            isListing: route?.isListing ?? false
        )
    }

    /// Answers one request past the faults.
    func answer(_ request: GatewayRequest, on line: Line) async -> GatewayAnswer {
        await faults.pass(message(of: request), on: line, refuse: GatewayRefusal.fault) { met in
            var request = request
            request.staleBy = met.staleBy
            request.failedSnapshot = met.failedSnapshot
            return await answer(request)
        }
    }

    /// Answers one request; whatever it is, with some answer.
    func answer(_ request: GatewayRequest) async -> GatewayAnswer {
        let fitting = Self.routes.filter { $0.matches(request.path) }
        guard !fitting.isEmpty else { return .text(404, "Not Found") }
        guard let route = fitting.first(where: { $0.method == request.method }) else {
            return .text(405, "Method Not Allowed")
        }
        let isSlow = request.method == "DELETE" || ["snapshots", "clone"].contains(request.path.last ?? "")
        if isSlow, request.method != "GET" { await takeTime() }
        do {
            return .json(200, try await route.handler(self, request, route.variable(in: request.path)))
        } catch {
            logger.debug(
                "a storage call was refused",
                metadata: [
                    "http.method": "\(request.method)", "http.route": "\(route.path.joined(separator: "/"))",
                    "http.status": "\(error.code.httpStatus)", "error": "\(error.message)",
                ]
            )
            return .refused(error)
        }
    }

    // MARK: calls that change something

    @Sendable private static func postVolume(
        _ cluster: StorageCluster,
        _ request: GatewayRequest,
        _: String
    ) async throws(GatewayRefusal) -> JSONValue {
        let asked = try RequestFields.create.read(JSONValue.parse(request.body))
        let id = try await cluster.inTurn { () throws(GatewayRefusal) in
            try cluster.create(name: asked.text("name"), labels: asked.map("labels"), spec: asked.message("spec"))
        }
        return .message(["volume_id": .string(id)])
    }

    @Sendable private static func postSnapshot(
        _ cluster: StorageCluster,
        _ request: GatewayRequest,
        _: String
    ) async throws(GatewayRefusal) -> JSONValue {
        let asked = try RequestFields.snapshot.read(JSONValue.parse(request.body))
        let parent = asked.text("volume_id")
        let name = asked.text("name")
        guard !parent.isEmpty else { throw .invalid("Must supply volume id") }
        guard !name.isEmpty else { throw .invalid("Must supply a name") }
        let id = try await cluster.inTurn { () throws(GatewayRefusal) in
            if request.failedSnapshot == .missing {
                _ = try cluster.volume(parent)
                return cluster.freshID().id
            }
            let id = try cluster.copy(of: parent, name: name, labels: asked.map("labels"), readOnly: true)
            if request.failedSnapshot == .inError { try cluster.spoil(id) }
            return id
        }
        return .message(["snapshot_id": .string(id)])
    }

    @Sendable private static func postClone(
        _ cluster: StorageCluster,
        _ request: GatewayRequest,
        _: String
    ) async throws(GatewayRefusal) -> JSONValue {
        let asked = try RequestFields.clone.read(JSONValue.parse(request.body))
        let parent = asked.text("parent_id")
        let name = asked.text("name")
        guard !name.isEmpty else { throw .invalid("Must supply a uniqe name") }  // its spelling
        guard !parent.isEmpty else { throw .invalid("Must parent volume id") }
        let labels = cluster.sdkVersion.clonesTakeLabels ? asked.map("additional_labels") : [:]
        let id = try await cluster.inTurn { () throws(GatewayRefusal) in
            try cluster.copy(of: parent, name: name, labels: labels, readOnly: false)
        }
        return .message(["volume_id": .string(id)])
    }

    @Sendable private static func postSchedule(
        _ cluster: StorageCluster,
        _ request: GatewayRequest,
        _ id: String
    ) async throws(GatewayRefusal) -> JSONValue {
        let asked = try RequestFields.schedule.read(JSONValue.parse(request.body))
        try await cluster.inTurn { () throws(GatewayRefusal) in
            try cluster.setSnapshotSchedule(of: id, policies: asked.strings("snapshot_schedule_names"))
        }
        return .object([:])
    }

    @Sendable private static func postDetach(
        _ cluster: StorageCluster,
        _ request: GatewayRequest,
        _: String
    ) async throws(GatewayRefusal) -> JSONValue {
        let asked = try RequestFields.detach.read(JSONValue.parse(request.body))
        try await cluster.inTurn { () throws(GatewayRefusal) in try cluster.detach(asked.text("volume_id")) }
        return .object([:])
    }

    @Sendable private static func putVolume(
        _ cluster: StorageCluster,
        _ request: GatewayRequest,
        _ id: String
    ) async throws(GatewayRefusal) -> JSONValue {
        let asked = try RequestFields.update.read(JSONValue.parse(request.body))
        try await cluster.inTurn { () throws(GatewayRefusal) in
            try cluster.update(id, labels: asked.map("labels"), spec: asked.message("spec") ?? [:])
        }
        return .object([:])
    }
}
