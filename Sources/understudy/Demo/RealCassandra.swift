/// A Cassandra that is installed on this machine, run instead of the stand-in: `CASSANDRA_HOME`, and `JAVA_HOME` where it needs one.
struct RealCassandra: Sendable {
    /// Holds `bin/cassandra` and `conf/`.
    let home: String
    /// nil for the `java` that is found by itself.
    let javaHome: String?

    /// What the environment asks for; nil for the stand-in.
    static func fromEnvironment() throws -> RealCassandra? {
        guard let home = environmentVariable("CASSANDRA_HOME"), !home.isEmpty else { return nil }
        let real = RealCassandra(home: home, javaHome: environmentVariable("JAVA_HOME"))
        for path in [real.home, real.javaHome ?? ""] where path.contains("'") || path.contains("|") {
            throw DemoFault("CASSANDRA_HOME and JAVA_HOME may have no ' and no | in them: \(path)")
        }
        return real
    }

    /// One of its programs, as a copy's helper finds it in an image.
    func program(_ name: String) -> String {
        """
        #!/bin/sh
        export CASSANDRA_HOME='\(home)' \(javaHome.map { "JAVA_HOME='\($0)'" } ?? "")
        if [ \(name) = cassandra ] && [ "$(id -u)" -eq 0 ] && grep -q -e '-R)' "$CASSANDRA_HOME/bin/cassandra"; then
            set -- -R "$@"
        fi
        exec "$CASSANDRA_HOME/bin/\(name)" "$@"
        """ + "\n"
    }

    /// The image's entry point, as far as the image's variables go: a configuration of its own in the task's sandbox.
    ///
    /// - Source: facts on Cassandra, §4.
    var entryPoint: String {
        """
        #!/bin/sh
        set -eu
        export CASSANDRA_HOME='\(home)' \(javaHome.map { "JAVA_HOME='\($0)'" } ?? "")
        export CASSANDRA_CONF="$MESOS_SANDBOX/conf"
        rm -rf "$CASSANDRA_CONF"
        cp -R "$CASSANDRA_HOME/conf" "$CASSANDRA_CONF"
        yaml=$CASSANDRA_CONF/cassandra.yaml
        address=${CASSANDRA_LISTEN_ADDRESS:-127.0.0.1}
        put() {
            sed -i -E "/^#? ?$1:/d" "$yaml"
            printf '%s: %s\\n' "$1" "$2" >>"$yaml"
        }
        put cluster_name "'$CASSANDRA_CLUSTER_NAME'"
        put num_tokens "${CASSANDRA_NUM_TOKENS:-256}"
        put listen_address "$address"
        put rpc_address "$address"
        put endpoint_snitch "${CASSANDRA_ENDPOINT_SNITCH:-GossipingPropertyFileSnitch}"
        for directory in commitlog saved_caches hints cdc_raw; do
            # Older versions know fewer of them, and refuse what they do not know.
            if grep -q "^#* *${directory}_directory:" "$yaml"; then
                put "${directory}_directory" "$UNDERSTUDY_DATA/$directory"
            fi
        done
        sed -i -E '/^data_file_directories:/,/^[^ #-]/{/^ +- /d;/^data_file_directories:/d}' "$yaml"
        printf 'data_file_directories: [ %s ]\\n' "$UNDERSTUDY_DATA/data" >>"$yaml"
        sed -i -E "s/- seeds:.*/- seeds: \\"${CASSANDRA_SEEDS:-$address}\\"/" "$yaml"
        printf 'dc=%s\\nrack=%s\\n' "${CASSANDRA_DC:-datacenter1}" "${CASSANDRA_RACK:-rack1}" \\
            >"$CASSANDRA_CONF/cassandra-rackdc.properties"
        as_root=
        if [ "$(id -u)" -eq 0 ] && grep -q -e '-R' "$CASSANDRA_HOME/bin/cassandra"; then as_root=-R; fi
        exec "$CASSANDRA_HOME/bin/cassandra" -f $as_root
        """ + "\n"
    }
}
