package import HTTPServer

extension Problem {
    /// 404 for the id of a person who does not exist.
    package static var noSuchPerson: Problem { Problem(.notFound, "No person has this number.") }
    /// 404 for the id of an event that does not exist.
    package static var noSuchEvent: Problem { Problem(.notFound, "No event has this number.") }
    /// 404 for the id of a zone that the event does not have.
    package static var noSuchZone: Problem { Problem(.notFound, "The event has no zone of this number.") }
    /// 404 for the id of a session that the event does not have.
    package static var noSuchSession: Problem { Problem(.notFound, "The event has no session of this number.") }
    /// 404 for the id of a location that is not stored.
    package static var noSuchLocation: Problem {
        Problem(.notFound, "There is no location of this number; one that was just sent is stored within a second.")
    }
}
