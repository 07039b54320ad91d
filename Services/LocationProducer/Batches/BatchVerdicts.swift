import HTTPServer
import JSON
import Models
import RESTContract

/// What became of the items of a batch, as it is told.
///
/// Up to ``maximumItems`` each has its own verdict; of longer batches it is counted, and told of the first that are not valid.
struct BatchVerdicts {
    /// The most items whose verdicts are told one by one.
    static let maximumItems = 10_000
    /// The most items of a longer batch that are told to be not valid.
    static let maximumRejections = 1_000
    /// The most errors that are kept of all items; then one of each item.
    private static let maximumErrors = 20_000

    /// How many are valid, and the queue has them.
    private(set) var accepted = 0
    /// How many are not.
    private(set) var rejected = 0
    private var ids: [LocationID] = []
    private var rejections: [Rejection] = []
    private var errorCount = 0

    /// An item that is not valid.
    struct Rejection {
        /// Its place among all items.
        let index: Int
        /// What is wrong with it.
        let errors: [FieldErrors.Entry]
    }

    /// How many there are.
    var count: Int { accepted + rejected }

    /// Adds the next items: those of `rejections`, and the others, to which the queue has given numbers.
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

    /// The answer: 200 if all are valid, else 207.
    ///
    /// `{"accepted", "rejected", "items": [{"id"} or {"errors": [{"pointer", "detail"}]}, …]}`, or of a longer batch `"errors"`
    /// instead of `"items"`.
    func response() -> Response {
        .json(status: rejected == 0 ? .ok : .multi) { writer in
            writer.beginObject()
            writer.member("accepted", accepted)
            writer.member("rejected", rejected)
            if isDetailed {
                writer.key("items")
                writeItems(to: &writer)
            } else {
                writer.key("errors")
                writer.beginArray()
                for rejection in rejections { Self.writeErrors(of: rejection, to: &writer) }
                writer.endArray()
            }
            writer.endObject()
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
        writer.beginArray()
        for index in 0..<count {
            if let current = rejection, current.index == index {
                writer.beginObject()
                writer.key("errors")
                writer.beginArray()
                Self.writeErrors(of: current, to: &writer)
                writer.endArray()
                writer.endObject()
                rejection = rejections.next()
            } else {
                writer.object("id", ids.next()?.rawValue ?? 0)
            }
        }
        writer.endArray()
    }

    private static func writeErrors(of rejection: Rejection, to writer: inout JSONWriter) {
        for error in rejection.errors {
            writer.beginObject()
            writer.member("pointer", "/\(rejection.index)\(error.pointer)")
            writer.member("detail", error.message)
            writer.endObject()
        }
    }
}
