// swift-tools-version:6.3
import PackageDescription

// What the helper needs and nothing else, so that a mutant of it is built in seconds: scripts/build-helper copies it and
// the sources into a folder of their own. The products are the same as in the package at the top.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "helper",
    targets: [
        .systemLibrary(name: "CCrypt"),
        .target(name: "CSealing"),
        .target(name: "Model", swiftSettings: settings),
        .target(name: "CQL", swiftSettings: settings),
        .target(name: "Digest", swiftSettings: settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        .target(name: "Cassandra", dependencies: ["Model"], swiftSettings: settings),
        .target(name: "CQLClient", dependencies: ["CQL", "Model"], swiftSettings: settings),
        .target(name: "PasswordHash", dependencies: ["CCrypt", "Model"], swiftSettings: settings),
        .target(
            name: "Sealing",
            dependencies: ["CQL", "CQLClient", "CSealing", "Cassandra", "Digest", "Model", "PasswordHash"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "copyboot",
            dependencies: ["Sealing"],
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-static-executable", "-use-ld=lld"])]
        ),
    ]
)
