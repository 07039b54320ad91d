import LocationQueue
import Models
import Observability
import TestSupport

/// Faults in the input.
enum InputFaults {
    static let all = [repeated, shuffled, poison, onlyPoison, midnight]

    private static let repeated = FaultCase(
        name: "F20",
        fault: "every location is sent ten times, by several phones at once",
        isBrief: true,
        load: nil
    ) { trial in
        let batches = trial.batches(steps: 0..<(trial.isBrief ? 100 : 1_000))
        try await withThrowingTaskGroup { group in
            for phone in 0..<5 {
                group.addTask {
                    let sender = trial.phone()
                    for index in batches.indices {
                        let batch = batches[(index + phone) % batches.count]
                        for _ in 0..<2 { try await sender.send(batch) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static let shuffled = FaultCase(
        name: "F21",
        fault: "locations arrive shuffled, a day late",
        isBrief: true,
        load: nil
    ) { trial in
        let day: Int32 = 86_400
        let steps: Int32 = trial.isBrief ? 200 : 2_000
        let phone = trial.phone()
        for batch in trial.batches(steps: day..<day + steps / 4) { try await phone.send(batch) }
        let late = trial.shuffled(trial.batches(steps: 0..<steps).flatMap { $0 })
        for start in stride(from: 0, to: late.count, by: 400) {
            try await phone.send(Array(late[start..<min(start + 400, late.count)]))
        }
    }

    private static let midnight = FaultCase(
        name: "F37",
        fault: "midnight at the end of a month: two consumers need the missing next partition at once",
        load: nil
    ) { trial in
        try await trial.suite.another(.locationConsumer).start()
        let midnight: Int32 = 30 * 86_400
        let phone = trial.phone()
        for batch in trial.batches(steps: midnight - 200..<midnight + 200) { try await phone.send(batch) }
    }

    private static let poison = FaultCase(
        name: "F22",
        fault: "poison messages among good ones",
        isBrief: true
    ) { trial in
        let known = PersonID(rawValue: 1)
        let texts = [
            "garbage", "{", #"{"person_id": 1}"#, #"{"person_id": 1, "latitude": 500, "longitude": 500}"#,
            #"{"person_id": "x", "latitude": 1, "longitude": 1}"#, String(repeating: "[", count: 5_000),
            #"{"person_id": 999999, "latitude": 1, "longitude": 1, "creation_time": "2026-06-01T00:00:00"}"#,
        ]
        var messages = texts.map { RawMessage(key: known, bytes: Array($0.utf8)) }
        messages.append(RawMessage(key: nil, bytes: [0x08, 0xFF, 0xFF, 0xFF]))
        messages.append(RawMessage(key: known, bytes: [UInt8](repeating: 0xFF, count: 500_000)))
        messages.append(RawMessage(key: nil, bytes: Array("no key".utf8)))
        for _ in 0..<3 {
            try await trial.suite.append(raw: messages)
            trial.expectDeadLetters(messages.count)
            try await trial.acknowledgements(1_000)
        }
    }

    private static let onlyPoison = FaultCase(
        name: "F23",
        fault: "only poison messages, then good ones",
        load: nil
    ) { trial in
        let count = trial.isBrief ? 1_000 : 10_000
        let messages = (0..<count).map {
            RawMessage(key: PersonID(rawValue: $0 % 100 + 1), bytes: Array("garbage \($0)".utf8))
        }
        // The embedded log appends raw messages one at a time.
        for start in stride(from: 0, to: count, by: 500) {
            try await trial.suite.append(raw: Array(messages[start..<start + 500]))
        }
        trial.expectDeadLetters(count)
        trial.note("\(count) messages")
        for batch in trial.batches(steps: 0..<100) { try await trial.phone().send(batch) }
    }
}
