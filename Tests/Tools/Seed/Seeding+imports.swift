import Foundation
import Models

extension Seeding {
    /// Imports files one after the other, of a person that is created if none is named.
    func seedImports(_ paths: [String], of known: PersonID?) async throws -> Report {
        var report = Report()
        var files: [(path: String, bytes: [UInt8])] = []
        for path in paths {
            guard let data = FileManager.default.contents(atPath: path), !data.isEmpty else {
                throw SeedError("‘\(path)’ cannot be read, or is empty.")
            }
            files.append((path, [UInt8](data)))
        }
        let person: PersonID
        if let known {
            person = known
        } else {
            let details = try PersonDetails(
                firstName: "Imported",
                lastName: URL(filePath: paths[0]).lastPathComponent,
                companyName: "Imported files"
            )
            person = try await client.createPerson(details)
            report.persons = 1
        }
        for file in files {
            let item = try await importFile(file.bytes, of: person)
            report.locations.sent += item.accepted + item.rejected
            report.locations.accepted += item.accepted
            report.locations.rejected += item.rejected
            report.locations.refusals += item.refusals.map { "\(file.path), \($0)" }
        }
        report.importedPerson = person
        return report
    }

    /// Uploads a file, and shows how far the service has come, which another connection asks for each second.
    private func importFile(_ bytes: [UInt8], of person: PersonID) async throws -> UdaConnectClient.ImportState {
        let id = "seed-" + RandomText.make(characters: 16)
        return try await withThrowingTaskGroup(of: UdaConnectClient.ImportState?.self) { group in
            group.addTask { try await client.importFile(bytes, of: person, id: id) }
            if showsProgress {
                group.addTask {
                    var display = ProgressDisplay("locations")
                    while !Task.isCancelled {
                        do {
                            try await Task.sleep(for: .seconds(1))
                        } catch {
                            break
                        }
                        guard let item = try? await client.importState(id, of: person) else { continue }
                        // Of a compressed file the service counts more bytes than there are.
                        let share = Double(item.bytes) / Double(bytes.count)
                        display.update(count: item.accepted, share: share < 1 ? share : 0)
                    }
                    return nil
                }
            }
            defer { group.cancelAll() }
            guard let item = try await group.next() ?? nil else { throw SeedError("The import has no end.") }
            return item
        }
    }
}
