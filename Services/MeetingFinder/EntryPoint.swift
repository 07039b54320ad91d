import Glibc
import JSON
import Presence

/// `presence`: reads locations on standard input, and writes all meetings in them to standard output.
@main
enum EntryPoint {
    static func main() async {
        do {
            let options = try FinderOptions(CommandLine.arguments.dropFirst())
            if options.isHelp { return print(FinderOptions.usage) }
            try await findMeetings(options)
        } catch let error as FinderError {
            fail(error)
        } catch {
            fail(FinderError(code: .output, "\(error)"))
        }
    }

    private static func findMeetings(_ options: FinderOptions) async throws {
        var trails = TrailCollector()
        var input = StandardInput()
        while let bytes = try input.next() { try trails.add(bytes) }
        let map = try await trails.finish().map(workers: options.workers)
        let output = StandardOutput()
        for part in stride(from: 0, to: map.personCount, by: personsAtOnce) {
            let persons = part..<min(part + personsAtOnce, map.personCount)
            let meetings = try await map.meetings(ofPersonsAt: persons, options.rule, workers: options.workers)
            var writer = JSONWriter()
            for meeting in meetings {
                meeting.writeLine(to: &writer)
                if writer.bytes.count >= StandardOutput.pieceSize { try output.write(writer.takeBytes()) }
            }
            try output.write(writer.takeBytes())
        }
    }

    /// Persons whose meetings are in memory at a time.
    private static let personsAtOnce = 512

    private static func fail(_ error: FinderError) -> Never {
        StandardOutput.complain("presence: \(error)\n")
        exit(error.code.rawValue)
    }
}
