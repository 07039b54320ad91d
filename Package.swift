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

/// A module, and its tests in `Tests/<name>Tests`, if it has any.
///
/// - Parameters:
///   - name: the module, and its folder.
///   - dependencies: what it imports; its tests may import the same.
///   - testDependencies: what its tests import besides; `nil` for a module without tests.
///   - files: files that are embedded as bytes of its `PackageResources`.
///   - excluded: files in its folder that are no sources.
///   - golden: folders beside its tests that these read by themselves.
///   - folder: the folder of its folder.
///   - isProgram: whether it is an executable.
/// - Returns: the targets of both.
func module(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    testedWith testDependencies: [Target.Dependency]? = [],
    embedding files: [String] = [],
    excluding excluded: [String] = [],
    golden: [String] = [],
    in folder: String = "Shared",
    isProgram: Bool = false
) -> [Target] {
    let (path, resources) = ("\(folder)/\(name)", files.map { Resource.embedInCode($0) })
    let target: Target =
        isProgram
        ? .executableTarget(
            name: name,
            dependencies: dependencies,
            path: path,
            exclude: excluded,
            resources: resources,
            swiftSettings: settings
        )
        : .target(
            name: name,
            dependencies: dependencies,
            path: path,
            exclude: excluded,
            resources: resources,
            swiftSettings: settings
        )
    guard let testDependencies else { return [target] }
    let tests = Target.testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name)] + dependencies + testDependencies,
        path: "Tests/\(name)Tests",
        exclude: golden,
        swiftSettings: settings
    )
    return [target, tests]
}

/// A service, with what all services but the web app import.
func service(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    testedWith testDependencies: [Target.Dependency] = [],
    embedding files: [String] = []
) -> [Target] {
    module(
        name,
        dependencies + [
            "Access", "Concurrency", "DatabaseService", "HTTPServer", "HTTPService", "JSON", "Models", "Observability",
            "Persistence", "Postgres", "RESTAccess", "RESTContract", "ServiceRuntime",
        ],
        testedWith: testDependencies + ["RESTTestSupport"],
        embedding: ["openapi.json"] + files,
        excluding: ["README.md"],
        in: "Services",
        isProgram: true
    )
}

/// What is fuzzed, as tests that go through the inputs that are kept; for `scripts/fuzz` the executable that looks for more.
func fuzzing(_ dependencies: [Target.Dependency]) -> [Target] {
    let path = "Tests/Tools/Fuzzing"
    guard Context.environment["BUILD_FUZZING"] != nil else {
        return [
            .testTarget(
                name: "FuzzingTests",
                dependencies: dependencies,
                path: path,
                exclude: ["Corpus", "Driver.swift", "minimise.py"],
                swiftSettings: settings
            )
        ]
    }
    return [
        .executableTarget(
            name: "Fuzzing",
            dependencies: dependencies,
            path: path,
            exclude: ["Corpus", "CorpusTests.swift", "minimise.py"],
            swiftSettings: settings
        )
    ]
}

/// All targets by layer, each importing from those above it.
///
/// The types are written out, because without them the manifest takes the compiler too long.
let systemLibraries: [Target] = [
    "CCJose", "CExpat", "CGEOS", "CGRPC", "CLibArchive", "CLibCurl", "CLibICal", "CLibPQ", "CLibProj", "CLibRDKafka",
    "CMalloc", "CMicroHTTPD", "COpenSSL", "CPrefetch", "CQREncode", "CZlib",
].map { .systemLibrary(name: $0, path: "Shared/\($0)") }

/// What knows nothing of locations: formats, threads, logs, the life of a process.
let foundations: [[Target]] = [
    module("Concurrency"),
    module("Failpoints", testedWith: nil),
    module("JSON"),
    module("XML", ["CExpat"]),
    module("Archive", ["CLibArchive"]),
    module("ICalendar", ["CLibICal"]),
    module("QRCode", ["CQREncode"]),
    module("Networking"),
    module("Observability", ["Concurrency", "JSON"], testedWith: ["TestSupport"]),
    module("HTTPClient", ["Concurrency", "CLibCurl", "Networking"], testedWith: ["HTTPServer", "Observability"]),
    module("ServiceRuntime", ["CMalloc", "Concurrency", "HTTPClient", "Networking", "Observability"]),
]

/// One outside system each: clients over HTTP and gRPC, PostgreSQL, Kafka.
let systems: [[Target]] = [
    module(
        "HTTPServer",
        ["Concurrency", "CMicroHTTPD", "COpenSSL", "CZlib", "JSON", "Networking", "Observability"],
        testedWith: ["RESTTestSupport", "TestSupport"]
    ),
    module(
        "GRPCServer",
        ["Concurrency", "CGRPC", "Networking", "Observability"],
        testedWith: ["GRPCTestSupport", "Simulation", "TestSupport"],
        embedding: ["Generated/grpc_services.binpb"],
        excluding: ["Protocols"]
    ),
    module("Postgres", ["Concurrency", "CLibPQ", "Observability"], testedWith: ["Simulation", "TestSupport"]),
    module("Kafka", ["Concurrency", "CLibRDKafka", "Failpoints", "Observability"], testedWith: ["KafkaTestSupport"]),
]

