/// Shows the progress of a task: a bar on a terminal, otherwise a line every few seconds.
struct ProgressDisplay {
    private let title: String
    private let isTerminal: Bool
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant?
    private var hasBar = false

    /// Begins a task.
    init(_ title: String, isTerminal: Bool = Terminal.isInteractive) {
        self.title = title
        self.isTerminal = isTerminal
        start = clock.now
    }

    /// Shows the state, if it is time.
    ///
    /// - Parameters:
    ///   - count: things done.
    ///   - share: the part that is done, from 0 to 1.
    mutating func update(count: Int, share: Double) {
        let now = clock.now
        let interval = isTerminal ? Duration.milliseconds(100) : .seconds(5)
        // `finish` shows the end once.
        guard share < 1, now - (lastShown ?? start) >= interval else { return }
        lastShown = now
        show(count: count, share: share, elapsed: now - start)
    }

    /// Shows the final state and ends the line.
    mutating func finish(count: Int) {
        show(count: count, share: 1, elapsed: clock.now - start)
        if hasBar { Terminal.message("\n") }
    }

    private mutating func show(count: Int, share: Double, elapsed: Duration) {
        let text = Self.text(title: title, count: count, share: share, elapsed: elapsed)
        if isTerminal {
            hasBar = true
            Terminal.message("\r\u{1B}[K\(Self.bar(share)) \(text)")
        } else {
            Terminal.message("\(text)\n")
        }
    }

    /// The line: title, count, rate, remaining time.
    static func text(title: String, count: Int, share: Double, elapsed: Duration) -> String {
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0 ? Int(Double(count) / seconds) : 0
        var text = "\(title): \(count) (\(Int(share * 100)) %), \(rate)/s"
        if share >= 1 {
            text += ", \(duration(seconds))"
        } else if share > 0.005 {
            text += ", \(duration(seconds / share * (1 - share))) left"
        }
        return text
    }

    private static func bar(_ share: Double) -> String {
        let width = 24
        let done = min(max(Int(share * Double(width)), 0), width)
        return "[" + String(repeating: "█", count: done) + String(repeating: "·", count: width - done) + "]"
    }

    private static func duration(_ seconds: Double) -> String {
        if seconds < 10 { return "\(Double(Int(seconds * 10)) / 10) s" }
        let whole = Int(seconds.rounded())
        return whole < 120 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
    }
}
