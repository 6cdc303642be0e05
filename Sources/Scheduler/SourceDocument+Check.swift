import Lifecycle
import Model

extension SourceDocument {
    /// The source, once every field is in its range.
    func checked() throws(SchedulerError) -> Source {
        let isName = (1...40).contains(name.utf8.count) && name.utf8.allSatisfy(\.isNameByte)
        guard isName else { throw fault("name", "has to be 1 to 40 of [a-z0-9-]") }
        let (volume, others) = try checkedVolumes()
        if let field = unsupported.first { throw fault(field, "is not in this version; take it out to go on without") }
        return Source(
            name: SourceName(name),
            volume: volume,
            others: others,
            cassandra: try checkedCassandra(),
            network: try checkedNetwork(),
            tier: try checkedTier(),
            limits: try checkedLimits(),
            login: try checkedLogin(),
            quiesce: try checkedQuiesce(),
            demands: Source.Demands(complete: requireComplete ?? false, mask: requireMask ?? false),
            mask: try checkedMask()
        )
    }

    /// The first node's volume, and the others of its ring; nil where there are none.
    private func checkedVolumes() throws(SchedulerError) -> (String, [Source.Member]?) {
        guard (1...Source.nodesMax).contains(volumes.count) else {
            throw fault("volumes", "has to name one volume, or up to \(Source.nodesMax) that make up a ring")
        }
        var members: [Source.Member] = []
        for document in volumes {
            let name = document.volume
            // A comma, a slash or an equals sign would be options to the docker volume driver.
            guard (1...200).contains(name.utf8.count), name.utf8.allSatisfy({ $0.isNameByte || $0.isVolumeByte }) else {
                throw fault("volumes", "has to be a volume's bare name, 1 to 200 of [A-Za-z0-9_.-]")
            }
            guard !members.contains(where: { $0.volume == name }) else {
                throw fault("volumes", "names \(name) twice: each node of a ring has a volume of its own")
            }
            let rack = try document.rack.map { rack throws(SchedulerError) in try text(rack, or: "", "volumes.rack") }
            members.append(Source.Member(volume: name, rack: rack))
        }
        return (members[0].volume, members.count > 1 ? Array(members.dropFirst()) : nil)
    }