/// What the project exists for: locations, meetings, visits.
let domain: [[Target]] = [
    module("Geospatial", ["CLibProj"], testedWith: ["Simulation"]),
    module("Models", ["Geospatial", "JSON"]),
    module("Proximity", ["CPrefetch", "Geospatial", "Models"], testedWith: ["Simulation"]),
    module("Presence", ["Geospatial", "Models", "Proximity"], testedWith: ["Simulation"]),
    module("Venue", ["CGEOS", "Geospatial", "Models", "Presence", "Proximity"], testedWith: ["Simulation"]),
    module("Credentials", ["COpenSSL", "Models"]),
    module("Access", ["Credentials", "JSON", "Models"]),
    module("WebPush", ["COpenSSL", "Credentials", "JSON"]),
    module("Quota", ["Concurrency", "Models", "Observability"], testedWith: ["Simulation", "TestSupport"]),
]

/// Where locations go: the contract of the topic, the queue, the database; and what services share to use them.
let storage: [[Target]] = [
    [
        // The C that protoc-c generates from `.proto` files, in `Generated`.
        .target(
            name: "CLocationProtocol",
            path: "Shared/CLocationProtocol",
            exclude: ["location.proto", "location_service.proto", "reference_location.proto"],
            linkerSettings: [.linkedLibrary("protobuf-c")]
        )
    ],
    module(
        "LocationProtocol",
        ["CLocationProtocol", "Geospatial", "JSON", "Models"],
        testedWith: ["Simulation", "TestSupport"],
        embedding: ["Generated/location_services.binpb"],
        golden: ["Golden"]
    ),
    module(
        "LocationQueue",
        ["Concurrency", "Failpoints", "Kafka", "LocationProtocol", "Models", "Observability", "Postgres"],
        testedWith: ["Geospatial", "KafkaTestSupport", "Persistence", "Simulation", "TestSupport"],
        golden: ["Golden"]
    ),
    module(
        "Persistence",
        [
            "Access", "Concurrency", "Credentials", "Failpoints", "Geospatial", "JSON", "Models", "Networking",
            "Observability", "Postgres", "Quota",
        ],
        testedWith: ["Proximity", "Simulation", "TestSupport"]
    ),
    module(
        "OpenIDConnect",
        ["CCJose", "Concurrency", "Credentials", "HTTPClient", "JSON", "Observability"],
        testedWith: ["COpenSSL", "HTTPServer", "IssuerTestSupport", "RESTTestSupport"]
    ),
    module("RESTContract", ["HTTPServer", "JSON", "Models", "Postgres"]),
    module(
        "RESTAccess",
        [
            "Access", "Concurrency", "HTTPServer", "Models", "Networking", "Observability", "RESTContract",
            "ServiceRuntime",
        ],
        testedWith: ["RESTTestSupport"]
    ),
    module(
        "DatabaseService",
        ["Concurrency", "Observability", "Persistence", "Postgres", "ServiceRuntime"],
        testedWith: nil
    ),
    module(
        "EventService",
        ["Concurrency", "Models", "Observability", "Persistence", "Postgres", "ServiceRuntime", "Venue"],
        testedWith: nil
    ),
    module("HTTPService", ["HTTPServer", "Networking", "ServiceRuntime"], testedWith: nil),
    module(
        "QueueService",
        ["DatabaseService", "Kafka", "LocationQueue", "Postgres", "ServiceRuntime"],
        testedWith: nil
    ),
]

