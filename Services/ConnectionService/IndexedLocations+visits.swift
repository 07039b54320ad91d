import Models

extension IndexedLocations: VisitRepository {
    var events: EventDirectory.State { histories.events }

    func presences(during window: TimeWindow) async throws -> EventPresences {
        guard histories.events.hasZones else { return EventPresences() }
        return try await presence(during: window).events
    }

    func presences(of person: PersonID, during window: TimeWindow) async throws -> EventPresences? {
        guard try await hasPerson(person) else { return nil }
        return try await presence(around: person, during: window).events
    }

    func compute<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws -> Value {
        try await metrics.measure(.statistics) {
            try await lanes.answer(expected: .zero, inOneStep: true, .answer, .ofMeetings) { computation in
                try await computation.step(work)
            }
        }
    }
}
