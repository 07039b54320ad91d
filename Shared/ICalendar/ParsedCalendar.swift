internal import CLibICal

/// A calendar in libical's form.
final class ParsedCalendar {
    private let root: OpaquePointer
    private var found: [CalendarEvent] = []
    /// The places of occurrences in `found` by their identifiers.
    private var places: [String: Int] = [:]

    /// Occurrences that start more than this number of seconds after the first one are left out.
    private static let span: Int64 = 366 * 86_400

    init(_ text: [UInt8]) throws(ICalendarError) {
        icalerror_set_errors_are_fatal(0)
        // libical ends at the first NUL.
        guard !text.contains(0) else { throw .malformed }
        let parsed = (text + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { icalparser_parse_string($0.baseAddress) }
        }
        guard let parsed else { throw .malformed }
        root = parsed
    }

    deinit { icalcomponent_free(root) }

    func events(timeZone: String, maximumEvents: Int) throws(ICalendarError) -> [CalendarEvent] {
        let calendars = calendars
        guard !calendars.isEmpty else { throw .malformed }
        let zone = icaltimezone_get_builtin_timezone(timeZone)
        var number = 0
        for calendar in calendars {
            var next = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT)
            while let event = next {
                try add(event, number: number, zone)
                guard found.count <= maximumEvents else { throw .tooManyEvents }
                number += 1
                next = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)
            }
        }
        return found
    }

    /// A text with several calendars becomes one component that contains them.
    private var calendars: [OpaquePointer] {
        if icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT { return [root] }
        var calendars: [OpaquePointer] = []
        var next = icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT)
        while let calendar = next {
            calendars.append(calendar)
            next = icalcomponent_get_next_component(root, ICAL_VCALENDAR_COMPONENT)
        }
        return calendars
    }

    private func add(_ component: OpaquePointer, number: Int, _ zone: OpaquePointer?) throws(ICalendarError) {
        guard icalcomponent_get_status(component) != ICAL_STATUS_CANCELLED else { return }
        let first = icalcomponent_get_dtstart(component)
        guard icaltime_is_null_time(first) == 0 else { throw .noTime(event: number) }
        guard first.is_date == 0 else { return }
        guard let id = icalcomponent_get_uid(component).map({ String(cString: $0) }), !id.isEmpty else {
            throw .noID(event: number)
        }
        let (start, end) = (moment(first, zone), moment(icalcomponent_get_dtend(component), zone))
        guard let start, let end, start < end else { throw .noTime(event: number) }
        let event = CalendarEvent(
            id: id,
            start: start,
            end: end,
            title: text(of: component, ICAL_SUMMARY_PROPERTY) ?? "",
            place: text(of: component, ICAL_LOCATION_PROPERTY).flatMap { $0.isEmpty ? nil : $0 },
            names: names(of: component)
        )
        let recurrence = icalcomponent_get_recurrenceid(component)
        if icaltime_is_null_time(recurrence) == 0 {
            guard let regular = moment(recurrence, zone) else { throw .noTime(event: number) }
            var moved = event
            moved.id = Self.occurrence(of: id, at: regular)
            put(moved)
        } else if let rule = icalcomponent_get_first_property(component, ICAL_RRULE_PROPERTY) {
            try addOccurrences(of: event, rule, component, first, number: number, zone)
        } else {
            put(event)
        }
    }

    /// Adds an event, or replaces the occurrence with the same identifier.
    private func put(_ event: CalendarEvent, replacing: Bool = true) {
        if let place = places[event.id] {
            if replacing { found[place] = event }
        } else {
            places[event.id] = found.count
            found.append(event)
        }
    }

    private static func occurrence(of id: String, at start: Int64) -> String { "\(id)@\(start)" }

    private func addOccurrences(
        of event: CalendarEvent,
        _ property: OpaquePointer,
        _ component: OpaquePointer,
        _ first: icaltimetype,
        number: Int,
        _ zone: OpaquePointer?
    ) throws(ICalendarError) {
        let rule = icalproperty_get_rrule(property)
        // A rule of hours or less that no time satisfies would keep libical searching for minutes.
        let frequencies = [
            ICAL_DAILY_RECURRENCE, ICAL_WEEKLY_RECURRENCE, ICAL_MONTHLY_RECURRENCE, ICAL_YEARLY_RECURRENCE,
        ]
        guard frequencies.contains(rule.freq), let iterator = icalrecur_iterator_new(rule, first) else {
            throw .recurrence(event: number)
        }
        defer { icalrecur_iterator_free(iterator) }
        let excluded = exclusions(of: component, zone)
        for _ in 0..<ICalendar.maximumOccurrences {
            var time = icalrecur_iterator_next(iterator)
            guard icaltime_is_null_time(time) == 0 else { return }
            time.zone = first.zone
            guard let start = moment(time, zone), start - event.start <= Self.span else { return }
            guard !excluded.contains(start) else { continue }
            var occurrence = event
            occurrence.id = Self.occurrence(of: event.id, at: start)
            (occurrence.start, occurrence.end) = (start, start + event.end - event.start)
            // A changed occurrence may stand before its rule.
            put(occurrence, replacing: false)
        }
    }

    private func exclusions(of component: OpaquePointer, _ zone: OpaquePointer?) -> Set<Int64> {
        var excluded: Set<Int64> = []
        var next = icalcomponent_get_first_property(component, ICAL_EXDATE_PROPERTY)
        while let property = next {
            if let moment = moment(icalproperty_get_datetime_with_component(property, component), zone) {
                excluded.insert(moment)
            }
            next = icalcomponent_get_next_property(component, ICAL_EXDATE_PROPERTY)
        }
        return excluded
    }

    /// The seconds since 1970 of a time, in the given zone if it names none; `nil` for a day and for no time.
    private func moment(_ time: icaltimetype, _ zone: OpaquePointer?) -> Int64? {
        guard icaltime_is_null_time(time) == 0, time.is_date == 0, icaltime_is_valid_time(time) != 0 else {
            return nil
        }
        return Int64(icaltime_as_timet_with_zone(time, icaltime_get_timezone(time) ?? zone))
    }

    private func text(of component: OpaquePointer, _ kind: icalproperty_kind) -> String? {
        guard let property = icalcomponent_get_first_property(component, kind),
            let value = icalproperty_get_value(property), let text = icalvalue_get_text(value)
        else { return nil }
        return String(cString: text)
    }

    private func names(of component: OpaquePointer) -> [String] {
        var names: [String] = []
        var next = icalcomponent_get_first_property(component, ICAL_ATTENDEE_PROPERTY)
        while let property = next {
            if let parameter = icalproperty_get_first_parameter(property, ICAL_CN_PARAMETER),
                let name = icalparameter_get_cn(parameter).map({ String(cString: $0) }), !name.isEmpty
            {
                names.append(name)
            }
            next = icalcomponent_get_next_property(component, ICAL_ATTENDEE_PROPERTY)
        }
        return names
    }
}