/// One process each.
let services: [[Target]] = [
    service(
        "AccessService",
        ["Credentials", "HTTPClient", "Networking", "OpenIDConnect", "Quota"],
        testedWith: ["IssuerTestSupport", "TestSupport"],
        embedding: ["Generated/permissions.json"]
    ),
    service(
        "PersonService",
        ["Archive", "Credentials", "Geospatial", "ICalendar", "Networking", "QRCode", "Venue", "XML"],
        testedWith: ["TestSupport"]
    ),
    service(
        "LocationProducer",
        [
            "Credentials", "Failpoints", "GRPCServer", "Geospatial", "HTTPClient", "LocationProtocol", "LocationQueue",
            "QueueService", "Quota", "XML",
        ],
        testedWith: ["GRPCTestSupport", "Simulation"]
    ),
    service(
        "LocationConsumer",
        ["EventService", "Failpoints", "LocationProtocol", "LocationQueue", "QueueService", "Venue"],
        testedWith: ["Geospatial", "TestSupport"]
    ),
    service(
        "ConnectionService",
        [
            "Archive", "Credentials", "EventService", "Geospatial", "LocationProtocol", "LocationQueue", "Presence",
            "Proximity", "QueueService", "Venue",
        ],
        testedWith: ["Simulation", "TestSupport"]
    ),
    service(
        "WebhookSender",
        ["Credentials", "HTTPClient", "Networking", "WebPush"],
        testedWith: ["TestSupport"]
    ),
    module(
        "MeetingFinder",
        ["Geospatial", "JSON", "Models", "Presence", "Proximity"],
        excluding: ["README.md"],
        in: "Services",
        isProgram: true
    ),
    module(
        "WebApp",
        ["HTTPServer", "HTTPService", "JSON", "Observability", "ServiceRuntime"],
        testedWith: ["RESTTestSupport", "TestSupport"],
        excluding: ["Assets", "README.md", "Screenshots"],
        in: "Services",
        isProgram: true
    ),
]

/// Programs behind `scripts`, and what tests share.
let tools: [[Target]] = [
    module("Simulation", ["Geospatial", "JSON", "Models"], in: "Tests/Tools"),
    module(
        "RESTTestSupport",
        ["CZlib", "HTTPServer", "JSON", "Observability", "ServiceRuntime"],
        testedWith: nil,
        in: "Tests/Support"
    ),
    module("IssuerTestSupport", ["HTTPClient"], testedWith: nil, in: "Tests/Support"),
    module("TestSupport", ["Postgres"], testedWith: nil, in: "Tests/Support"),
    module("GRPCTestSupport", ["CGRPC"], testedWith: nil, in: "Tests/Support"),
    module("KafkaTestSupport", ["CLibRDKafka", "Kafka", "TestSupport"], testedWith: nil, in: "Tests/Support"),
    [
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Access", "ConnectionService", "GRPCTestSupport", "Geospatial", "HTTPServer", "JSON", "Kafka",
                "KafkaTestSupport", "LocationConsumer", "LocationProducer", "LocationQueue", "Models", "Observability",
                "Persistence", "PersonService", "Postgres", "RESTTestSupport", "Simulation", "TestSupport",
            ],
            path: "Tests/IntegrationTests",
            exclude: ["GRPCClient"],
            swiftSettings: settings
        )
    ],
    fuzzing([
        "Access", "AccessService", "ConnectionService", "Credentials", "Geospatial", "HTTPServer", "JSON",
        "LocationProducer", "LocationProtocol", "LocationQueue", "Models", "Networking", "OpenIDConnect", "Persistence",
        "PersonService", "WebPush", "WebhookSender",
    ]),
    module(
        "Benchmarks",
        [
            "CLibRDKafka", "ConnectionService", "Credentials", "GRPCTestSupport", "Geospatial", "HTTPServer", "JSON",
            "Kafka", "KafkaTestSupport", "LocationConsumer", "LocationProducer", "LocationProtocol", "LocationQueue",
            "Models", "Observability", "Persistence", "PersonService", "Postgres", "Presence", "Proximity", "Quota",
            "Simulation", "TestSupport", "Venue",
        ],
        testedWith: nil,
        excluding: ["Meetings/Peers", "Proximity/Peers"],
        in: "Tests/Tools",
        isProgram: true
    ),
    module(
        "Faults",
        [
            "ConnectionService", "Failpoints", "Geospatial", "JSON", "Kafka", "KafkaTestSupport", "LocationConsumer",
            "LocationProducer", "LocationProtocol", "LocationQueue", "Models", "Observability", "Persistence",
            "PersonService", "Postgres", "Simulation", "TestSupport",
        ],
        excluding: ["ClockInterceptor.c"],
        in: "Tests/Tools",
        isProgram: true
    ),
    module(
        "Seed",
        ["CZlib", "Geospatial", "JSON", "Models", "Simulation", "TestSupport"],
        testedWith: ["HTTPServer", "Observability"],
        in: "Tests/Tools",
        isProgram: true
    ),
]

let package = Package(
    name: "UdaConnect",
    products: [
        .executable(name: "access-service", targets: ["AccessService"]),
        .executable(name: "person-service", targets: ["PersonService"]),
        .executable(name: "location-producer", targets: ["LocationProducer"]),
        .executable(name: "location-consumer", targets: ["LocationConsumer"]),
        .executable(name: "connection-service", targets: ["ConnectionService"]),
        .executable(name: "presence", targets: ["MeetingFinder"]),
        .executable(name: "webhook-sender", targets: ["WebhookSender"]),
        .executable(name: "web-app", targets: ["WebApp"]),
    ],
    targets: systemLibraries + (foundations + systems + domain + storage + services + tools).flatMap { $0 }
)
