/// The names of the members of the objects that are open, to find one that comes twice.
///
/// RFC 8259, section 4: readers differ in which of the two they take, so a text that one has checked may be another to the next.
struct MemberNames {
    /// A name of an object at a depth.
    private struct Name: Hashable {
        let depth: Int
        let text: String
    }

    /// Up to this number, names are compared one by one, which is faster; nearly all objects are that small.
    private static let few = 16

    private var names: [String] = []
    /// Where the names of each open object or array begin.
    private var starts: [Int] = []
    /// All names of the objects that have more than a few.
    private var many: Set<Name> = []

    /// An object or an array begins.
    mutating func begin() {
        starts.append(names.count)
    }

    /// The last that has begun ends.
    mutating func end() {
        guard let start = starts.popLast() else { return }
        if names.count - start > Self.few {
            for text in names[start...] { many.remove(Name(depth: starts.count + 1, text: text)) }
        }
        names.removeSubrange(start...)
    }

    /// Notes a name of the object that has begun last.
    ///
    /// O(1).
    ///
    /// - Returns: whether the object does not have it yet.
    mutating func insert(_ text: String) -> Bool {
        let start = starts.last ?? 0
        let count = names.count - start
        if count < Self.few {
            guard !names[start...].contains(text) else { return false }
        } else {
            if count == Self.few {
                for known in names[start...] { many.insert(Name(depth: starts.count, text: known)) }
            }
            guard many.insert(Name(depth: starts.count, text: text)).inserted else { return false }
        }
        names.append(text)
        return true
    }
}
