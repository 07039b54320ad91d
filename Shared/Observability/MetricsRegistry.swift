import Synchronization

/// The process's metrics: hands out counters, gauges and histograms, which ``prometheusText()`` writes.
///
/// ```swift
/// let requests = registry.counter("http_requests_total", "Requests answered.", labels: [("status", "200")])
/// requests.increment()
/// ```
///
/// The same name and labels give the same handle. Handles are cheap to use and expensive to get (a lock and a string),
/// so keep them. Series of one name may have different labels, or none.
///
/// Getting a metric never fails. A metric that cannot be exported (a malformed name or label, a name of another type,
/// more than ``maximumSeries`` of one name) gets a working handle that is not written; `metrics_refused_total` counts
/// these.
package final class MetricsRegistry: Sendable {
    /// The maximum number of label sets of one name, in case labels depend on input.
    package static let maximumSeries = 1000

    /// Upper bounds in seconds for times from a millisecond to ten seconds.
    package static let defaultBuckets: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private let families = Mutex<[String: MetricFamily]>([:])
    private let refused = Counter()

    /// A registry with only its own counter of refusals.
    package init() {
        let refused = refused
        register(.counter, "metrics_refused_total", "Metrics that cannot be exported.", []) { _ in
            .counter(refused)
        }
    }

    /// A counter; by convention its name ends in `_total`.
    ///
    /// - Parameters:
    ///   - name: letters, digits, `_` and `:`, with the unit (`_bytes_total`).
    ///   - help: one sentence; the first one of a name wins.
    ///   - labels: names and values; a value may be any text, but there should be few.
    /// - Returns: the handle to count with.
    package func counter(_ name: String, _ help: String, labels: [(String, String)] = []) -> Counter {
        let series = register(.counter, name, help, labels) { _ in .counter(Counter()) }
        guard case .counter(let counter) = series else { return refuse(Counter()) }
        return counter
    }

    /// A counter that is kept elsewhere; `read` is called for each text, on the thread that writes it.
    package func counter(
        _ name: String,
        _ help: String,
        labels: [(String, String)] = [],
        read: @escaping @Sendable () -> Double
    ) {
        register(.counter, name, help, labels, replacing: true) { _ in .callback(read) }
    }

    /// A gauge.
    ///
    /// - Parameters:
    ///   - name: letters, digits, `_` and `:`, with the unit (`_bytes`, `_seconds`).
    ///   - help: one sentence; the first one of a name wins.
    ///   - labels: names and values; a value may be any text, but there should be few.
    /// - Returns: the handle to set.
    package func gauge(_ name: String, _ help: String, labels: [(String, String)] = []) -> Gauge {
        let series = register(.gauge, name, help, labels) { _ in .gauge(Gauge()) }
        guard case .gauge(let gauge) = series else { return refuse(Gauge()) }
        return gauge
    }

    /// A gauge that is read for each text, on the thread that writes it; another call replaces the closure.
    package func gauge(
        _ name: String,
        _ help: String,
        labels: [(String, String)] = [],
        read: @escaping @Sendable () -> Double
    ) {
        register(.gauge, name, help, labels, replacing: true) { _ in .callback(read) }
    }

    /// A histogram.
    ///
    /// - Parameters:
    ///   - name: letters, digits, `_` and `:`, with the unit (`_seconds`, `_bytes`).
    ///   - help: one sentence; the first one of a name wins.
    ///   - labels: names and values, except `le`.
    ///   - buckets: inclusive upper bounds, at most ``Histogram/maximumBounds``; the first ones of a name win.
    /// - Returns: the handle to observe with.
    package func histogram(
        _ name: String,
        _ help: String,
        labels: [(String, String)] = [],
        buckets: [Double] = MetricsRegistry.defaultBuckets
    ) -> Histogram {
        let series = register(.histogram, name, help, labels, bounds: buckets) { .histogram(Histogram(bounds: $0)) }
        guard case .histogram(let histogram) = series else { return refuse(Histogram(bounds: buckets)) }
        return histogram
    }

    /// All metrics in Prometheus's text format 0.0.4, families and series in a stable order.
    ///
    /// Closures are called without the registry's lock, so they may use the registry.
    package func prometheusText() -> [UInt8] {
        var text = PrometheusText()
        for (name, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            text.append(name, family)
        }
        return text.bytes
    }

    /// The series of a name and labels, which `make` creates if it does not exist.
    @discardableResult
    private func register(
        _ kind: MetricFamily.Kind,
        _ name: String,
        _ help: String,
        _ labels: [(String, String)],
        bounds: [Double] = [],
        replacing: Bool = false,
        make: ([Double]) -> MetricFamily.Series
    ) -> MetricFamily.Series {
        guard let name = MetricName(name), let labels = MetricLabels(labels, of: kind) else {
            return refuse(make(bounds))
        }
        let registered: MetricFamily.Series? = families.withLock { families in
            guard !name.collides(with: families, kind: kind) else { return nil }
            let family = families[name.text, default: MetricFamily(kind: kind, help: help, bounds: bounds)]
            let present = family.series[labels.text]
            if let present, !replacing { return present }
            guard family.kind == kind, present != nil || family.series.count < Self.maximumSeries else { return nil }
            let series = make(family.bounds)
            families[name.text, default: family].series[labels.text] = series
            return series
        }
        return registered ?? refuse(make(bounds))
    }

    private func refuse<Handle>(_ handle: Handle) -> Handle {
        refused.increment()
        return handle
    }
}
