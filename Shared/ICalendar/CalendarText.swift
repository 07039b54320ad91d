internal import CLibICal

/// Writes calendars by libical, which folds and escapes.
enum CalendarText {
    static func bytes(of events: [CalendarEvent], named name: String, stamp: Int64) -> [UInt8] {
        icalerror_set_errors_are_fatal(0)
        guard let calendar = icalcomponent_new(ICAL_VCALENDAR_COMPONENT) else { return [] }
        defer { icalcomponent_free(calendar) }
        icalcomponent_add_property(calendar, icalproperty_new_version("2.0"))
        icalcomponent_add_property(calendar, icalproperty_new_prodid("-//UdaConnect//person-service//EN"))
        if let property = icalproperty_new_x(name) {
            icalproperty_set_x_name(property, "X-WR-CALNAME")
            icalcomponent_add_property(calendar, property)
        }
        for event in events {
            if let component = component(of: event, stamp: stamp) { icalcomponent_add_component(calendar, component) }
        }
        guard let text = icalcomponent_as_ical_string_r(calendar) else { return [] }
        defer { icalmemory_free_buffer(text) }
        return Array(String(cString: text).utf8)
    }

    private static func component(of event: CalendarEvent, stamp: Int64) -> OpaquePointer? {
        guard let component = icalcomponent_new(ICAL_VEVENT_COMPONENT) else { return nil }
        icalcomponent_add_property(component, icalproperty_new_uid(event.id))
        icalcomponent_add_property(component, icalproperty_new_dtstamp(time(stamp)))
        icalcomponent_add_property(component, icalproperty_new_dtstart(time(event.start)))
        icalcomponent_add_property(component, icalproperty_new_dtend(time(event.end)))
        icalcomponent_add_property(component, icalproperty_new_summary(event.title))
        if let place = event.place { icalcomponent_add_property(component, icalproperty_new_location(place)) }
        for name in event.names {
            // The form of Pentabarf and FOSDEM for speakers without an address.
            guard let attendee = icalproperty_new_attendee("invalid:nomail") else { continue }
            icalproperty_add_parameter(attendee, icalparameter_new_role(ICAL_ROLE_REQPARTICIPANT))
            icalproperty_add_parameter(attendee, icalparameter_new_cutype(ICAL_CUTYPE_INDIVIDUAL))
            icalproperty_add_parameter(attendee, icalparameter_new_cn(name))
            icalcomponent_add_property(component, attendee)
        }
        return component
    }

    private static func time(_ seconds: Int64) -> icaltimetype {
        icaltime_from_timet_with_zone(time_t(seconds), 0, icaltimezone_get_utc_timezone())
    }
}
