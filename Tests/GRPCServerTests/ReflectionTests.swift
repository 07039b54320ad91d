import GRPCTestSupport
import Simulation
import Testing

@testable import GRPCServer

@Suite struct ReflectionTests {
    private static let files = [
        "grpc/health/v1/health.proto", "grpc/reflection/v1/reflection.proto",
        "grpc/reflection/v1alpha/reflection.proto",
    ]
    private let index = DescriptorIndex([PackageResources.grpc_services_binpb])

    @Test func listsTheServices() {
        #expect(
            index.services == [
                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
            ]
        )
    }

    @Test func isOfferedOnlyWithDescriptors() {
        var router = RPCRouter()
        router.addStandardServices(health: HealthService(services: []), descriptors: nil)
        #expect(router.services == ["grpc.health.v1.Health"])
    }

    @Test(arguments: [
        ("grpc.health.v1.Health", 0), ("grpc.health.v1.Health.Watch", 0), ("grpc.health.v1.HealthCheckRequest", 0),
        ("grpc.health.v1.HealthCheckRequest.service", 0), ("grpc.health.v1.HealthCheckResponse.ServingStatus", 0),
        ("grpc.reflection.v1.ErrorResponse", 1), ("grpc.reflection.v1alpha.ErrorResponse.error_code", 2),
    ])
    func findsTheFileOfASymbol(symbol: String, file: Int) {
        #expect(index.file(containing: symbol) == Self.files[file])
    }

    @Test(arguments: ["", "grpc", "Health", "grpc.health.v1", "grpc.health.v1.Health.Watch.x"])
    func findsNoFileOfAnUnknownSymbol(symbol: String) {
        #expect(index.file(containing: symbol) == nil)
    }

    @Test func returnsFilesWithTheirImports() throws {
        #expect(index.descriptors(ofFile: "no.proto") == nil)
        let descriptors = try #require(index.descriptors(ofFile: Self.files[0]))
        #expect(descriptors.count == 1)
        #expect(descriptors[0].starts(with: [10, UInt8(Self.files[0].utf8.count)] + Array(Self.files[0].utf8)))
    }

    @Test func readsDamagedDescriptorsUpToTheDamage() {
        let bytes = PackageResources.grpc_services_binpb
        let whole = index.descriptors(ofFile: Self.files[0])
        for end in stride(from: 0, to: bytes.count, by: 7) {
            let found = DescriptorIndex([Array(bytes[..<end])]).descriptors(ofFile: Self.files[0])
            #expect(found == nil || found == whole)
        }
        var random = Xoshiro256(seed: 52)
        for _ in 0..<200 {
            var broken = bytes
            for _ in 0..<8 {
                broken[Int.random(in: broken.indices, using: &random)] = .random(in: 0...255, using: &random)
            }
            _ = DescriptorIndex([broken])
        }
    }

    @Test(arguments: ["v1", "v1alpha"])
    func answersEachRequestOfAStream(version: String) async throws {
        let health = HealthService(services: [])
        try await withServer { router in
            router.addStandardServices(health: health, descriptors: [])
        } _: { test in
            let call = try await test.client.call("/grpc.reflection.\(version).ServerReflection/ServerReflectionInfo")
            func ask(_ field: UInt8, _ text: String) async throws -> [UInt8] {
                _ = try await call.send([field << 3 | 2, UInt8(text.utf8.count)] + Array(text.utf8))
                return try #require(try await call.receive())
            }
            let services = try await ask(7, "")
            #expect(String(decoding: services, as: UTF8.self).contains("grpc.health.v1.Health"))
            let file = try await ask(4, "grpc.health.v1.Health")
            #expect(String(decoding: file, as: UTF8.self).contains("HealthCheckResponse"))
            for (field, name, sentence) in [
                (3, "no.proto", "There is no such file."), (4, "no.Such", "There is no such symbol."),
                (5, "", "There are no extensions."), (6, "no.Such", "There is no such message."),
                (9, "", "The request has no question that this server can answer."),
            ] as [(UInt8, String, String)] {
                #expect(String(decoding: try await ask(field, name), as: UTF8.self).contains(sentence))
            }
            try await call.halfClose()
            #expect(try await call.receive() == nil)
            #expect(await call.status().code == 0)
        }
    }
}
