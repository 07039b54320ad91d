/// One fault of the catalogue, with the code that causes it.
struct FaultCase: Sendable {
    /// The catalogue's number, such as `F2`.
    let name: String
    /// A description of the fault.
    let fault: String
    /// The queues that the case applies to.
    var queues = Queue.allCases
    /// Whether the case runs in continuous integration, with fewer repetitions if ``Trial/isBrief`` is set.
    var isBrief = false
    /// The maximum duration.
    var limit = Duration.seconds(300)
    /// The number of persons whose phones send continuously.
    var phones = 40
    /// Whether all persons are at one place.
    var isCrowd = false
    /// The approximate number of persons whose answers are checked at the end.
    var asked = 100
    /// The load from phones during the case; `nil` if the case sends by itself.
    var load: Load.Shape? = Load.Shape()
    /// Whether the case measures, and therefore runs alone.
    var isAlone = false
    /// Whether the case starts the services itself.
    var startsServices = false
    /// Creates the environment of the case, and removes it afterwards.
    ///
    /// By default, cases share the servers.
    var ground: Suite.Ground.Maker = { try await $1($0) }
    /// Causes the fault.
    ///
    /// Returns when the fault is over.
    let run: @Sendable (Trial) async throws -> Void

    /// The number in ``name``.
    var number: UInt64 { UInt64(name.dropFirst()) ?? 0 }
}
