/// Who a Cassandra node is by its data; it boots under the same or not at all.
public struct CassandraIdentity: Hashable, Codable, Sendable {
    /// As written in the data.
    public var clusterName: String
    /// As written in the data.
    public var dataCenter: String
    /// As written in the data.
    public var rack: String
    /// As many as the data has.
    public var numTokens: Int

    /// Wraps the four.
    public init(clusterName: String, dataCenter: String, rack: String, numTokens: Int) {
        self.clusterName = clusterName
        self.dataCenter = dataCenter
        self.rack = rack
        self.numTokens = numTokens
    }
}
