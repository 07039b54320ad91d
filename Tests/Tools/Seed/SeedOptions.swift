import Models
import Simulation

/// The options of the command line.
struct SeedOptions: Equatable {
    /// The source of the locations.
    enum Source: Equatable {
        /// A simulated event; the true meetings and the venue's map are written to files if these are named.
        case event(SimulationConfiguration, truth: String?, map: String?)
        /// Legacy rows, from files or folders of SQL.
        case legacy([String])
        /// Recorded traces, from CSV files.
        case trace([String])
        /// Files of locations that a person has from elsewhere; of a new person without a number.
        case imports([String], person: PersonID?)
    }

    var source: Source
    var url = "http://localhost:30001"
    var batchSize = LocationUpload.maximumBatch

    static let usage = """
        Fills a running UdaConnect through its public API.

        usage: scripts/seed [--persons N] [--hours H] [--seed S] [--start TIME] [--radius M] [--traits LIST]
                            [--truth FILE] [--map FILE]
               scripts/seed --legacy FILE_OR_FOLDER...
               scripts/seed --csv FILE...
               scripts/seed --import FILE... [--person ID]

        A simulated event, the default:
          --persons N     attendees, 1 to 100000 (500)
          --hours H       how long the doors are open, up to 48 (8)
          --seed S        the same number gives the same event (7)
          --start TIME    when the doors open, ISO 8601 (\(SimulationConfiguration.defaultStart)Z)
          --traits LIST   what makes it resemble a real event: all, none, or some of these, separated by commas (all)
                            strolls        friends walk side by side for minutes
                            sparse-phones  one phone in five reports every 5 to 10 minutes, or only moves of 15 to 40 m
                            second-phones  one attendee in twelve carries a second phone; both are registered
                            wrong-clocks   one clock in five is off by 1 to 30 s, one in twenty by up to 4 minutes
                            indoors        accuracies of 5 to 30 m that depend on the place, instead of 2 to 7 m
          --truth FILE    write the true meetings as CSV
          --radius M      how near people must be to meet, for --truth, in metres (3)
          --map FILE      write the venue as GeoJSON
        Legacy rows:
          --legacy FILE…  SQL files with ‘insert into person’ and ‘insert into location’, or folders of them
        A recorded trace:
          --csv FILE…     columns lat,lng,datetime,uid; may be compressed with gzip
        Files of one person:
          --import FILE…  GPX, KML, GeoJSON, Google's Records.json, Semantic Location History and Timeline.json, .rec of OwnTracks
                          Recorder, CSV with a header row; may be compressed with gzip
          --person ID     whose they are; a new person's without it
        For all:
          --url URL       the service (http://localhost:30001)
          --batch N       locations in a request, 1 to 10000 (10000)
          --help          show this

        """

    /// Parses the arguments after the command's name; `nil` for `--help`.
    ///
    /// - Throws: ``SeedError`` that names the wrong argument and what is expected.
    init?(_ arguments: [String]) throws(SeedError) {
        var rest = arguments[...]
        var configuration = SimulationConfiguration(traits: .all)
        var eventOptions: [String] = []
        var truth: String?
        var map: String?
        var files: [String: [String]] = [:]
        var person: PersonID?
        source = .event(configuration, truth: nil, map: nil)
        while let option = rest.popFirst() {
            switch option {
            case "--help", "-h": return nil
            case "--url": url = try Self.value(of: option, from: &rest)
            case "--batch":
                batchSize = try Self.integer(of: option, from: &rest, in: 1...LocationUpload.maximumBatch)
            case "--person":
                let number = try Self.integer(of: option, from: &rest, in: 1...Int(Int32.max))
                person = PersonID(rawValue: number)
            case "--legacy", "--csv", "--import":
                files[option, default: []].append(try Self.value(of: option, from: &rest))
                while let file = rest.first, !file.hasPrefix("-") {
                    files[option, default: []].append(file)
                    rest.removeFirst()
                }
            case "--persons", "--hours", "--seed", "--start", "--radius", "--traits", "--truth", "--map":
                eventOptions.append(option)
                switch option {
                case "--truth": truth = try Self.value(of: option, from: &rest)
                case "--map": map = try Self.value(of: option, from: &rest)
                default: try Self.set(option, of: &configuration, from: &rest)
                }
            default: throw SeedError("There is no option ‘\(option)’: scripts/seed --help lists them.")
            }
        }
        guard files.count + (eventOptions.isEmpty ? 0 : 1) <= 1 else {
            let options = (eventOptions.prefix(1) + files.keys.sorted()).joined(separator: " and ")
            throw SeedError("\(options) do not go together: seed one after the other.")
        }
        guard person == nil || files["--import"] != nil else { throw SeedError("--person goes with --import only.") }
        if let files = files["--import"] {
            source = .imports(files, person: person)
        } else if let files = files["--legacy"] {
            source = .legacy(files)
        } else if let files = files["--csv"] {
            source = .trace(files)
        } else {
            source = .event(configuration, truth: truth, map: map)
        }
    }

    private static func set(
        _ option: String,
        of configuration: inout SimulationConfiguration,
        from rest: inout ArraySlice<String>
    ) throws(SeedError) {
        switch option {
        case "--persons":
            let range = SimulationConfiguration.possibleAttendees
            configuration.attendees = try integer(of: option, from: &rest, in: range)
        case "--hours":
            let possible = SimulationConfiguration.possibleDurations
            let range = Double(possible.lowerBound) / 3_600...Double(possible.upperBound) / 3_600
            configuration.duration = Int((try number(of: option, from: &rest, in: range) * 3_600).rounded())
        case "--radius":
            configuration.meetingRadius = try number(of: option, from: &rest, in: SimulationConfiguration.possibleRadii)
        case "--traits":
            guard let traits = SimulationTraits(try value(of: option, from: &rest)) else {
                let names = SimulationTraits.named.map(\.name).joined(separator: ", ")
                throw SeedError("--traits takes all, none, or some of \(names), separated by commas.")
            }
            configuration.traits = traits
        case "--seed":
            guard let seed = UInt64(try value(of: option, from: &rest)) else {
                throw SeedError("--seed takes a whole number from 0 to \(UInt64.max).")
            }
            configuration.seed = seed
        default:
            guard let start = Timestamp(iso8601: try value(of: option, from: &rest).utf8),
                Timestamp.supported.contains(start)
            else { throw SeedError("--start takes a time in ISO 8601, such as 2025-06-05T16:00:00Z.") }
            configuration.start = start
        }
    }

    private static func value(of option: String, from rest: inout ArraySlice<String>) throws(SeedError) -> String {
        guard let value = rest.popFirst(), !value.isEmpty else { throw SeedError("\(option) needs a value.") }
        return value
    }

    private static func integer(
        of option: String,
        from rest: inout ArraySlice<String>,
        in range: ClosedRange<Int>
    ) throws(SeedError) -> Int {
        guard let number = Int(try value(of: option, from: &rest)), range.contains(number) else {
            throw SeedError("\(option) takes a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    private static func number(
        of option: String,
        from rest: inout ArraySlice<String>,
        in range: ClosedRange<Double>
    ) throws(SeedError) -> Double {
        guard let number = Double(try value(of: option, from: &rest)), range.contains(number) else {
            // The minimum duration is a fraction that would be hard to read.
            let bounds = range.lowerBound < 0.1 ? "above 0" : "from \(range.lowerBound)"
            throw SeedError("\(option) takes a number \(bounds) to \(range.upperBound).")
        }
        return number
    }
}
