import ServiceRuntime

/// Bounds of imports.
struct ImportBounds: Sendable {
    /// Maximum bytes of a file, after decompression.
    var bytes = 1 << 30
    /// Maximum number of concurrent imports.
    var atOnce = 4
    /// Maximum duration of an upload.
    var time = Duration.seconds(600)
}

extension ImportBounds {
    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        self.init(
            bytes: reader.bytes(
                "IMPORT_MAX_BYTES",
                default: 1 << 30,
                in: 1 << 20...1 << 40,
                "Maximum size of an imported file, uncompressed; only a part of it is in memory."
            ),
            atOnce: reader.integer(
                "IMPORTS_AT_ONCE",
                default: 4,
                in: 1...64,
                "Maximum number of imports in progress, half of them of one client; more are answered 503."
            ),
            time: reader.duration(
                "IMPORT_TIMEOUT",
                default: .seconds(600),
                in: .seconds(30)...(.seconds(86_400)),
                "Maximum duration of an upload to be imported."
            )
        )
    }
}
