// swift-tools-version:6.3
import PackageDescription

// What a simulation needs and nothing else, so that it is built in seconds: scripts/build-simulation copies it and the
// sources into a folder of their own. The products are the same as in the package at the top.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "simulation",
    targets: [
        .target(name: "Model", swiftSettings: settings),
        .target(name: "Lifecycle", dependencies: ["Model"], swiftSettings: settings),
        .target(
            name: "StateStore",
            dependencies: ["Model"],
            sources: ["StateStore.swift", "StateStoreError.swift"],
            swiftSettings: settings
        ),
        .target(
            name: "Scheduler",
            dependencies: ["Lifecycle", "Model", "StateStore"],
            sources: ["FrameLoop.swift", "Records.swift", "Records+Archive.swift", "SchedulerError.swift"],
            swiftSettings: settings
        ),
        .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: settings),
        .target(
            name: "Simulation",
            dependencies: ["Lifecycle", "Model", "Scheduler", "SeededRandom", "StateStore"],
            path: "Tests/Simulation",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "sim",
            dependencies: ["Simulation"],
            path: "Tests/SimulationRunner",
            swiftSettings: settings
        ),
    ]
)
