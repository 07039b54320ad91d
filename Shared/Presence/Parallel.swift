/// Work on a range of numbers, split among tasks.
enum Parallel {
    /// How many parts each worker gets, so that all end at about the same time.
    private static let partsPerWorker = 8

    /// Calls `work` with parts of a range, some at a time.
    ///
    /// - Parameters:
    ///   - range: the range.
    ///   - workers: how many parts are worked on at a time; 1 takes the whole range at once.
    ///   - work: takes a part.
    /// - Returns: the results in the order of the parts.
    static func map<Result: Sendable>(
        _ range: Range<Int>,
        workers: Int,
        _ work: @escaping @Sendable (Range<Int>) -> Result
    ) async -> [Result] {
        guard workers > 1, range.count > workers * partsPerWorker else { return [work(range)] }
        let count = workers * partsPerWorker
        let bounds = (0...count).map { range.lowerBound + range.count * $0 / count }
        return await withTaskGroup(of: (Int, Result).self) { group in
            var results = [Result?](repeating: nil, count: count)
            var next = 0
            while next < min(workers, count) {
                let part = next
                group.addTask { (part, work(bounds[part]..<bounds[part + 1])) }
                next += 1
            }
            while let (part, result) = await group.next() {
                results[part] = result
                guard next < count else { continue }
                let part = next
                group.addTask { (part, work(bounds[part]..<bounds[part + 1])) }
                next += 1
            }
            return results.compactMap { $0 }
        }
    }
}
