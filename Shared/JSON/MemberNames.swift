/// The names of members of the open objects, to find duplicates.
///
/// RFC 8259, section 4: readers differ in which duplicate they use, so one reader may check a value that another does
/// not see.
struct MemberNames {
    /// A name in an object at a depth.
    private struct Name: Hashable {
        let depth: Int
        let text: String
    }

    /// Up to this number of names, comparing one by one is faster; nearly all objects are that small.
    private static let few = 16

    private var names: [String] = []
    /// Where the names of each open object or array begin.
    private var starts: [Int] = []
    /// All names of the objects with more names than that.
    private var many: Set<Name> = []

    /// Begins an object or an array.
    mutating func begin() {
        starts.append(names.count)
    }

    /// Ends the innermost one.
    mutating func end() {
        guard let start = starts.popLast() else { return }
        if names.count - start > Self.few {
            for text in names[start...] { many.remove(Name(depth: starts.count + 1, text: text)) }
        }
        names.removeSubrange(start...)
    }

    /// Adds a name of the innermost object.
    ///
    /// O(1).
    ///
    /// - Returns: whether the name is new in the object.
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
