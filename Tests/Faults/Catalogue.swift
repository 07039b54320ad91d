/// All cases in the order of their numbers.
enum Catalogue {
    static let all =
        (ProducerFaults.all + ConsumerFaults.all + ServiceFaults.all + ServerFaults.all + GreyFaults.all
        + BrokerFaults.all + OverloadFaults.all + SlowClients.all + InputFaults.all + UntriedFaults.all)
        .sorted { $0.number < $1.number }
}
