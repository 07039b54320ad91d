package import HTTPServer

extension Problem {
    /// 404 for the id of a person who does not exist.
    package static var noSuchPerson: Problem { Problem(.notFound, "No person has this number.") }
    /// 404 for the id of a location that is not stored.
    package static var noSuchLocation: Problem {
        Problem(.notFound, "There is no location of this number; one that was just sent is stored within a second.")
    }
}
