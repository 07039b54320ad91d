/// All cases in the order of their numbers.
enum Catalogue {
    static let all: [FaultCase] = ConsumerFaults.all
}
