import Glibc

@main enum EntryPoint {
    nonisolated static func main() async {
        do {
            guard let options = try SeedOptions(Array(CommandLine.arguments.dropFirst())) else {
                Terminal.result(SeedOptions.usage)
                return
            }
            let connections = LocationUpload.requestsInFlight
            let client = try UdaConnectClient(address: options.url, connections: connections)
            let report = try await Seeding(client: client, batchSize: options.batchSize).run(options.source)
            Terminal.result(report.description)
            if !report.isComplete { exit(1) }
        } catch {
            Terminal.message("seed: \(error)\n")
            exit(1)
        }
    }
}
