import Foundation
import Simulation
import TestSupport

/// Runs cases one after another in one environment.
struct Runner {
    let ground: Suite.Ground
    let seed: UInt64
    let isBrief: Bool
    let progress: Progress

    /// Runs a case.
    ///
    /// The result contains any errors.
    func result(of faultCase: FaultCase) async -> CaseResult {
        do {
            return try await faultCase.ground(ground) { await result(of: faultCase, on: $0) }
        } catch {
            var result = CaseResult(name: faultCase.name, fault: faultCase.fault, broker: ground.description)
            if let obstacle = error as? Obstacle {
                result.obstacle = obstacle.description
            } else {
                result.complaints = ["\(error)"]
            }
            return result
        }
    }

    private func result(of faultCase: FaultCase, on ground: Suite.Ground) async -> CaseResult {
        let began = ContinuousClock.now
        var result = CaseResult(name: faultCase.name, fault: faultCase.fault, broker: ground.description)
        do {
            let suite = try await Suite("\(faultCase.name)_\(ground.queue.rawValue)".lowercased(), on: ground)
            let trial = Trial(
                suite,
                walks: Walks(phones: faultCase.phones, seed: seed, isCrowd: faultCase.isCrowd),
                isBrief: isBrief,
                generator: Xoshiro256(seed: seed, stream: faultCase.number)
            )
            do {
                let judgement = try await withinLimit(of: faultCase, trial) { try await judge(faultCase, trial) }
                result.verdict = judgement.verdict
                result.recovery = judgement.recovery
                result.complaints = judgement.complaints
            } catch let obstacle as Obstacle {
                result.obstacle = obstacle.description
            } catch {
                result.verdict.acknowledged = trial.ledger.sorted.count
                result.complaints.append("\(error)")
            }
            result.done = trial.done
            for part in suite.parts { result.memory[part.executable.rawValue] = part.peakMemory >> 10 }
            result.complaints += result.memory.sorted { $0.key < $1.key }.filter {
                $0.value > Trial.memoryBound(of: $0.key)
            }
            .map { "\($0.key) had \($0.value) MiB, more than \(Trial.memoryBound(of: $0.key))." }
            if !result.complaints.isEmpty {
                result.complaints.append("The logs of the services are in \(suite.logFolder).")
            }
            try await suite.remove()
        } catch {
            result.complaints.append("\(error)")
        }
        result.duration = (ContinuousClock.now - began).seconds
        return result
    }

    private struct Judgement {
        var verdict: Oracle.Verdict
        var recovery: Double
        var complaints: [String]
    }

    /// Runs `body` within the time limit of the case, and records the processes' memory.
    private func withinLimit(
        of faultCase: FaultCase,
        _ trial: Trial,
        _ body: @escaping @Sendable () async throws -> Judgement
    ) async throws -> Judgement {
        try await withThrowingTaskGroup(of: Judgement?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                let end = ContinuousClock.now + faultCase.limit
                while .now < end {
                    for part in trial.suite.parts { part.noteMemory() }
                    progress.show(faultCase.name, ground.queue, acknowledged: trial.ledger.count)
                    try await Task.sleep(for: .milliseconds(200))
                }
                return nil
            }
            defer { group.cancelAll() }
            guard let judgement = try await group.next() ?? nil else {
                throw FaultsError("The case was not over after \(faultCase.limit).")
            }
            return judgement
        }
    }

    private func judge(_ faultCase: FaultCase, _ trial: Trial) async throws -> Judgement {
        if !faultCase.startsServices { try await trial.suite.start(persons: trial.walks.persons) }
        let recovery = try await withFault(faultCase, trial)
        let oracle = Oracle(trial: trial)
        try await oracle.waitUntilStored()
        let verdict = try await oracle.verdict()
        var complaints = verdict.complaints(expectedDeadLetters: trial.expectedDeadLetters)
        if recovery > Trial.longestRecovery {
            complaints.append("It took \(Int(recovery)) s to recover, more than \(Int(Trial.longestRecovery)).")
        }
        if !(try await oracle.answersAreClean(of: faultCase.asked)) {
            complaints.append("connection-service answers differently than for clean, sorted input.")
        }
        try await trial.suite.terminate()
        return Judgement(verdict: verdict, recovery: recovery, complaints: complaints)
    }

    /// Runs the case under load.
    ///
    /// Returns the seconds from its end until everything worked again.
    private func withFault(_ faultCase: FaultCase, _ trial: Trial) async throws -> Double {
        try await withThrowingTaskGroup(of: Double?.self) { group in
            let load = faultCase.load.map { Load($0, trial.walks) { trial.phone() } }
            if let load {
                group.addTask {
                    try await load.run()
                    return nil
                }
            }
            group.addTask {
                try await faultCase.run(trial)
                let end = trial.faultEnded()
                try await Oracle(trial: trial).waitUntilWorking()
                let recovery = (ContinuousClock.now - end).seconds
                // Collect enough locations to compare meetings, however short the fault was.
                if load != nil { try await trial.acknowledgements(2_000) }
                load?.close()
                return recovery
            }
            var recovery: Double?
            while let value = try await group.next() { recovery = value ?? recovery }
            return recovery ?? 0
        }
    }
}
