import ServiceRuntime

extension ClientLimits.Settings {
    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        attendee = reader.integer(
            "DAILY_LIMIT_ATTENDEE",
            default: attendee,
            in: 1...1_000_000_000,
            "Units that a person may use in a day; each operation has its units in x-access."
        )
        staff = reader.integer(
            "DAILY_LIMIT_STAFF",
            default: staff,
            in: 1...1_000_000_000,
            "Units that an organiser or operator may use in a day."
        )
        key = reader.integer(
            "DAILY_LIMIT_KEY",
            default: key,
            in: 1...1_000_000_000,
            "Units that an API key without a limit of its own may use in a day."
        )
        burst = reader.integer(
            "BURST_LIMIT",
            default: burst,
            in: 1...1_000_000,
            "Requests that a client may send to each replica in a second."
        )
    }
}
