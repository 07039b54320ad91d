import HTTPServer
import Models
import RESTContract

extension Request {
    /// The persons of a path with `{id}` and `{other}`.
    func personAndOther() throws(Problem) -> (id: PersonID, other: PersonID) {
        (try parameter("id"), try parameter("other"))
    }
}
