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
    /// Whether all persons are at one place.
    var isCrowd = false
    /// About how many persons connection-service is asked about in the end.
    var asked = 100
    /// What the phones do meanwhile; `nil` if the case sends by itself.
    var load: Load.Shape? = Load.Shape()
    /// Whether it measures, and so is tried when nothing else is.
    var isAlone = false
    /// Whether the case starts the services itself.
    var startsServices = false
    /// Makes what it stands on, and takes it away afterwards; the servers of all cases if nothing else is said.
    var ground: Suite.Ground.Maker = { try await $1($0) }
    /// Does it, and returns when the fault is over.
    let run: @Sendable (Trial) async throws -> Void

    /// The number in ``name``.
    var number: UInt64 { UInt64(name.dropFirst()) ?? 0 }
}
