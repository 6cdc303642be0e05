/// One resource as Mesos offers it and as a task asks for it.
///
/// - Source: mesos 1.11 include/mesos/v1/mesos.proto, message Resource.
public struct Resource: Hashable, Codable, Sendable {
    /// What it is measured in.
    public enum Value: Hashable, Codable, Sendable {
        /// `cpus`, `mem` (MiB), `disk` (MiB): thousandths, as Mesos itself rounds.
        case scalar(thousandths: Int64)
        /// `ports`: sorted as they came, both ends included.
        case ranges([ClosedRange<UInt64>])
        /// A set of names.
        case set([String])
    }

    /// One entry of the reservation stack, outermost first; repeated as it came when the resource is used.
    public struct Reservation: Hashable, Codable, Sendable {
        /// True for a dynamic reservation, false for a static one.
        public var dynamic: Bool
        /// The role it is reserved for.
        public var role: String
        /// Who reserved it; nil when not said.
        public var principal: String?
        /// Labels in order.
        public var labels: [Label]
        /// Wraps the four.
        public init(dynamic: Bool, role: String, principal: String? = nil, labels: [Label] = []) {
            self.dynamic = dynamic
            self.role = role
            self.principal = principal
            self.labels = labels
        }
    }

    /// The kind of resource: `cpus`, `mem`, `disk`, `ports` or another.
    public var name: String
    /// How much.
    public var value: Value
    /// The role it is allocated to; nil when the framework is not MULTI_ROLE.
    public var allocatedTo: String?
    /// Empty when unreserved.
    public var reservations: [Reservation]
    /// True for what a plain task must not use: revocable, shared, or a disk with a source or persistence.
    public var special: Bool

    /// Wraps the five.
    public init(
        name: String,
        value: Value,
        allocatedTo: String? = nil,
        reservations: [Reservation] = [],
        special: Bool = false
    ) {
        self.name = name
        self.value = value
        self.allocatedTo = allocatedTo
        self.reservations = reservations
        self.special = special
    }
}

/// A key and a value as Mesos and Portworx carry them; either may be empty.
public struct Label: Hashable, Codable, Sendable {
    /// The key.
    public var key: String
    /// The value; nil and empty are different to Mesos.
    public var value: String?
    /// Wraps both.
    public init(_ key: String, _ value: String?) {
        self.key = key
        self.value = value
    }
}
