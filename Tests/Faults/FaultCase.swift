/// One fault of the catalogue, and how it is done to a suite.
struct FaultCase: Sendable {
    /// The catalogue's number, such as `F2`.
    let name: String
    /// What happens, in the catalogue's words.
    let fault: String
    /// With which queues it is tried.
    var queues = Queue.allCases
    /// Whether continuous integration tries it, with fewer repetitions where ``Trial/isBrief`` says so.
    var isBrief = false
    /// How long it may take.
    var limit = Duration.seconds(300)
    /// How many persons have phones that send all the time.
    var phones = 40
    /// What the phones do meanwhile; `nil` if the case sends by itself.
    var load: Load.Shape? = Load.Shape()
    /// Whether the case starts the services itself.
    var startsServices = false
    /// Whether it can only be done to librdkafka's mock cluster, whose answers can be chosen.
    var needsMock = false
    /// Does it, and returns when the fault is over.
    let run: @Sendable (Trial) async throws -> Void

    /// The number in ``name``.
    var number: UInt64 { UInt64(name.dropFirst()) ?? 0 }
}
