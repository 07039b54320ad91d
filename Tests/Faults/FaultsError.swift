/// Why a case did not pass, as a sentence.
struct FaultsError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Why a case cannot be tried here, as a sentence; it is said in the table, and no failure.
struct Obstacle: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
