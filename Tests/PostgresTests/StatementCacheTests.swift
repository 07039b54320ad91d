import Testing

@testable import Postgres

@Suite struct StatementCacheTests {
    private func key(_ text: String) -> StatementCache.Key {
        StatementCache.Key(sql: text, types: [])
    }

    /// Uses a statement like a connection.
    @discardableResult
    private func use(_ text: String, _ cache: inout StatementCache) -> StatementCache.Plan {
        let plan = cache.plan(for: key(text))
        if case .prepare(let name) = plan { cache.didPrepare(key(text), as: name) }
        return plan
    }

    @Test func preparesARepeatedStatement() {
        var cache = StatementCache(capacity: 4)
        let plans = (0..<4).map { _ in use("a", &cache) }
        #expect(
            plans == [.unprepared, .prepare(name: "s1"), .prepared(name: "s1"), .prepared(name: "s1")]
        )
    }

    @Test func retriesAFailedPreparation() {
        var cache = StatementCache(capacity: 4)
        use("a", &cache)
        let first = cache.plan(for: key("a"))
        let second = cache.plan(for: key("a"))
        #expect(first == .prepare(name: "s1"))
        #expect(second == .prepare(name: "s2"))
    }

    @Test func evictsTheLeastRecentlyUsedStatement() {
        var cache = StatementCache(capacity: 2)
        for _ in 0..<2 { use("a", &cache) }
        for _ in 0..<2 { use("b", &cache) }
        use("a", &cache)
        let new = use("c", &cache)
        let again = use("c", &cache)
        let kept = use("a", &cache)
        let gone = use("b", &cache)
        #expect(new == .unprepared)
        #expect(again == .prepare(name: "s3"))
        #expect(kept == .prepared(name: "s1"))
        #expect(gone == .unprepared)
        let abandoned = [cache.takeAbandoned(), cache.takeAbandoned(), cache.takeAbandoned()]
        #expect(abandoned == ["s3", "s2", nil], "and are released on the server")
    }

    @Test func dropsAStaleStatement() {
        var cache = StatementCache(capacity: 2)
        for _ in 0..<2 { use("a", &cache) }
        cache.forget(key("a"))
        let name = cache.takeAbandoned()
        let next = use("a", &cache)
        #expect(name == "s1")
        #expect(next == .unprepared)
    }

    @Test func isEmptyWithoutCapacity() {
        var cache = StatementCache(capacity: 0)
        let plans = (0..<3).map { _ in use("a", &cache) }
        #expect(plans == [.unprepared, .unprepared, .unprepared])
    }
}
