package import Models
import Observability

extension Timestamp {
    /// This machine's time.
    package static func now() -> Timestamp {
        Timestamp(microseconds: LogTime.now())
    }
}
