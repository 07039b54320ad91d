/// Splits work on a range of indices among tasks.
enum Parallel {
    /// Parts per worker.
    ///
    /// Small parts let all workers finish at about the same time.
    private static let partsPerWorker = 8

    /// Calls `work` for each part of a range, several parts at a time.
    ///
    /// - Parameters:
    ///   - range: the range of indices.
    ///   - workers: the number of concurrent tasks; 1 processes the whole range at once.
    ///   - work: processes one part.
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
