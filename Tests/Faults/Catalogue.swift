/// All cases in the order of their numbers.
enum Catalogue {
    static let all = (ProducerFaults.all + ConsumerFaults.all + ServiceFaults.all + ServerFaults.all + InputFaults.all)
        .sorted { $0.number < $1.number }
}
