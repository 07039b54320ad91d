/// The number of attendees of each session of an event.
package struct SessionCounts: Sendable {
    /// The published number of attendees of each session in ``EventPlan/sessions``; `nil` if it is hidden.
    package let attendees: [Int?]

    /// Counts the persons who attended each session.
    ///
    /// O(attendances).
    package init(of histories: some Sequence<EventHistory>, _ plan: EventPlan) {
        let counts = EventCounts(histories).attendees
        attendees = plan.sessions.indices.map { Disclosure.published(counts[$0] ?? 0) }
    }
}
