/// All cases, in the order of their numbers.
enum Catalogue {
    static let all =
        ([
            ProducerFaults.all, ConsumerFaults.all, ServiceFaults.all, ServerFaults.all, GreyFaults.all,
            BrokerFaults.all, LostRecords.all, FailoverFaults.all, DiskFaults.all, CrowdFaults.all,
            OverloadFaults.all, SlowClients.all, InputFaults.all, ClockFaults.all, VersionFaults.all,
        ] as [[FaultCase]])
        .flatMap { $0 }
        .sorted { $0.number < $1.number }
}
