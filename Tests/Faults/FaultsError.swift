/// Why a case did not pass, or could not be tried, as a sentence.
struct FaultsError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
