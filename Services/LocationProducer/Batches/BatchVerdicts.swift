import HTTPServer
import JSON
import Models
import RESTContract

/// The verdicts on the items of a batch, for its answer.
///
/// Up to ``maximumItems`` items have their own verdicts. The answer to a larger batch has counts and the first invalid
/// items.
struct BatchVerdicts {
    /// The maximum number of items with their own verdicts.
    static let maximumItems = 10_000
    /// The maximum number of invalid items in the answer to a larger batch.
    static let maximumRejections = 1_000
    /// The maximum number of errors in an answer.
    ///
    /// Beyond it, each item lists only one.
    private static let maximumErrors = 20_000

    /// The number of accepted items.
    private(set) var accepted = 0
    /// The number of invalid items.
    private(set) var rejected = 0
    private var ids: [LocationID] = []
    private var rejections: [Rejection] = []
    private var errorCount = 0

    /// An invalid item.
    struct Rejection {
        /// Its index among all items.
        let index: Int
        /// Its errors.
        let errors: [FieldErrors.Entry]
    }

    /// The number of items.
    var count: Int { accepted + rejected }

    /// Adds the verdicts on the next items: the numbers of the accepted ones, and the rejections.
    mutating func add(_ ids: [LocationID], _ rejections: [Rejection]) {
        accepted += ids.count
        rejected += rejections.count
        for rejection in rejections where isDetailed || self.rejections.count < Self.maximumRejections {
            let kept = errorCount < Self.maximumErrors ? rejection.errors : Array(rejection.errors.prefix(1))
            errorCount += kept.count
            self.rejections.append(Rejection(index: rejection.index, errors: kept))
        }
        if isDetailed {
            self.ids += ids
        } else {
            self.ids = []
            self.rejections.removeLast(max(0, self.rejections.count - Self.maximumRejections))
        }
    }

    /// The answer: 200 if all items are valid, otherwise 207.
    ///
    /// `{"accepted", "rejected", "items": [{"id"} or {"errors": [{"pointer", "detail"}]}, …]}`; `"errors"` instead of
    /// `"items"` for a larger batch.
    func response() -> Response {
        .json(status: rejected == 0 ? .ok : .multiStatus) { writer in
            writer.object { writer in
                writer.member("accepted", accepted)
                writer.member("rejected", rejected)
                if isDetailed {
                    writer.key("items")
                    writeItems(to: &writer)
                } else {
                    writer.array("errors", of: rejections) { Self.writeErrors(of: $1, to: &$0) }
                }
            }
        }
    }

    /// The first errors, for a problem.
    var problemFields: [ProblemField] {
        rejections.prefix(Self.maximumRejections).flatMap { rejection in
            rejection.errors.map { .pointer("/\(rejection.index)\($0.pointer)", $0.message) }
        }
    }

    private var isDetailed: Bool { count <= Self.maximumItems }

    private func writeItems(to writer: inout JSONWriter) {
        var ids = ids.makeIterator()
        var rejections = rejections.makeIterator()
        var rejection = rejections.next()
        // `{"id":1234567890123456},`
        writer.reserve(count * 24)
        writer.array(of: 0..<count) { writer, index in
            guard let current = rejection, current.index == index else {
                return writer.object("id", ids.next()?.rawValue ?? 0)
            }
            writer.object { writer in
                writer.array("errors") { Self.writeErrors(of: current, to: &$0) }
            }
            rejection = rejections.next()
        }
    }

    private static func writeErrors(of rejection: Rejection, to writer: inout JSONWriter) {
        for error in rejection.errors {
            writer.object { writer in
                writer.member("pointer", "/\(rejection.index)\(error.pointer)")
                writer.member("detail", error.message)
            }
        }
    }
}
