import Foundation
import KafkaTestSupport
import Postgres
import TestSupport

/// Faults of disks.
enum DiskFaults {
    static let all = [full]

    /// Servers that end are started again, as systemd and Kubernetes do.
    private static let full = FaultCase(
        name: "F14",
        fault: "full disk under data, WAL and broker; servers that end are started again when there is room",
        limit: .seconds(600),
        ground: Suite.Ground.cramped
    ) { trial in
        let ground = trial.suite.ground
        let seconds = trial.isBrief ? 3 : 15
        for content in SmallDisk.Content.allCases {
            guard let disk = ground.disks[content] else { continue }
            try await trial.acknowledgements(1_000)
            let before = ground.server.failures(saying: noSpace)
            disk.fill()
            try await eventually("the disk of \(content.rawValue) is full") {
                if content == .broker { return isBrokerDown(ground) }
                // A segment has 16 MiB, and PostgreSQL recycles some.
                if content == .log { _ = try? await trial.suite.client.query("SELECT pg_switch_wal()::text") }
                return ground.server.failures(saying: noSpace) > before
            }
            try await Task.sleep(for: .seconds(seconds))
            disk.clear()
            trial.note("\(seconds) s of \(content.rawValue)")
            if content == .broker {
                try await ground.broker?.takeAway()
                try await ground.broker?.bringBack()
            } else {
                try await eventually("PostgreSQL runs") { (try? ground.server.start()) != nil }
            }
            if content == SmallDisk.Content.allCases.last(where: { ground.disks[$0] != nil }) { trial.faultEnds() }
            try await trial.readiness(of: trial.suite.parts)
        }
    }

    private static let noSpace = "No space left on device"

    private static func isBrokerDown(_ ground: Suite.Ground) -> Bool {
        guard case .apache(let cluster) = ground.broker else { return false }
        return !cluster.brokers.contains(where: \.isRunning)
    }
}
