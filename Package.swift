// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 mode, the upcoming features that this code base is written in, and warnings that stop the build.
///
/// Debug builds can die at a failpoint; see `Failpoint`.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    .define("FAILPOINTS", .when(configuration: .debug)),
]

/// A library target in `Shared/` or another folder, together with its tests in `Tests/<name>Tests`; files that it embeds
/// are bytes of its `PackageResources`, and `golden` are folders beside its tests that these read by themselves.
func library(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    testedWith testDependencies: [Target.Dependency] = [],
    embedding files: [String] = [],
    excluding excluded: [String] = [],
    golden: [String] = [],
    in folder: String = "Shared"
) -> [Target] {
    [
        .target(
            name: name,
            dependencies: dependencies,
            path: "\(folder)/\(name)",
            exclude: excluded,
            resources: files.map { .embedInCode($0) },
            swiftSettings: settings
        ),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.byName(name: name)] + dependencies + testDependencies,
            path: "Tests/\(name)Tests",
            exclude: golden,
            swiftSettings: settings
        ),
    ]
}

/// An executable target in `Services/` or another folder, together with its tests in `Tests/<name>Tests`.
func executable(
    _ name: String,
    _ dependencies: [Target.Dependency],
    testedWith testDependencies: [Target.Dependency] = [],
    excluding excluded: [String] = [],
    in folder: String = "Services"
) -> [Target] {
    [
        .executableTarget(
            name: name,
            dependencies: dependencies,
            path: "\(folder)/\(name)",
            exclude: excluded,
            swiftSettings: settings
        ),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.byName(name: name)] + dependencies + testDependencies,
            path: "Tests/\(name)Tests",
            swiftSettings: settings
        ),
    ]
}

/// A service in `Services/` with its tests in `Tests/<name>Tests`; its product has the name that operators know.
func service(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    testedWith testDependencies: [Target.Dependency] = []
) -> [Target] {
    [
        .executableTarget(
            name: name,
            dependencies: dependencies + [
                "Concurrency", "DatabaseService", "HTTPServer", "HTTPService", "JSON", "Models", "Observability",
                "Persistence", "Postgres", "RESTContract", "ServiceRuntime",
            ],
            path: "Services/\(name)",
            exclude: ["README.md"],
            resources: [.embedInCode("openapi.json")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.byName(name: name)] + dependencies + testDependencies + [
                "HTTPServer", "JSON", "Models", "Observability", "Persistence", "Postgres", "RESTTestSupport",
                "ServiceRuntime",
            ],
            path: "Tests/\(name)Tests",
            swiftSettings: settings
        ),
    ]
}

/// The messages of a topic and of services: `.proto` files and, in `Generated`, the C that protoc-c makes of them.
func protocolBuffers(_ name: String, files: [String]) -> [Target] {
    [
        .target(
            name: name,
            path: "Shared/\(name)",
            exclude: files,
            linkerSettings: [.linkedLibrary("protobuf-c")]
        )
    ]
}

/// What is fuzzed, as tests that go through the inputs that are kept; for `scripts/fuzz` the executable that looks for more.
func fuzzing(_ dependencies: [Target.Dependency]) -> Target {
    let path = "Tests/Tools/Fuzzing"
    guard Context.environment["BUILD_FUZZING"] != nil else {
        return .testTarget(
            name: "FuzzingTests",
            dependencies: dependencies,
            path: path,
            exclude: ["Corpus", "Driver.swift", "minimise.py"],
            swiftSettings: settings
        )
    }
    return .executableTarget(
        name: "Fuzzing",
        dependencies: dependencies,
        path: path,
        exclude: ["Corpus", "CorpusTests.swift", "minimise.py"],
        swiftSettings: settings
    )
}

