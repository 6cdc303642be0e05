/// One rule of the contract that every store keeps.
///
/// Rules are values, so that no store's tests can leave one out: each runs ``all`` of them.
package struct StateStoreRule: Sendable, CustomStringConvertible {
    /// The rule, as a sentence.
    package let description: String
    private let body: @Sendable (StateMedium) async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable (StateMedium) async throws -> Void) {
        self.description = description
        self.body = body
    }

    /// Runs the rule; what is broken is an issue of the current test.
    ///
    /// - Parameter medium: new, with nothing in it.
    /// - Throws: what the store throws where the rule has no word for it.
    package func check(_ medium: StateMedium) async throws { try await body(medium) }

    /// Every rule.
    package static let all = records + batches + epochs + limits + endings + concurrency + histories
}
