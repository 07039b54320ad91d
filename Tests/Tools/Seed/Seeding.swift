import JSON
import Models
import Simulation

/// Fills a service from one of the sources.
struct Seeding {
    /// The result of seeding.
    struct Report: Equatable {
        /// The event that was added or replaced.
        var event: EventID?
        /// The number of created persons.
        var persons = 0
        /// The number of registered phones.
        var phones = 0
        /// The numbers of sent, accepted and rejected locations.
        var locations = LocationUpload.Summary()
        /// The number of sent locations that repeat a person, phone, time and place, which the service stores once; if
        /// known.
        var repeats: Int?
        /// The number of lines and rows of the source that could not be used.
        var problemCount = 0
        /// The first of them with their places.
        var problems: [String] = []
        /// The number of written true meetings.
        var meetings: Int?
        /// The number of legacy rows whose latitude and longitude were exchanged.
        var exchanged: Int?
        /// The person whose files were imported.
        var importedPerson: PersonID?

        /// Whether everything was accepted.
        var isComplete: Bool { problemCount == 0 && locations.rejected == 0 && locations.accepted == locations.sent }

        mutating func add(problem: String) {
            problemCount += 1
            if problems.count < 10 { problems.append(problem) }
        }
    }

    let client: UdaConnectClient
    let batchSize: Int
    var showsProgress = true

    private var upload: LocationUpload { LocationUpload(client: client, batchSize: batchSize) }

    /// Seeds from a source.
    func run(_ source: SeedOptions.Source) async throws -> Report {
        try await client.findService()
        switch source {
        case .event(let configuration, let truth, let map):
            return try await seedEvent(configuration, truth: truth, map: map)
        case .legacy(let paths): return try await seedLegacy(paths)
        case .trace(let paths): return try await seedTraces(paths)
        case .imports(let paths, let person): return try await seedImports(paths, of: person)
        }
    }

    private func seedEvent(
        _ configuration: SimulationConfiguration,
        truth: String?,
        map: String?
    ) async throws -> Report {
        var simulator = EventSimulator(configuration)
        // Open the files first, so that nothing is sent if they cannot be written.
        let truthFile = try truth.map { path throws(SeedError) in try OutputFile(path: path) }
        if let map {
            var writer = JSONWriter(capacity: 1 << 16)
            try simulator.writeMap(to: &writer)
            let file = try OutputFile(path: map)
            try file.write(writer.bytes)
            try file.flush()
        }
        try truthFile?.write(TruthTable.header.utf8)

        var report = Report()
        report.event = try await client.createEvent(of: simulator)
        let identifiers = try await create(
            try simulator.attendees.map { attendee in
                try PersonDetails(
                    firstName: attendee.firstName,
                    lastName: attendee.lastName,
                    companyName: attendee.companyName
                )
            }
        )
        report.persons = identifiers.count
        let tokens = try await registerPhones(of: simulator.ownersOfTwo, identifiers)
        report.phones = tokens.values.reduce(0) { $0 + $1.count }
        var deliveries: [Delivery] = []
        var meetings: [Meeting] = []
        var repeats = 0
        var meetingCount = 0
        report.locations = try await send { batch in
            deliveries.removeAll(keepingCapacity: true)
            meetings.removeAll(keepingCapacity: true)
            let goesOn = try simulator.step(deliveries: &deliveries, meetings: &meetings)
            for delivery in deliveries {
                if delivery.isRepeat { repeats += 1 }
                batch.append(
                    LocationReport(
                        personID: identifiers[delivery.attendee],
                        coordinate: delivery.coordinate,
                        creationTime: delivery.creationTime,
                        accuracy: delivery.accuracy
                    ),
                    token: tokens[delivery.attendee]?[delivery.device]
                )
            }
            meetingCount += meetings.count
            if let truthFile, !meetings.isEmpty {
                var text = ""
                for meeting in meetings { TruthTable.append(meeting, identifiers: identifiers, to: &text) }
                try truthFile.write(text.utf8)
            }
            batch.share = min(Double(simulator.now) / Double(configuration.duration), 1)
            return goesOn
        }
        try truthFile?.flush()
        report.repeats = repeats
        report.meetings = truthFile == nil ? nil : meetingCount
        return report
    }

