public import Model

extension CassandraIdentity {
    /// Takes what the data says of one setting.
    ///
    /// - Parameters:
    ///   - setting: as in a source, `cassandra.rack`.
    ///   - saved: in Cassandra's own words.
    /// - Returns: false for a setting that is none of the four, or a number that is none.
    public mutating func correct(_ setting: String, to saved: String) -> Bool {
        switch setting {
        case "cassandra.clusterName": clusterName = saved
        case "cassandra.dataCenter": dataCenter = saved
        case "cassandra.rack": rack = saved
        case "cassandra.numTokens":
            guard let number = Int(saved) else { return false }
            numTokens = number
        default: return false
        }
        return true
    }
}
