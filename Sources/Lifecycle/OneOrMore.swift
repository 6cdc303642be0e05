/// One, or several in an order: what a run has for each volume of its source.
///
/// Never empty. Written as the one alone where there is but one, as records are that are older than rings.
public struct OneOrMore<Element: Hashable & Codable & Sendable>: Hashable, Sendable, RandomAccessCollection {
    private var elements: [Element]

    /// The one.
    public init(only element: Element) { elements = [element] }

    /// nil for none.
    public init?(_ elements: some Sequence<Element>) {
        self.elements = Array(elements)
        if self.elements.isEmpty { return nil }
    }

    /// The first, or the only one.
    public var head: Element { elements[0] }
    /// 0.
    public var startIndex: Int { elements.startIndex }
    /// How many there are.
    public var endIndex: Int { elements.endIndex }

    /// By the volume's place in its source.
    public internal(set) subscript(_ place: Int) -> Element {
        get { elements[place] }
        set { elements[place] = newValue }
    }
}

extension OneOrMore: Codable {
    /// Reads one, or a list.
    public init(from decoder: any Decoder) throws {
        // What is no list is the one alone; whether it is a good one, its own reading says.
        guard var list = try? decoder.unkeyedContainer() else {
            self.init(only: try Element(from: decoder))
            return
        }
        var elements: [Element] = []
        while !list.isAtEnd { elements.append(try list.decode(Element.self)) }
        guard let read = Self(elements) else {
            let context = DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "an empty list")
            throw DecodingError.dataCorrupted(context)
        }
        self = read
    }

    /// Writes one, or a list.
    public func encode(to encoder: any Encoder) throws {
        if elements.count == 1 { try head.encode(to: encoder) } else { try elements.encode(to: encoder) }
    }
}
