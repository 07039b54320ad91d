package import HTTPServer

extension Problem {
    /// 404 for a person's number that nobody has.
    package static var noSuchPerson: Problem { Problem(.notFound, "There is no person of this number.") }
    /// 404 for a location's number that is not stored.
    package static var noSuchLocation: Problem {
        Problem(.notFound, "There is no location of this number; one that was just sent is stored within a second.")
    }
}
