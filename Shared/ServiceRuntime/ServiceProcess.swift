import Glibc
import Networking
package import Observability

/// What every process of a service has from the beginning.
package struct ServiceProcess: Sendable {
    /// The executable's name.
    package let name: String
    /// The executable's release.
    package let version: String
    /// Logs to standard error under the process's name, from the level of `LOG_LEVEL` up.
    package let logger: Logger
    /// The metrics, which already include those of the process.
    package let metrics: MetricsRegistry
    /// Records traces for the export.
    package let tracer: Tracer
    /// The base address of the OTLP receiver of traces; `nil` without one.
    package let traceReceiver: String?

    /// The whole life of a process: environment, wiring, running, exit status.
    ///
    /// ```swift
    /// @main enum EntryPoint {
    ///     static func main() async {
    ///         await ServiceProcess.run("person-service", PersonServiceConfiguration.init(_:)) {
    ///             configuration, process in
    ///             ...
    ///             return ServiceGroup(logger: process.logger, services: [pool, server])
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// `--help` prints all settings and exits with 0. `--health` gets `/readyz` of the running process with the same
    /// settings, prints the answer, and exits with 0 if it is ready, otherwise with 1. Problems of the environment are
    /// reported together on standard error, with the exit status 78 (`EX_CONFIG`). An unknown argument exits with 64
    /// (`EX_USAGE`), a failed service with 1.
    ///
    /// - Parameters:
    ///   - name: the executable's name.
    ///   - arguments: the command line without the executable's name.
    ///   - configure: reads all settings; it need not call ``EnvironmentReader/finish()``.
    ///   - commands: what the first argument can name to run instead of serving.
    ///   - wire: creates the services without starting anything.
    package static func run<Configuration: Sendable>(
        _ name: String,
        arguments: [String] = Array(CommandLine.arguments.dropFirst()),
        _ configure: (inout EnvironmentReader) -> Configuration,
        commands: [ProcessCommand<Configuration>] = [],
        wire: (Configuration, ServiceProcess) async throws -> ServiceGroup
    ) async -> Never {
        FreedMemory.keep()
        DescriptorLimit.raise()
        var reader = EnvironmentReader(Environment.current)
        let settings = ProcessSettings(&reader)
        let configuration = configure(&reader)
        let command = commands.first { $0.name == arguments.first }
        switch arguments.first {
        case nil: break
        case "--help", "-h":
            let usage = commands.map { "\(name) \($0.name) \($0.usage)\n\n" }.joined()
            print(
                "\(usage)\(name) reads its settings from the environment:\n\n\(reader.settings.reference)",
                terminator: ""
            )
            exit(EXIT_SUCCESS)
        case "--health": tellHealth(name, reader.settings)
        case let argument? where command == nil:
            complain("\(name) takes no argument \(argument); see \(name) --help.")
            exit(EX_USAGE)
        case _?: break
        }
        do {
            try reader.finish()
        } catch {
            complain("\(name) cannot start. \(error)\nSee \(name) --help for all settings.")
            exit(EX_CONFIG)
        }
        let process = ServiceProcess(name, settings)
        process.logger.info("Read the settings", [.setting: .string(reader.settings.overrides)])
        do {
            if let command {
                try await command.run(configuration, process, Array(arguments.dropFirst()))
            } else {
                try await wire(configuration, process).run()
            }
            end(EXIT_SUCCESS)
        } catch {
            process.logger.error("The process ends because of a failure", error: error)
            end(EXIT_FAILURE)
        }
    }

    private static func tellHealth(_ name: String, _ settings: [Setting]) -> Never {
        guard let inquiry = HealthInquiry(settings), let health = inquiry.ask() else {
            complain("\(name) does not answer.")
            exit(EXIT_FAILURE)
        }
        print(health.answer)
        exit(health.isReady ? EXIT_SUCCESS : EXIT_FAILURE)
    }

    private init(_ name: String, _ settings: ProcessSettings) {
        self.name = name
        version = settings.version
        traceReceiver = settings.traceReceiver
        logger = Logger(service: name, level: settings.logLevel)
        metrics = MetricsRegistry()
        tracer =
            settings.traceReceiver == nil
            ? .disabled : Tracer(recording: settings.tracedShare, metrics: metrics)
        metrics.registerProcessMetrics()
        metrics.gauge("udaconnect_build_info", "What runs; always 1.", labels: [("version", version)]).set(1)
    }

    /// Ends the process without running what libraries have registered for `exit`.
    ///
    /// Detached threads may still use those libraries. For example, OpenSSL frees its locks there, and a connection
    /// that libpq is opening needs them.
    private static func end(_ status: CInt) -> Never {
        fflush(nil)
        _exit(status)
    }

    /// Writes plain text to standard error, for a person at a terminal.
    private static func complain(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}

/// A command that an executable runs instead of serving.
package struct ProcessCommand<Configuration: Sendable>: Sendable {
    /// The first argument.
    package let name: String
    /// The other arguments and their meaning, for `--help`.
    package let usage: String
    /// Runs the command with the other arguments.
    package let run: @Sendable (Configuration, ServiceProcess, [String]) async throws -> Void

    /// A command with its usage.
    package init(
        name: String,
        usage: String,
        run: @escaping @Sendable (Configuration, ServiceProcess, [String]) async throws -> Void
    ) {
        self.name = name
        self.usage = usage
        self.run = run
    }
}
