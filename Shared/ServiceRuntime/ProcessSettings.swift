import Observability

/// The settings of every process: how much it logs, and its identity in measurements and traces.
package struct ProcessSettings: Sendable {
    let logLevel: LogLevel
    let version: String
    let traceReceiver: String?
    let tracedShare: Double

    /// Reads the settings.
    package init(_ reader: inout EnvironmentReader) {
        logLevel = reader.choice("LOG_LEVEL", default: .info, "The lowest level of log lines that are written.")
        version = reader.string(
            "SERVICE_VERSION",
            default: "development",
            "The release that runs, for measurements and traces; images set it."
        )
        traceReceiver = reader.optionalString(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "Where traces are sent by OTLP over HTTP, such as http://collector:4318; nowhere if it is not set."
        )
        tracedShare = reader.number(
            "OTEL_TRACES_SAMPLER_ARG",
            default: 0.01,
            in: 0...1,
            "Share of the requests without a traceparent that are traced; with one, their sender decides."
        )
    }
}
