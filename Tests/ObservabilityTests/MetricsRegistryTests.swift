import Testing

@testable import Observability

@Suite struct MetricsRegistryTests {
    private let registry = MetricsRegistry()

    @Test func returnsTheSameHandleForTheSameNameAndLabels() {
        let first = registry.counter("a_total", "A.", labels: [("x", "1"), ("y", "2")])
        let second = registry.counter("a_total", "Another help.", labels: [("y", "2"), ("x", "1")])
        let other = registry.counter("a_total", "A.", labels: [("x", "1"), ("y", "3")])
        #expect(first === second)
        #expect(first !== other)
        #expect(registry.gauge("b", "B.") === registry.gauge("b", "B."))
        #expect(registry.histogram("c", "C.") === registry.histogram("c", "C.", buckets: [1]))
    }

    @Test func countersOnlyGrow() {
        let counter = registry.counter("a_total", "A.")
        counter.increment()
        counter.increment(by: 41)
        counter.increment(by: -5)
        #expect(counter.value == 42)
    }

    @Test func gaugesRiseAndFall() {
        let gauge = registry.gauge("a", "A.")
        gauge.set(5)
        #expect(gauge.value == 5)
        gauge.set(-1.25)
        #expect(gauge.value == -1.25)
    }

    @Test func losesNoIncrementFromConcurrentTasks() async {
        let counter = registry.counter("a_total", "A.")
        let histogram = registry.histogram("c", "C.", buckets: [1, 2])
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for index in 0..<10_000 {
                        counter.increment()
                        histogram.observe(Double(index % 3) + 0.5)
                    }
                }
            }
        }
        #expect(counter.value == 80_000)
        let (cumulative, sum) = histogram.snapshot()
        #expect(cumulative == [8 * 3334, 8 * 6667, 80_000])
        #expect(sum == 8 * (3334 * 0.5 + 3333 * 1.5 + 3333 * 2.5))
    }

    @Test func bucketsIncludeTheirUpperBound() {
        let histogram = registry.histogram("a_seconds", "A.", buckets: [0.1, 1])
        for value in [0.05, 0.1, 0.100_000_01, 1, 7, -1, .nan, .infinity] {
            histogram.observe(value)
        }
        histogram.observe(.milliseconds(100))
        #expect(histogram.snapshot().cumulative == [4, 6, 8])
    }

    @Test func sortsBoundsAndAcceptsAtMostThirtyOne() {
        #expect(Histogram(bounds: [5, 1, 1, .infinity, .nan, 2]).bounds == [1, 2, 5])
        let many = Histogram(bounds: (0..<100).map(Double.init))
        many.observe(1000)
        #expect(many.bounds.count == 31)
        #expect(many.snapshot().cumulative.last == 1)
    }

    /// Each of these returns a usable handle, but is missing from the text.
    @Test(
        arguments: [
            ("", []), ("1a", []), ("a-b", []), ("é", []), ("a b", []),
            ("a", [("", "v")]), ("a", [("1", "v")]), ("a", [("x:y", "v")]), ("a", [("__x", "v")]),
            ("a", [("x", "1"), ("x", "2")]),
        ] as [(String, [(String, String)])]
    )
    func rejectsMalformedNames(name: String, labels: [(String, String)]) {
        let empty = registry.prometheusText()
        let counter = registry.counter(name, "Help.", labels: labels)
        counter.increment()
        registry.gauge(name, "Help.", labels: labels) { 1 }
        #expect(counter.value == 1)
        #expect(text().contains("\nmetrics_refused_total 2\n"))
        #expect(registry.prometheusText().count == empty.count)
    }

    @Test func rejectsAnotherTypeUnderTheSameName() {
        let counter = registry.counter("a_total", "A.")
        registry.gauge("a_total", "A.").set(7)
        registry.gauge("a_total", "A.") { 8 }
        _ = registry.histogram("a_total", "A.", labels: [("x", "y")])
        counter.increment()
        #expect(text().contains("# TYPE a_total counter\na_total 1\n"))
        #expect(text().contains("metrics_refused_total 3\n"))
    }

    @Test func rejectsNamesThatCollideWithAHistogram() {
        _ = registry.histogram("a", "A.", labels: [("x", "1")])
        _ = registry.counter("a_count", "A.")
        _ = registry.counter("b_sum", "B.")
        _ = registry.histogram("b", "B.")
        _ = registry.histogram("a", "A.", labels: [("le", "1")])
        #expect(text().contains("metrics_refused_total 3\n"))
    }

    @Test func limitsTheSeriesOfAName() {
        for index in 0..<MetricsRegistry.maximumSeries + 5 {
            registry.counter("a_total", "A.", labels: [("input", "\(index)")]).increment()
        }
        let lines = text().split(separator: "\n").filter { $0.hasPrefix("a_total{") }
        #expect(lines.count == MetricsRegistry.maximumSeries)
        #expect(text().contains("metrics_refused_total 5\n"))
    }

    @Test func callsCallbacksForEachTextAndReplacesThem() {
        let source = Gauge()
        registry.gauge("a", "A.") { source.value }
        registry.counter("b_total", "B.", labels: [("x", "y")]) { source.value * 2 }
        source.set(1)
        #expect(text().contains("\na 1\n"))
        source.set(2.5)
        #expect(text().contains("\na 2.5\n"))
        #expect(text().contains("\nb_total{x=\"y\"} 5\n"))
        registry.gauge("a", "A.") { 9 }
        #expect(text().contains("\na 9\n"))
    }

    @Test func aCallbackMayUseTheRegistry() {
        registry.gauge("a", "A.") { [registry] in Double(registry.counter("b_total", "B.").value) }
        registry.counter("b_total", "B.").increment(by: 3)
        #expect(text().contains("\na 3\n"))
    }

    private func text() -> String {
        "\n" + String(decoding: registry.prometheusText(), as: UTF8.self)
    }
}
