import CQL
import FoundationEssentials
import NIOCore
import NIOPosix

extension StandInDatabase {
    func serve(on loop: any EventLoop) async throws {
        let serving = try await loop.submit { NIOLoopBound(try open(loop), eventLoop: loop) }.get()
        let server = try await bind(loop, serving)
        defer { server.close(promise: nil) }
        let gossip = try await bindGossip(loop, serving)
        let administration = try await bindAdministration(loop, serving)
        let port = server.localAddress?.port.flatMap { UInt16(exactly: $0) } ?? self.port
        let places = "\(host):\(port), gossip at \(gossipHost ?? host):\(storagePort)"
        log("serving cluster \(identity.clusterName) at \(places)")
        listening?(port)
        await withTaskCancellationHandler {
            // Closed by us alone: either way is the end.
            try? await server.closeFuture.get()
        } onCancel: {
            server.close(promise: nil)
        }
        // They have been closed by now if their loop has gone.
        try? await gossip.close()
        try? await administration?.close()
        try await loop.submit { serving.value.store.close() }.get()
    }

    /// What lives on the event loop.
    struct Serving {
        let store: RowStore
        let engine: Engine
        let ring: RingView
        let clients: Clients
    }

    private func open(_ loop: any EventLoop) throws -> Serving {
        let system = "\(directory)/data/system"
        // A volume that nobody ever wrote a database to must not become an empty one, and a green test.
        guard FileManager.default.fileExists(atPath: system) else {
            throw StandInError.directory("no_data", "\(system) does not exist: this directory holds no database")
        }
        let addresses = try addresses()
        let store = try RowStore(path: Self.path(in: directory), isNew: false)
        do {
            let engine = try Engine(store)
            let saved = try store.transaction { (rows) throws(ErrorMessage) in try Node.saved(rows, engine.schema) }
            try Node.check(saved, is: identity, given)
            let generation = Int32(clamping: Int64(Date().timeIntervalSince1970))
            let own = try store.transaction { (rows) throws(ErrorMessage) in
                try Node.boot(rows, engine.schema, at: addresses, generation: generation)
            }
            if asksForLogin {
                try store.transaction { (rows) throws(ErrorMessage) in try Node.addDefaultRole(rows, engine.schema) }
            }
            let ring = RingView(clusterName: identity.clusterName, own: own, at: addresses)
            let clients = Clients(log: log)
            // After the statement's own answer, and when its session is no longer at work.
            let isolated = loop.assumeIsolated()
            engine.schemaChanged = { change in isolated.execute { clients.tell(.schemaChange(change)) } }
            return Serving(store: store, engine: engine, ring: ring, clients: clients)
        } catch {
            store.close()
            guard let error = error as? ErrorMessage else { throw error }
            throw StandInError.directory("corrupt", error.message)
        }
    }

    private func addresses() throws(StandInError) -> NodeAddresses {
        func address(_ text: String) throws(StandInError) -> IPv4Address {
            guard let address = IPv4Address(text) else { throw .network("bad_host", "\(text) is no IPv4 address") }
            return address
        }
        let host = try address(host)
        let listen = try gossipHost.map(address) ?? host
        return NodeAddresses(
            listen: listen,
            broadcast: try broadcastHost.map(address) ?? listen,
            clients: try clientHost.map(address) ?? host,
            seeds: try seeds.map(address)
        )
    }

    // MARK: listening

    private func bind(_ loop: any EventLoop, _ serving: NIOLoopBound<Serving>) async throws -> any Channel {
        let (idle, asksForLogin) = (TimeAmount(idleLimit), asksForLogin)
        do {
            return try await ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handlers = channel.pipeline.syncOperations
                        // No more is read from a client that does not take its answers.
                        try handlers.addHandler(BackPressureHandler())
                        try handlers.addHandler(IdleStateHandler(readTimeout: idle))
                        let parts = serving.value
                        let session = Session(parts.engine, asksForLogin: asksForLogin)
                        try handlers.addHandler(ClientHandler(parts.clients, session))
                    }
                }
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(host: host, port: Int(port)).get()
        } catch {
            throw StandInError.network("cannot_listen", "\(host):\(port): \(error)")
        }
    }

    private func bindAdministration(
        _ loop: any EventLoop,
        _ serving: NIOLoopBound<Serving>
    ) async throws -> (any Channel)? {
        guard jmxPort != 0 else { return nil }
        let log = log
        do {
            return try await ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = AdministrationHandler(serving.value.clients, log)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .bind(host: "127.0.0.1", port: Int(jmxPort)).get()
        } catch {
            throw StandInError.network("cannot_listen", "127.0.0.1:\(jmxPort) for administration: \(error)")
        }
    }
}
