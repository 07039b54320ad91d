import Glibc
import Networking
package import Observability

/// What every service's process has before it has anything else.
package struct ServiceProcess: Sendable {
    /// The executable's name.
    package let name: String
    /// The executable's release, and whatever else tells apart what runs.
    package let version: String
    /// Writes to standard error under the process's name, from the level of `LOG_LEVEL` up.
    package let logger: Logger
    /// Has the process's own metrics already.
    package let metrics: MetricsRegistry
    /// Records the traces that are exported.
    package let tracer: Tracer
    /// Where traces are exported to, the base of an OTLP receiver's addresses; `nil` if nowhere.
    package let traceReceiver: String?

    /// A process's whole life: environment, wiring, running, exit status.
    ///
    /// ```swift
    /// @main enum EntryPoint {
    ///     static func main() async {
    ///         await ServiceProcess.run("person-service", PersonServiceConfiguration.init(environment:)) {
    ///             configuration, process in
    ///             ...
    ///             return ServiceGroup(logger: process.logger, services: [pool, server])
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// `--help` prints every setting and ends the process with 0. `--health` asks the process that serves by the same
    /// settings for its `/readyz`, prints that, and ends with 0 if it is ready, else with 1. What is wrong with the environment is named on
    /// standard error, all at once, and ends it with 78 (`EX_CONFIG`); an unknown argument with 64 (`EX_USAGE`); a
    /// service that fails with 1.
    ///
    /// - Parameters:
    ///   - name: the executable's name.
    ///   - arguments: what follows the executable's name on the command line.
    ///   - configure: reads all settings; it need not call ``EnvironmentReader/finish()``.
    ///   - commands: what the executable does instead of serving, if its first argument names one of them.
    ///   - wire: makes the services, without doing anything yet.
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
        process.logger.info("The process has its settings.", [.setting: .string(reader.settings.overrides)])
        do {
            if let command {
                try await command.run(configuration, process, Array(arguments.dropFirst()))
            } else {
                try await wire(configuration, process).run()
            }
            end(EXIT_SUCCESS)
        } catch {
            process.logger.error("The process ends because of a failure.", error: error)
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

    /// Ends the process without what libraries have registered for `exit`.
    ///
    /// Threads that nobody waits for may still be inside them. OpenSSL, for one, frees its locks there, and a connection
    /// that libpq is about to open needs them.
    private static func end(_ status: CInt) -> Never {
        fflush(nil)
        _exit(status)
    }

    /// Writes plain text to standard error, for somebody at a terminal.
    private static func complain(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}

/// Something that an executable does instead of serving: it works through it and ends.
package struct ProcessCommand<Configuration: Sendable>: Sendable {
    /// The first argument.
    package let name: String
    /// The further arguments and what they mean, for `--help`.
    package let usage: String
    /// Does it, given the further arguments.
    package let run: @Sendable (Configuration, ServiceProcess, [String]) async throws -> Void

    /// Describes a command.
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
