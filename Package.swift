// swift-tools-version:6.3
import PackageDescription

// What every target of ours is built with: docs/adr/0001 and CONTRIBUTING.md say why.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// For targets that touch no C and no pointer.
let pure: [SwiftSetting] = settings + [.strictMemorySafety()]

let package = Package(
    name: "understudy",
    products: [
        .executable(name: "understudy", targets: ["understudy"]),
        .executable(name: "copyboot", targets: ["copyboot"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
        // Hummingbird's own, named since our code speaks of their types.
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        // jwt-kit's own: the stand-in for the IAM makes its key with it.
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    ],
    targets: [
        // MARK: C
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
        // Debian's package has no pkg-config file; the header and the library are in the usual folders.
        .systemLibrary(name: "CZooKeeper", providers: [.apt(["libzookeeper-mt-dev"])]),
        // libxcrypt has no pkg-config file that links statically; `crypt` is on every Debian.
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .target(name: "CMesos", dependencies: ["CProtobufC"]),
        .target(name: "CSealing"),

        // MARK: pure
        .target(name: "Model", swiftSettings: pure),
        .target(name: "Lifecycle", dependencies: ["Model"], swiftSettings: pure),
        .target(name: "Cassandra", dependencies: ["Model"], swiftSettings: pure),
        .target(name: "CQL", swiftSettings: pure),
        // The helper digests itself at each start: a debug build would take seconds for that.
        .target(name: "Digest", swiftSettings: pure + [.unsafeFlags(["-O"], .when(configuration: .debug))]),

        // MARK: shells
        .target(name: "CQLClient", dependencies: ["CQL", "Model"], swiftSettings: settings),
        .target(name: "PasswordHash", dependencies: ["CCrypt", "Model"], swiftSettings: settings),
        .target(
            name: "Sealing",
            dependencies: ["CSealing", "CQL", "CQLClient", "Cassandra", "Digest", "Model", "PasswordHash"],
            swiftSettings: settings
        ),
        // Nothing is in the container that it could be linked with. No test may depend on it: its linker settings would
        // be the test's too.
        .executableTarget(
            name: "copyboot",
            dependencies: ["Sealing"],
            swiftSettings: settings,
            linkerSettings: [
                .unsafeFlags(["-static-executable", "-use-ld=lld", "-Xlinker", "-s", "-Xlinker", "--gc-sections"])
            ]
        ),
        .target(name: "ZooKeeper", dependencies: ["CZooKeeper", "Model"], swiftSettings: settings),
        .target(name: "HTTPTransport", dependencies: ["CCurl"], swiftSettings: settings),
        .target(
            name: "Mesos",
            dependencies: ["CMesos", "CProtobufC", "HTTPTransport", "Model", "ZooKeeper"],
            swiftSettings: settings
        ),
        .target(
            name: "DCOS",
            dependencies: ["Digest", "HTTPTransport", "Model", .product(name: "JWTKit", package: "jwt-kit")],
            swiftSettings: settings
        ),
        .target(name: "Portworx", dependencies: ["HTTPTransport", "Model"], swiftSettings: settings),
        .target(
            name: "StateStore",
            dependencies: ["Model", "ZooKeeper", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: settings
        ),
        .target(
            name: "Scheduler",
            dependencies: [
                "Digest", "Lifecycle", "Model", "StateStore", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Adapters",
            dependencies: [
                "Cassandra", "Lifecycle", "Mesos", "Model", "PasswordHash", "Portworx", "Scheduler",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(name: "API", dependencies: ["HTTPTransport", "Model"], swiftSettings: settings),
        .target(
            name: "ControlAPI",
            dependencies: [
                "API", "Digest", "Lifecycle", "Model", "Scheduler",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "StandIn",
            dependencies: [
                "CQL", "Model", "PasswordHash",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "LocalCluster",
            dependencies: [
                "Model",
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "understudy",
            dependencies: [
                "API", "Adapters", "CQL", "CQLClient", "ControlAPI", "DCOS", "Digest", "HTTPTransport",
                "Lifecycle", "LocalCluster", "Mesos", "Model", "Portworx", "Scheduler", "StandIn", "StateStore",
                "ZooKeeper",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings,
            // Nobody links with it: what nothing calls is left out of what is installed.
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "--no-export-dynamic", "-Xlinker",
                        "--exclude-libs=ALL", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
                    ],
                    .when(configuration: .release)
                )
            ]
        ),

        // MARK: measurements
        .executableTarget(
            name: "bench",
            dependencies: [
                "API", "HTTPTransport", "Lifecycle", "LocalCluster", "Mesos", "Model", "Scheduler", "StateStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Benchmarks/Bench",
            swiftSettings: settings
        ),

        // MARK: tests
        .target(name: "ScriptedServer", path: "Tests/ScriptedServer", swiftSettings: settings),
        .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: pure),
        .target(
            name: "StateStoreKit",
            dependencies: ["SeededRandom", "StateStore"],
            path: "Tests/StateStoreKit",
            swiftSettings: settings
        ),
        .target(
            name: "ZooKeeperServer",
            dependencies: ["LocalCluster"],
            path: "Tests/ZooKeeperServer",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "StateStoreWriter",
            dependencies: ["StateStore", "StateStoreKit"],
            path: "Tests/StateStoreWriter",
            swiftSettings: settings
        ),
        .testTarget(
            name: "StateStoreTests",
            dependencies: [
                "Model", "SeededRandom", "StateStore", "StateStoreKit", "StateStoreWriter", "ZooKeeper",
                "ZooKeeperServer",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HTTPTransportTests",
            dependencies: ["HTTPTransport", "ScriptedServer", "SeededRandom"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MesosTests",
            dependencies: ["HTTPTransport", "Mesos", "Model", "SeededRandom", "ZooKeeper", "ZooKeeperServer"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "DCOSTests",
            dependencies: [
                "DCOS", "HTTPTransport", "LocalCluster", "Model", "ScriptedServer",
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PortworxTests",
            dependencies: ["HTTPTransport", "Model", "Portworx", "ScriptedServer", "SeededRandom"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "AdaptersTests",
            dependencies: [
                "Adapters", "Lifecycle", "Mesos", "Model", "Portworx", "Scheduler", "SeededRandom", "StateStore",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "APITests",
            dependencies: ["API", "HTTPTransport", "Model", "SeededRandom"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ControlAPITests",
            dependencies: [
                "API", "ControlAPI", "HTTPTransport", "Lifecycle", "Model", "Scheduler", "StateStore",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SchedulerTests",
            dependencies: [
                "Lifecycle", "Model", "Scheduler", "StateStore", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CassandraTests",
            dependencies: ["Cassandra", "LocalCluster", "Model"],
            swiftSettings: settings
        ),
        .testTarget(name: "DigestTests", dependencies: ["Digest", "Model", "PasswordHash"], swiftSettings: settings),
        .testTarget(
            name: "SealingTests",
            dependencies: ["LocalCluster", "Model", "Sealing", "SeededRandom"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "API", "CQL", "CQLClient", "Cassandra", "Digest", "HTTPTransport", "Lifecycle", "LocalCluster",
                "Mesos", "Model", "PasswordHash", "Portworx", "ScriptedServer", "SeededRandom", "StandIn", "ZooKeeper",
                "ZooKeeperServer", "understudy",
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Simulation",
            dependencies: ["Lifecycle", "Model", "Scheduler", "SeededRandom", "StateStore"],
            path: "Tests/Simulation",
            swiftSettings: pure
        ),
        .executableTarget(
            name: "sim",
            dependencies: ["Simulation"],
            path: "Tests/SimulationRunner",
            swiftSettings: settings
        ),
        .testTarget(
            name: "LifecycleTests",
            dependencies: ["Lifecycle", "Model", "SeededRandom", "Simulation"],
            swiftSettings: pure
        ),
        .testTarget(name: "CQLTests", dependencies: ["CQL", "SeededRandom"], swiftSettings: pure),
        .testTarget(
            name: "StandInTests",
            dependencies: ["CQL", "CQLClient", "LocalCluster", "SeededRandom", "StandIn"],
            exclude: ["driver_checks.py"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "LocalClusterTests",
            dependencies: ["LocalCluster", "Model", "SeededRandom", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
    ]
)
