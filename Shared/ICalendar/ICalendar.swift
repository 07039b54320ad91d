internal import CLibICal
internal import Synchronization

/// Calendars in the format iCalendar (RFC 5545), by libical.
///
/// libical loads time zones into tables of the process, so one thread at a time uses it.
package enum ICalendar {
    /// The maximum number of occurrences of a recurring event; later occurrences are left out.
    package static let maximumOccurrences = 1_000

    private static let turn = Mutex(())

    /// Whether the zoneinfo database of the system has a time zone of this name, such as "Europe/Madrid".
    package static func knowsTimeZone(_ name: String) -> Bool {
        // A name is never a path out of the database.
        guard name.utf8.count <= 64, !name.contains("."), name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return false
        }
        return turn.withLock { _ in icaltimezone_get_builtin_timezone(name) != nil }
    }

    /// The moment of a local time in seconds since 1970; `nil` if the time zone or the time does not exist.
    ///
    /// - Parameters:
    ///   - text: the local time, such as "20260504T093000".
    ///   - timeZone: the name of the time zone in the IANA database.
    /// - Returns: the moment.
    package static func moment(of text: String, in timeZone: String) -> Int64? {
        guard knowsTimeZone(timeZone) else { return nil }
        return turn.withLock { _ in
            guard let zone = icaltimezone_get_builtin_timezone(timeZone) else { return nil }
            let time = icaltime_from_string(text)
            guard icaltime_is_null_time(time) == 0, icaltime_is_valid_time(time) != 0, time.is_date == 0 else {
                return nil
            }
            return Int64(icaltime_as_timet_with_zone(time, zone))
        }
    }

    /// Reads the events of a calendar, in its order.
    ///
    /// Leaves out cancelled events and events of whole days. Expands recurring events for a year.
    ///
    /// - Parameters:
    ///   - text: the calendar.
    ///   - timeZone: the time zone of times that name no zone.
    ///   - maximumEvents: the maximum number of events and occurrences.
    /// - Returns: the events.
    /// - Throws: ``ICalendarError``.
    package static func events(
        in text: [UInt8],
        timeZone: String,
        maximumEvents: Int
    ) throws(ICalendarError) -> [CalendarEvent] {
        let result: Result<[CalendarEvent], ICalendarError> = turn.withLock { _ in
            do throws(ICalendarError) {
                let calendar = try ParsedCalendar(text)
                return .success(try calendar.events(timeZone: timeZone, maximumEvents: maximumEvents))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Writes a calendar, all times in UTC.
    ///
    /// - Parameters:
    ///   - events: its events.
    ///   - name: its name for people.
    ///   - stamp: the time at which the calendar was made, in seconds since 1970.
    /// - Returns: the calendar.
    package static func text(of events: [CalendarEvent], named name: String, stamp: Int64) -> [UInt8] {
        turn.withLock { _ in CalendarText.bytes(of: events, named: name, stamp: stamp) }
    }
}
