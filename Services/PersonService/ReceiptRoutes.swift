import HTTPServer
import JSON
import Models
import Persistence
import RESTContract

/// The route by which a person reads what was erased, and what remains for a while; the session has ended with the erasure.
struct ReceiptRoutes<Persons: PersonRepository>: Sendable {
    let persons: Persons
    let retention: RetentionTimes

    /// Adds the route.
    func add(to router: inout Router) {
        router.get("/api/erasures/{receipt}", handler: read)
    }

    private func read(_ request: Request) async throws -> Response {
        let code = try request.parameter("receipt", as: ReceiptCode.self)
        guard let receipt = try await persons.receipt(code.digest) else {
            throw Problem(.notFound, "No erasure has this receipt.")
        }
        return .json { writer in
            writer.object { writer in
                writer.member("erased_at", receipt.erasedAt.description)
                writer.object("erased") { writer in
                    writer.member("locations", receipt.locations)
                    writer.member("devices", receipt.devices)
                    writer.member("dead_letters", receipt.deadLetters)
                    writer.member("messages", receipt.messages)
                }
                writer.array("remains", of: retention.remainders(after: receipt)) { writer, remainder in
                    writer.object { writer in
                        writer.member("where", remainder.place)
                        writer.member("what", remainder.content)
                        if let until = remainder.until { writer.member("until", until.description) }
                    }
                }
            }
        }
    }
}

/// How long copies outside the database remain.
struct RetentionTimes: Sendable {
    /// How long Kafka keeps records, if it is the queue.
    let kafka: Duration
    /// How long backups and the archived log of the database are kept.
    let backups: Duration

    /// Something that an erasure leaves for a while.
    struct Remainder: Equatable {
        let place: String
        let content: String
        /// The end; `nil` if it remains.
        let until: Timestamp?
    }

    /// What remains after an erasure, where, and until when.
    func remainders(after receipt: ErasureReceipt) -> [Remainder] {
        func until(_ seconds: Int64) -> Timestamp {
            Timestamp(microseconds: receipt.erasedAt.microseconds + seconds * 1_000_000)
        }
        var remainders = [
            Remainder(
                place: "backups",
                content: "Everything, in backups and the archived log of the database; a restore erases it again.",
                until: until(backups.components.seconds)
            ),
            Remainder(
                place: "audit",
                content: "The person's number, in records of who read or changed the data; no names and no locations.",
                until: until(PersonStore.receiptLifetime)
            ),
            Remainder(
                place: "daily limits",
                content: "The person's number, with the units used on a day.",
                until: until(8 * 86_400)
            ),
            Remainder(
                place: "list of erased persons",
                content: "The person's number, so that later locations are rejected and no other person gets it.",
                until: nil
            ),
            Remainder(
                place: "receipt",
                content: "This receipt, which does not name the person.",
                until: until(PersonStore.receiptLifetime)
            ),
        ]
        if receipt.isKafka {
            remainders.insert(
                Remainder(
                    place: "queue",
                    content: "Locations in Kafka, which no service reads any more.",
                    until: until(kafka.components.seconds)
                ),
                at: 0
            )
        }
        return remainders
    }
}

extension ReceiptCode: PathParameter {
    package init?(pathParameter: Substring) {
        self.init(pathParameter)
    }

    package static var expectation: String { "the code of a receipt: 26 digits and small letters" }
}
