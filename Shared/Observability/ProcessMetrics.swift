import Glibc

extension MetricsRegistry {
    /// Exports the standard metrics of a process, as all Prometheus client libraries do: memory, CPU time, file
    /// descriptors, start.
    ///
    /// Dashboards expect these names. Each text reads a few files of `/proc`; a number that cannot be read is NaN.
    package func registerProcessMetrics() {
        gauge("process_resident_memory_bytes", "Resident memory size in bytes.") {
            ProcessStatus.read()?.residentBytes ?? .nan
        }
        gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.") {
            ProcessStatus.read()?.virtualBytes ?? .nan
        }
        counter("process_cpu_seconds_total", "User and system CPU time spent in seconds.") {
            var time = timespec()
            guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return .nan }
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        gauge("process_open_fds", "Number of open file descriptors.") {
            ProcessStatus.openFileDescriptors().map(Double.init) ?? .nan
        }
        gauge("process_max_fds", "Maximum number of open file descriptors.") {
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .nan }
            return Double(limit.rlim_cur)
        }
        gauge("process_threads", "Number of threads.") {
            ProcessStatus.read()?.threads ?? .nan
        }
        gauge("process_start_time_seconds", "Start time of the process since the Unix epoch in seconds.") {
            ProcessStatus.startTime() ?? .nan
        }
    }
}

/// The fields of `/proc/self/stat`, see proc(5).
private struct ProcessStatus {
    let threads: Double
    let startTicks: Double
    let virtualBytes: Double
    let residentBytes: Double

    static func read() -> ProcessStatus? {
        guard let text = contents(of: "/proc/self/stat"), let name = text.lastIndex(of: ")") else { return nil }
        // The second field, the name, may have any characters; the third follows its closing parenthesis.
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 21, let threads = Double(fields[17]), let startTicks = Double(fields[19]),
            let virtualBytes = Double(fields[20]), let residentPages = Double(fields[21])
        else { return nil }
        return ProcessStatus(
            threads: threads,
            startTicks: startTicks,
            virtualBytes: virtualBytes,
            residentBytes: residentPages * Double(sysconf(CInt(_SC_PAGESIZE)))
        )
    }

    /// The start of the process in seconds since 1970: that of the system plus the ticks in between.
    static func startTime() -> Double? {
        guard let status = read(), let system = contents(of: "/proc/stat"),
            let line = system.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let systemStart = Double(line.dropFirst("btime ".count))
        else { return nil }
        return systemStart + status.startTicks / Double(sysconf(CInt(_SC_CLK_TCK)))
    }

    static func openFileDescriptors() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil {
            count += 1
        }
        // Excludes ".", ".." and the descriptor that reads the directory.
        return count - 3
    }

    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
