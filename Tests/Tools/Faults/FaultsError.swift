/// The reason for a failed case, as a sentence.
struct FaultsError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The reason why a case cannot run here, as a sentence.
///
/// The table shows it; it is not a failure.
struct Obstacle: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
