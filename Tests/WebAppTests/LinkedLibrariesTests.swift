import Foundation
import TestSupport
import Testing

@Suite struct LinkedLibrariesTests {
    /// web-app only serves files, so its image needs neither gRPC nor Kafka nor libpq.
    @Test func linksNoClientOfOtherSystems() throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/ldd")
        process.arguments = [try RunningService.buildDirectory().appending(path: "web-app").path()]
        process.standardOutput = output
        try process.run()
        let libraries = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(libraries.contains("libmicrohttpd"))
        for name in ["libgrpc", "librdkafka", "libpq", "libproj", "libprotobuf"] { #expect(!libraries.contains(name)) }
    }
}