/// All targets; the type is written out, because without it the manifest takes the compiler too long.
let targets: [[Target]] = [
    [
        "CExpat", "CGEOS", "CGRPC", "CLibCurl", "CLibPQ", "CLibProj", "CLibRDKafka", "CMalloc", "CMicroHTTPD",
        "COpenSSL", "CPrefetch", "CQREncode", "CZlib",
    ].map { name in
        .systemLibrary(name: name, path: "Shared/\(name)")
    },
    [.target(name: "Failpoints", path: "Shared/Failpoints", swiftSettings: settings)],
    library("Concurrency"),
    library("Credentials", ["COpenSSL", "Models"]),
    library(
        "GRPCServer",
        ["Concurrency", "CGRPC", "Networking", "Observability"],
        testedWith: ["GRPCTestSupport", "Simulation", "TestSupport"],
        embedding: ["Generated/grpc_services.binpb"],
        excluding: ["Protocols"]
    ),
    library("Geospatial", ["CLibProj"], testedWith: ["Simulation"]),
    library("HTTPClient", ["Concurrency", "CLibCurl"], testedWith: ["HTTPServer", "Observability"]),
    library(
        "HTTPServer",
        ["Concurrency", "CMicroHTTPD", "COpenSSL", "CZlib", "JSON", "Networking", "Observability"],
        testedWith: ["RESTTestSupport", "TestSupport"]
    ),
    library("JSON"),
    library("Kafka", ["Concurrency", "CLibRDKafka", "Failpoints", "Observability"], testedWith: ["KafkaTestSupport"]),
    library("Models", ["Geospatial", "JSON"]),
    library(
        "LocationQueue",
        ["Concurrency", "Failpoints", "Kafka", "LocationProtocol", "Models", "Observability", "Postgres"],
        testedWith: ["Geospatial", "KafkaTestSupport", "Persistence", "Simulation", "TestSupport"],
        golden: ["Golden"]
    ),
    library(
        "Persistence",
        ["Credentials", "Failpoints", "Geospatial", "JSON", "Models", "Observability", "Postgres"],
        testedWith: ["Proximity", "Simulation", "TestSupport"]
    ),
    library("Networking"),
    library("Presence", ["Geospatial", "Models", "Proximity"], testedWith: ["Simulation"]),
    library("Venue", ["CGEOS", "Geospatial", "Models", "Presence", "Proximity"], testedWith: ["Simulation"]),
    library("Proximity", ["CPrefetch", "Geospatial", "Models"], testedWith: ["Simulation"]),
    library("Observability", ["Concurrency", "JSON"], testedWith: ["TestSupport"]),
    library("Postgres", ["Concurrency", "CLibPQ", "Observability"], testedWith: ["Simulation", "TestSupport"]),
    protocolBuffers(
        "CLocationProtocol",
        files: ["location.proto", "location_service.proto", "reference_location.proto"]
    ),
    library(
        "LocationProtocol",
        ["CLocationProtocol", "Geospatial", "JSON", "Models"],
        testedWith: ["Simulation", "TestSupport"],
        embedding: ["Generated/location_services.binpb"],
        golden: ["Golden"]
    ),
    library("QRCode", ["CQREncode"]),
    library("XML", ["CExpat"]),
    library("RESTContract", ["HTTPServer", "JSON", "Models", "Postgres"]),
    library("ServiceRuntime", ["CMalloc", "Concurrency", "HTTPClient", "Networking", "Observability"]),
    [
        ("DatabaseService", ["Concurrency", "Observability", "Persistence", "Postgres", "ServiceRuntime"]),
        ("HTTPService", ["HTTPServer", "Networking", "ServiceRuntime"]),
        ("QueueService", ["DatabaseService", "Kafka", "LocationQueue", "Postgres", "ServiceRuntime"]),
    ].map { name, dependencies in
        .target(name: name, dependencies: dependencies, path: "Shared/\(name)", swiftSettings: settings)
    },
    service("PersonService", ["Credentials", "QRCode"]),
    service(
        "LocationProducer",
        [
            "Credentials", "Failpoints", "GRPCServer", "Geospatial", "HTTPClient", "LocationProtocol", "LocationQueue",
            "QueueService", "XML",
        ],
        testedWith: ["GRPCTestSupport", "Simulation"]
    ),
    service(
        "LocationConsumer",
        ["Failpoints", "LocationProtocol", "LocationQueue", "QueueService"],
        testedWith: ["Geospatial", "TestSupport"]
    ),
    service(
        "ConnectionService",
        ["Geospatial", "LocationProtocol", "LocationQueue", "Presence", "Proximity", "QueueService"],
        testedWith: ["Simulation", "TestSupport"]
    ),
    [
        .executableTarget(
            name: "WebApp",
            dependencies: ["HTTPServer", "HTTPService", "JSON", "Observability", "ServiceRuntime"],
            path: "Services/WebApp",
            exclude: ["Assets", "README.md", "Screenshots"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WebAppTests",
            dependencies: ["HTTPServer", "JSON", "RESTTestSupport", "ServiceRuntime", "TestSupport", "WebApp"],
            path: "Tests/WebAppTests",
            swiftSettings: settings
        ),
    ],
    library("Simulation", ["Geospatial", "JSON", "Models"], in: "Tests/Tools"),
    [
        .target(
            name: "RESTTestSupport",
            dependencies: ["CZlib", "HTTPServer", "JSON", "Observability", "ServiceRuntime"],
            path: "Tests/Support/RESTTestSupport",
            swiftSettings: settings
        )
    ],
    [
        .target(
            name: "TestSupport",
            dependencies: ["Postgres"],
            path: "Tests/Support/TestSupport",
            swiftSettings: settings
        )
    ],
    [
        .target(
            name: "GRPCTestSupport",
            dependencies: ["CGRPC"],
            path: "Tests/Support/GRPCTestSupport",
            swiftSettings: settings
        )
    ],
    [
        .target(
            name: "KafkaTestSupport",
            dependencies: ["CLibRDKafka", "Kafka", "TestSupport"],
            path: "Tests/Support/KafkaTestSupport",
            swiftSettings: settings
        )
    ],
    [
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "ConnectionService", "GRPCTestSupport", "Geospatial", "HTTPServer", "JSON", "Kafka", "KafkaTestSupport",
                "LocationConsumer", "LocationProducer", "LocationQueue", "Models", "Observability", "PersonService",
                "Postgres", "RESTTestSupport", "Simulation", "TestSupport",
            ],
            path: "Tests/IntegrationTests",
            exclude: ["GRPCClient"],
            swiftSettings: settings
        )
    ],
    [
        fuzzing([
            "ConnectionService", "Geospatial", "HTTPServer", "JSON", "LocationProducer", "LocationProtocol",
            "LocationQueue", "Models",
        ])
    ],
    [
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CLibRDKafka", "ConnectionService", "Credentials", "GRPCTestSupport", "Geospatial", "HTTPServer",
                "JSON", "Kafka",
                "KafkaTestSupport", "LocationConsumer", "LocationProducer", "LocationProtocol", "LocationQueue",
                "Models", "Observability", "Persistence", "PersonService", "Postgres", "Presence", "Proximity",
                "Simulation", "TestSupport", "Venue",
            ],
            path: "Tests/Tools/Benchmarks",
            exclude: ["Meetings/Peers", "Proximity/Peers"],
            swiftSettings: settings
        )
    ],
    executable(
        "Faults",
        [
            "ConnectionService", "Failpoints", "Geospatial", "JSON", "Kafka", "KafkaTestSupport",
            "LocationConsumer", "LocationProducer", "LocationProtocol", "LocationQueue", "Models",
            "Observability", "Persistence", "PersonService", "Postgres", "Simulation", "TestSupport",
        ],
        excluding: ["ClockInterceptor.c"],
        in: "Tests/Tools"
    ),
    executable(
        "Seed",
        ["CZlib", "Geospatial", "JSON", "Models", "Simulation", "TestSupport"],
        testedWith: ["HTTPServer", "Observability"],
        in: "Tests/Tools"
    ),
]

let package = Package(
    name: "UdaConnect",
    products: [
        .executable(name: "person-service", targets: ["PersonService"]),
        .executable(name: "location-producer", targets: ["LocationProducer"]),
        .executable(name: "location-consumer", targets: ["LocationConsumer"]),
        .executable(name: "connection-service", targets: ["ConnectionService"]),
        .executable(name: "web-app", targets: ["WebApp"]),
    ],
    targets: targets.flatMap { $0 }
)