    private func seedLegacy(_ paths: [String]) async throws -> Report {
        var dump = LegacyDump()
        for path in try SQLFiles.list(paths) {
            let reader = try LineReader(path: path)
            var text: [UInt8] = []
            while let line = try reader.next() {
                text.append(contentsOf: line)
                text.append(0x0A)
            }
            dump.read(text, name: path)
        }
        guard !dump.persons.isEmpty || !dump.locations.isEmpty else {
            throw SeedError("There is no row of person or location in \(paths.joined(separator: ", ")).")
        }
        var report = Report()
        for problem in dump.problems { report.add(problem: problem) }

        let created = try await create(dump.persons.map(\.details))
        report.persons = created.count
        var identifiers: [Int64: PersonID] = [:]
        for (person, id) in zip(dump.persons, created) { identifiers[person.id] = id }

        var exchanged = 0
        var reports: [LocationReport] = []
        for location in dump.locations {
            guard let person = identifiers[location.personID] else {
                report.add(problem: "line \(location.line): person \(location.personID) is in none of the files")
                continue
            }
            do {
                let (coordinate, wasExchanged) = try location.point.legacyCoordinate()
                if wasExchanged { exchanged += 1 }
                reports.append(
                    LocationReport(personID: person, coordinate: coordinate, creationTime: location.creationTime)
                )
            } catch {
                report.add(problem: "line \(location.line): the coordinate is no point on Earth")
            }
        }
        report.exchanged = exchanged
        report.repeats = reports.count - Set(reports.map(\.identity)).count
        var rest = reports[...]
        report.locations = try await send { batch in
            guard let next = rest.popFirst() else { return false }
            batch.append(next)
            batch.share = 1 - Double(rest.count) / Double(reports.count)
            return true
        }
        return report
    }

    private func seedTraces(_ paths: [String]) async throws -> Report {
        var report = Report()
        for path in paths {
            let reader = try LineReader(path: path)
            var trace = RecordedTrace()
            var identifiers: [String: PersonID] = [:]
            var problems: [String] = []
            var problemCount = 0
            let locations = try await send { batch in
                guard let line = try reader.next() else { return false }
                do {
                    guard let fix = try trace.read(line) else { return true }
                    let person: PersonID
                    if let known = identifiers[fix.user] {
                        person = known
                    } else {
                        let details = try PersonDetails(
                            firstName: "Phone",
                            lastName: fix.user,
                            companyName: "Recorded trace"
                        )
                        person = try await client.createPerson(details)
                        identifiers[fix.user] = person
                    }
                    batch.append(
                        LocationReport(personID: person, coordinate: fix.coordinate, creationTime: fix.time)
                    )
                } catch let error as RecordedTraceError {
                    problemCount += 1
                    if problems.count < 10 { problems.append("\(path), line \(reader.number): \(error)") }
                }
                batch.share = reader.share
                return true
            }
            report.persons += identifiers.count
            report.locations.add(locations)
            report.problems += problems.prefix(10 - report.problems.count)
            report.problemCount += problemCount
        }
        return report
    }

    private func create(_ persons: [PersonDetails]) async throws -> [PersonID] {
        try await create("persons", of: persons) { try await client.createPerson($0) }
    }

    /// Registers both phones of attendees who carry two, and returns their tokens.
    ///
    /// The locations of other attendees come without a device: that is many times as fast, and the answers are the same.
    private func registerPhones(of owners: [Int], _ identifiers: [PersonID]) async throws -> [Int: [String]] {
        guard !owners.isEmpty else { return [:] }
        let tokens = try await create("phones", of: owners) { owner in
            var tokens: [String] = []
            for name in ["Phone", "Second phone"] {
                tokens.append(try await client.registerPhone(of: identifiers[owner], named: name))
            }
            return tokens
        }
        return Dictionary(uniqueKeysWithValues: zip(owners, tokens))
    }

    private func create<Thing: Sendable, Created: Sendable>(
        _ title: String,
        of things: [Thing],
        by create: @escaping @Sendable (Thing) async throws -> Created
    ) async throws -> [Created] {
        var display = showsProgress ? ProgressDisplay(title) : nil
        let created = try await ParallelCreation().run(things, create: create) { count in
            display?.update(count: count, share: Double(count) / Double(things.count))
        }
        display?.finish(count: created.count)
        return created
    }

    private func send(
        _ fill: (inout LocationUpload.Batch) async throws -> Bool
    ) async throws -> LocationUpload.Summary {
        var display = showsProgress ? ProgressDisplay("locations") : nil
        let summary = try await upload.run(fill) { summary, share in
            display?.update(count: summary.accepted + summary.rejected, share: share)
        }
        display?.finish(count: summary.accepted + summary.rejected)
        return summary
    }
}
