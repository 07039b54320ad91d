import JSON

/// Spans for OTLP over HTTP: protobuf's JSON mapping of `ExportTraceServiceRequest`.
///
/// https://opentelemetry.io/docs/specs/otlp/#otlphttp
package struct TraceExport: Sendable {
    /// The process's name, OpenTelemetry's `service.name`.
    package let service: String
    /// Its release, OpenTelemetry's `service.version`.
    package let version: String

    /// The process whose spans are exported.
    package init(service: String, version: String) {
        self.service = service
        self.version = version
    }

    /// The request's content, of type `application/json`.
    package func request(_ spans: [Span]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 * spans.count)
        writer.object {
            $0.array("resourceSpans") {
                $0.object {
                    $0.key("resource")
                    $0.object {
                        $0.attributes([("service.name", .string(service)), ("service.version", .string(version))])
                    }
                    $0.array("scopeSpans") {
                        $0.object {
                            $0.key("scope")
                            $0.object { $0.member("name", "udaconnect") }
                            $0.array("spans") { for span in spans { $0.span(span) } }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func span(_ span: Span) {
        object {
            $0.member("traceId", span.context.traceIDText)
            $0.member("spanId", span.context.spanIDText)
            if let parent = span.context.parentSpanIDText { $0.member("parentSpanId", parent) }
            $0.member("name", span.name)
            $0.member("kind", span.kind.rawValue)
            // Protobuf's JSON has 64-bit numbers as text.
            $0.member("startTimeUnixNano", String(span.start))
            $0.member("endTimeUnixNano", String(span.start + span.duration))
            $0.attributes(span.attributes)
            $0.key("status")
            // STATUS_CODE_ERROR, or unset.
            $0.object { if span.isFailure { $0.member("code", 2) } }
        }
    }

    fileprivate mutating func attributes(_ attributes: [(String, Span.Value)]) {
        array("attributes") {
            for (name, value) in attributes {
                $0.object {
                    $0.member("key", name)
                    $0.key("value")
                    $0.object {
                        switch value {
                        case .string(let text): $0.member("stringValue", text)
                        case .integer(let number): $0.member("intValue", String(number))
                        }
                    }
                }
            }
        }
    }
}