    private func checkedLogin() throws(SchedulerError) -> Source.Login {
        guard let login else { return .run }
        guard let known = Source.Login(rawValue: login) else {
            throw fault("login", "has to be \(Source.Login.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return known
    }

    private func checkedQuiesce() throws(SchedulerError) -> Source.Quiesce? {
        guard let quiesce else { return nil }
        switch quiesce.word {
        case "none": return nil
        case "flush", nil: break
        case .some:
            throw fault("quiesce", "has to be \"none\", \"flush\", or an object with jmxPort, timeout and onFailure")
        }
        let usual = Source.Quiesce()
        let timeout = quiesce.timeout ?? usual.timeout
        guard (Span.seconds(5)...Span.minutes(5)).contains(timeout) else {
            throw fault("quiesce.timeout", "has to be 5s to 5m")
        }
        guard let onFailure = quiesce.onFailure.map(Source.Quiesce.Failure.init(rawValue:)) ?? usual.onFailure else {
            throw fault("quiesce.onFailure", "has to be warn or fail")
        }
        guard quiesce.jmxPort != 0 else { throw fault("quiesce.jmxPort", "has to be 1 to 65535") }
        return Source.Quiesce(jmxPort: quiesce.jmxPort ?? usual.jmxPort, timeout: timeout, onFailure: onFailure)
    }

    private func checkedMask() throws(SchedulerError) -> String? {
        guard let mask else {
            guard requireMask != true else { throw fault("mask", "is required by requireMask, and is not there") }
            return nil
        }
        let place = try text(mask, or: "", "mask")
        // It is shown; a password in it would be too.
        guard !place.contains("@") else { throw fault("mask", "has to be a path or an address without a login") }
        return place
    }

    private func checkedVersion() throws(SchedulerError) -> CassandraVersion {
        guard let named = cassandra.version else {
            guard let told = CassandraVersion(image: cassandra.image) else {
                throw fault(
                    "cassandra.version",
                    "is needed: the tag of image \(cassandra.image.prefix(100)) names none of \(CassandraVersion.list);"
                        + " name the nearest"
                )
            }
            return told
        }
        guard let known = CassandraVersion(rawValue: named) else {
            throw fault("cassandra.version", "has to be one of \(CassandraVersion.list), not \(named.prefix(20))")
        }
        return known
    }

    private func fault(_ field: String, _ message: String) -> SchedulerError {
        SchedulerError(.sources, "source \(name.prefix(60)): \(field) \(message)")
    }

    private func text(_ value: String?, or other: String, _ field: String) throws(SchedulerError) -> String {
        guard let value else { return other }
        let isPlain = value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        guard (1...200).contains(value.utf8.count), isPlain else {
            throw fault(field, "has to be 1 to 200 bytes without control characters")
        }
        return value
    }

    private func checkedCassandra() throws(SchedulerError) -> Source.Cassandra {
        let cpus = cassandra.cpus ?? 1
        guard cpus >= 0.01, cpus <= 256 else { throw fault("cassandra.cpus", "has to be 0.01 to 256") }
        let memory = cassandra.memoryMB ?? 3_072
        guard (16...1_048_576).contains(memory) else { throw fault("cassandra.memoryMB", "has to be 16 to 1048576") }
        if let heap = cassandra.heapMB, !(1...memory).contains(heap) {
            throw fault("cassandra.heapMB", "has to be 1 to memoryMB")
        }
        let tokens = cassandra.numTokens ?? 256
        guard (1...1_536).contains(tokens) else { throw fault("cassandra.numTokens", "has to be 1 to 1536") }
        return Source.Cassandra(
            image: try text(cassandra.image, or: "", "cassandra.image"),
            clusterName: try text(cassandra.clusterName, or: "", "cassandra.clusterName"),
            dataCenter: try text(cassandra.dataCenter, or: "datacenter1", "cassandra.dataCenter"),
            rack: try text(volumes.first?.rack ?? cassandra.rack, or: "rack1", "cassandra.rack"),
            numTokens: tokens,
            milliCPUs: Int64((cpus * 1_000).rounded()),
            memoryMB: memory,
            heapMB: cassandra.heapMB,
            user: try cassandra.user.map { user throws(SchedulerError) in try text(user, or: "", "cassandra.user") },
            version: try checkedVersion()
        )
    }

    private func checkedNetwork() throws(SchedulerError) -> PodPlan.Network {
        let name = try text(network, or: "mesos-bridge", "network")
        guard name == "host" else { return .named(name) }
        guard allowHostNetwork == true else {
            throw fault(
                "network",
                "\"host\" needs \"allowHostNetwork\": true, since production's own Cassandra may be on the agent's ports"
            )
        }
        return .host
    }

    private func checkedTier() throws(SchedulerError) -> Source.TierPolicy {
        let copy = tier?.copy ?? Source.CopyMethod.inPlace.rawValue
        guard let method = Source.CopyMethod(rawValue: copy) else {
            let known = Source.CopyMethod.allCases.map(\.rawValue).joined(separator: " or ")
            throw fault("tier.copy", "has to be \(known) in this version")
        }
        return Source.TierPolicy(want: tier?.want ?? .low, copy: method, require: tier?.require ?? false)
    }

    private func checkedLimits() throws(SchedulerError) -> Source.Limits {
        let standard = Source.Limits()
        let checked = Source.Limits(
            runs: limits?.runs ?? standard.runs,
            lease: limits?.lease ?? standard.lease,
            leaseMax: limits?.leaseMax ?? max(standard.leaseMax, limits?.lease ?? standard.lease),
            snapshots: limits?.snapshots ?? standard.snapshots
        )
        guard (1...1_000).contains(checked.runs) else { throw fault("limits.runs", "has to be 1 to 1000") }
        // Portworx itself takes 64 of one volume, the platform's own schedules included.
        guard (1...64).contains(checked.snapshots) else { throw fault("limits.snapshots", "has to be 1 to 64") }
        guard checked.leaseMax > .zero, checked.leaseMax <= .days(14) else {
            throw fault("limits.leaseMax", "has to be longer than nothing and at most 2w")
        }
        guard checked.lease > .zero, checked.lease <= checked.leaseMax else {
            throw fault("limits.lease", "has to be longer than nothing and at most leaseMax")
        }
        return checked
    }
}

extension UInt8 {
    fileprivate var isNameByte: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || self == UInt8(ascii: "-")
    }

    fileprivate var isVolumeByte: Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) || self == UInt8(ascii: "_") || self == UInt8(ascii: ".")
    }
}
