/// The options of the command line.
struct Options {
    /// The cases to run; all if empty.
    var names: Set<String> = []
    /// The queues to use.
    var queues = Queue.allCases
    /// The seed of all random choices.
    var seed = UInt64.random(in: 1...999_999)
    /// Whether to run only the cases of continuous integration, with fewer repetitions.
    var isBrief = false
    /// Whether to run only the endurance run.
    var isLong = false
    /// The number of our own brokers.
    var brokers: Int?
    /// Whether to only list the cases.
    var isList = false

    static let usage = """
        usage: scripts/faults [--case F2,F9] [--broker embedded|kafka] [--brokers N] [--seed N] [--ci] [--long] [--list]
        """

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func value() throws -> String {
            guard let value = rest.popFirst() else { throw FaultsError(Self.usage) }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--case": names = Set(try value().split(separator: ",").map { $0.uppercased() })
            case "--broker":
                guard let queue = Queue(rawValue: try value()) else { throw FaultsError(Self.usage) }
                queues = [queue]
            case "--seed":
                guard let number = UInt64(try value()) else { throw FaultsError(Self.usage) }
                seed = number
            case "--brokers":
                guard let number = Int(try value()), (1...9).contains(number) else { throw FaultsError(Self.usage) }
                brokers = number
            case "--ci": isBrief = true
            case "--long": isLong = true
            case "--list": isList = true
            default: throw FaultsError(Self.usage)
            }
        }
        let unknown = names.subtracting(Catalogue.all.map(\.name))
        guard unknown.isEmpty else {
            throw FaultsError("There is no case \(unknown.sorted().joined(separator: ", ")).")
        }
    }

    /// The cases to run on a queue.
    func cases(with queue: Queue) -> [FaultCase] {
        if isLong { return [EnduranceRun.long] }
        return Catalogue.all.filter { faultCase in
            faultCase.queues.contains(queue)
                && (names.isEmpty ? !isBrief || faultCase.isBrief : names.contains(faultCase.name))
        }
    }
}
