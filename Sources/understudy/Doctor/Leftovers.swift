/// What `understudy uninstall --verify` found of an installation that should be gone.
struct Leftovers: Hashable, Sendable {
    /// Where it was looked.
    enum Place: String, Hashable, Sendable, Encodable {
        case mesos, store, portworx
    }

    /// One thing that is left.
    struct Item: Hashable, Sendable, Encodable {
        var place: Place
        /// What it is, and what it is called.
        var what: String
        /// How to remove it by hand, in words.
        var removal: String
    }

    /// A place that could not be looked at, or only in part.
    struct Unseen: Hashable, Sendable, Encodable {
        var place: Place
        var reason: String
        /// What to do so that it can, in words.
        var fix: String
    }

    /// What is left, in the order in which it is best removed.
    var items: [Item] = []
    var unseen: [Unseen] = []
    /// What is there and nobody's fault.
    var remarks: [String] = []
}

extension Leftovers: Encodable {
    private enum CodingKeys: String, CodingKey {
        case items = "left"
        case unseen, remarks
    }
}
