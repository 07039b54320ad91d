/// What the command line asks for.
struct Options {
    /// Only these cases; all if there are none.
    var names: Set<String> = []
    /// With which queues.
    var queues = Queue.allCases
    /// What decides on all that is random.
    var seed = UInt64.random(in: 1...999_999)
    /// Whether only what continuous integration tries is tried, with fewer repetitions.
    var isBrief = false
    /// Whether the endurance run is done, and nothing else.
    var isLong = false
    /// How many brokers there are, where they are our own.
    var brokers: Int?
    /// Whether the cases are only listed.
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

    /// The cases to be tried with a queue.
    func cases(with queue: Queue) -> [FaultCase] {
        if isLong { return [EnduranceRun.long] }
        return Catalogue.all.filter { faultCase in
            faultCase.queues.contains(queue)
                && (names.isEmpty ? !isBrief || faultCase.isBrief : names.contains(faultCase.name))
        }
    }
}
