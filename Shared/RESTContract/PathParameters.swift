package import HTTPServer
package import Models

extension PathParameter where Self: RowNumber {
    package init?(pathParameter: Substring) {
        guard let value = Int64(pathParameter: pathParameter) else { return nil }
        self.init(rawValue: value)
    }
}

extension PersonID: PathParameter {}
extension EventID: PathParameter {}
extension ZoneID: PathParameter {}
extension SessionID: PathParameter {}

extension LocationID: PathParameter {
    package init?(pathParameter: Substring) {
        guard let value = Int64(pathParameter: pathParameter) else { return nil }
        self.init(rawValue: value)
    }
}

extension DeviceID: PathParameter {
    package init?(pathParameter: Substring) {
        self.init(pathParameter)
    }
}

/// The id of an object that is a random text.
package struct RandomID: PathParameter {
    /// The text.
    package let text: String

    package init?(pathParameter: Substring) {
        guard RandomText.fits(pathParameter, characters: RandomText.idLength) else { return nil }
        text = String(pathParameter)
    }

    package static var expectation: String { "\(RandomText.idLength) digits and small letters" }
}

extension ImportID: PathParameter {
    package init?(pathParameter: Substring) {
        self.init(pathParameter)
    }
}

extension CalendarDate: PathParameter {
    package init?(pathParameter: Substring) {
        self.init(iso8601: pathParameter.utf8)
    }

    package static var expectation: String { "a day of the calendar as YYYY-MM-DD" }
}

extension Timestamp: PathParameter {
    /// A day means its first moment.
    package init?(pathParameter: Substring) {
        if let day = CalendarDate(iso8601: pathParameter.utf8) {
            self.init(microseconds: day.microseconds)
        } else {
            self.init(iso8601: pathParameter.utf8)
        }
    }

    package static var expectation: String { "a moment in ISO 8601 such as 2020-08-15T10:37:06Z, or a day" }
}

extension Radius: PathParameter {
    package init?(pathParameter: Substring) {
        guard let metres = Double(pathParameter: pathParameter) else { return nil }
        self.init(metres: metres)
    }
}

extension TimeApart: PathParameter {
    package init?(pathParameter: Substring) {
        guard let seconds = Double(pathParameter: pathParameter) else { return nil }
        self.init(seconds: seconds)
    }
}

extension MeetingGap: PathParameter {
    package init?(pathParameter: Substring) {
        guard let seconds = Double(pathParameter: pathParameter) else { return nil }
        self.init(seconds: seconds)
    }
}
