/// One of the limits that a client has to keep.
package struct RateLimitPolicy: Equatable, Sendable {
    /// The name by which both fields refer to it: `daily`.
    package let name: String
    /// The units of a window.
    package let quota: Int
    /// The window in seconds.
    package let window: Int

    /// A policy by name, units and seconds.
    package init(name: String, quota: Int, window: Int) {
        self.name = name
        self.quota = quota
        self.window = window
    }
}

/// The header fields of draft-ietf-httpapi-ratelimit-headers-10, which are structured fields (RFC 9651).
package enum RateLimitFields {
    /// The value of `RateLimit-Policy`: `"daily";q=10000;w=86400, "burst";q=50;w=1`.
    package static func policy(_ policies: [RateLimitPolicy]) -> String {
        policies.map { "\(quoted($0.name));q=\(integer($0.quota));w=\(integer($0.window))" }.joined(separator: ", ")
    }

    /// The value of `RateLimit` for a policy: `"daily";r=9421;t=30312`.
    ///
    /// - Parameters:
    ///   - name: the name of the policy.
    ///   - remaining: the units that are left.
    ///   - secondsToReset: the seconds until the quota is full again.
    /// - Returns: the value of the field.
    package static func limit(_ name: String, remaining: Int, secondsToReset: Int) -> String {
        "\(quoted(name));r=\(integer(remaining));t=\(integer(secondsToReset))"
    }

    /// A string of RFC 9651, section 3.3.3; characters outside visible ASCII become `?`.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case " "..."~": quoted.unicodeScalars.append(scalar)
            default: quoted += "?"
            }
        }
        return quoted + "\""
    }

    /// An integer of RFC 9651, section 3.3.1: at most 15 digits; the fields have no negative ones.
    private static func integer(_ number: Int) -> Int {
        min(max(0, number), 999_999_999_999_999)
    }
}
