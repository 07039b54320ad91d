import Foundation
import TestSupport

/// Faults of clocks.
enum ClockFaults {
    static let all = [wrong]

    private static let wrong = FaultCase(
        name: "F19",
        fault: "phones with clocks years off; the services' clocks step by 30 days, there and back (libfaketime)",
        limit: .seconds(400)
    ) { trial in
        let phone = trial.phone()
        let minute: Int32 = 60
        for year in [0, 1, 5, 20, 50].map({ Int32(-$0 * 365 * 86_400) }) {
            for batch in trial.batches(steps: year - 10 * minute..<year) { try await phone.send(batch) }
        }
        guard let library = libraries.first(where: FileManager.default.fileExists) else {
            trial.note("phones only: there is no libfaketime, Debian's package faketime")
            return
        }
        let clock = URL(filePath: "\(trial.suite.logFolder)/clock").absoluteURL
        let interceptor = URL(filePath: "\(trial.suite.logFolder)/interceptor.so").absoluteURL.path()
        try await Tool.run(
            ["clang", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
                + ["Tests/Tools/Faults/ClockInterceptor.c", "-o", interceptor]
        )
        let settings = [
            "LD_PRELOAD": "\(interceptor) \(library)", "FAKETIME_TIMESTAMP_FILE": clock.path(),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        ]
        try Data("+0\n".utf8).write(to: clock)
        for part in trial.suite.parts {
            try await part.terminate()
            try await part.start(settings)
        }
        let steps = trial.isBrief ? ["+30d"] : ["+30d", "-30d", "+1h", "-30d", "+30d"]
        for step in steps + ["+0"] {
            // Write atomically, because a process may read the file at any time.
            try Data("\(step)\n".utf8).write(to: clock, options: .atomic)
            try await trial.acknowledgements(2_000)
            try await Oracle(trial: trial).waitUntilStoring()
        }
        trial.note("\(steps.count) steps")
        trial.faultEnds()
        try await Oracle(trial: trial).waitUntilWorking()
        for part in trial.suite.parts {
            try await part.terminate()
            try await part.start()
        }
    }

    private static let libraries = ["x86_64", "aarch64"].map {
        "/usr/lib/\($0)-linux-gnu/faketime/libfaketime.so.1"
    }
}
