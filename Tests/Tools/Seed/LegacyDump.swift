import Models

/// Legacy rows, from the `insert` statements of its dump.
struct LegacyDump {
    /// A row of `person`.
    struct LegacyPerson: Equatable {
        let id: Int64
        let details: PersonDetails
    }

    /// A row of `location`.
    struct LegacyLocation: Equatable {
        let personID: Int64
        let point: WellKnownBinaryPoint
        let creationTime: Timestamp
        let line: Int
    }

    private(set) var persons: [LegacyPerson] = []
    private(set) var locations: [LegacyLocation] = []
    /// The statements that could not be parsed, with their line numbers.
    private(set) var problems: [String] = []

    /// Adds the rows of a file; skips statements other than `insert into person` and `insert into location`.
    ///
    /// - Parameters:
    ///   - text: the SQL.
    ///   - name: the file's name, for messages.
    mutating func read(_ text: [UInt8], name: String) {
        var scanner = SQLScanner(text)
        do {
            while let word = try scanner.next() {
                if word.isKeyword("insert") {
                    try readInsert(&scanner, name: name)
                } else {
                    try scanner.skipStatement(after: word)
                }
            }
        } catch {
            problems.append("\(name), line \(scanner.line): \(error)")
        }
    }

    private mutating func readInsert(_ scanner: inout SQLScanner, name: String) throws(SQLError) {
        guard try scanner.next()?.isKeyword("into") == true, var table = try scanner.next()?.text else {
            throw .unexpected("‘into’ and a table")
        }
        if try scanner.skip(".") { table = try scanner.next()?.text ?? "" }
        guard try scanner.skip("(") else { throw .unexpected("a list of columns") }
        var columns: [String] = []
        repeat {
            guard let column = try scanner.next()?.text else { throw .unexpected("a column") }
            columns.append(column.lowercased())
        } while try scanner.skip(",")
        guard try scanner.skip(")"), try scanner.next()?.isKeyword("values") == true else {
            throw .unexpected("‘values’")
        }
        repeat {
            guard try scanner.skip("(") else { throw .unexpected("a row") }
            let line = scanner.line
            var row: [String: String] = [:]
            var index = 0
            repeat {
                guard let value = try scanner.nextValue() else { throw .unexpected("a value") }
                if index < columns.count { row[columns[index]] = value }
                index += 1
            } while try scanner.skip(",")
            guard try scanner.skip(")") else { throw .unexpected("the row's end") }
            if index == columns.count {
                add(row, to: table.lowercased(), line: line, name: name)
            } else {
                problems.append("\(name), line \(line): \(index) values for \(columns.count) columns")
            }
        } while try scanner.skip(",")
        guard try scanner.skip(";") || scanner.isAtEnd else { throw .unexpected("‘;’") }
    }

    private mutating func add(_ row: [String: String], to table: String, line: Int, name: String) {
        switch table {
        case "person":
            if let id = row["id"].flatMap({ Int64($0) }), let first = row["first_name"], let last = row["last_name"],
                let company = row["company_name"],
                let details = try? PersonDetails(firstName: first, lastName: last, companyName: company)
            {
                persons.append(LegacyPerson(id: id, details: details))
            } else {
                problems.append("\(name), line \(line): no person")
            }
        case "location":
            if let person = row["person_id"].flatMap({ Int64($0) }),
                let point = row["coordinate"].flatMap({ WellKnownBinaryPoint(hexadecimal: $0.utf8) }),
                let time = row["creation_time"].flatMap({ Timestamp(iso8601: $0.utf8) })
            {
                locations.append(LegacyLocation(personID: person, point: point, creationTime: time, line: line))
            } else {
                problems.append("\(name), line \(line): no location")
            }
        default: break
        }
    }
}
