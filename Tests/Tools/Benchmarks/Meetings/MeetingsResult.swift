/// A figure of a method on a data set, as `Peers/measure.py` writes it.
struct MeetingsResult: Decodable {
    let data: String
    let method: String
    let figure: String
    let value: Double
}

/// The goal for one of our figures.
struct MeetingsGoal {
    let figure: String
    /// Minimum value.
    ///
    /// The figure must also exceed the simple segmentation by ``lead``.
    var least = 0.0
    /// Maximum value, for a figure where less is better.
    var most: Double?
    /// Whether the simple segmentation lacks this figure, because it states no probabilities.
    var isAlone = false

    private static let ours = "UdaConnect"
    private static let baseline = "segmentation"
    private static let lead = 0.03

    /// A row of the table; `nil` if the figure was not measured.
    func row(of data: String, _ results: [MeetingsResult]) -> BenchmarkRow? {
        let own = results.filter { $0.data == data && $0.figure == figure }
        guard let ours = own.first(where: { $0.method == Self.ours })?.value else { return nil }
        if let most {
            return BenchmarkRow(
                work: "\(data): \(figure); the goal beside it",
                ours: ours,
                peer: most,
                unit: "",
                better: .less,
                goal: 1
            )
        }
        if isAlone {
            return BenchmarkRow(
                work: "\(data): \(figure); the goal beside it",
                ours: ours,
                peer: least,
                unit: "",
                goal: 1
            )
        }
        let others = own.filter { $0.method != Self.ours }.sorted { $0.value > $1.value }
        guard let baseline = others.first(where: { $0.method == Self.baseline })?.value else { return nil }
        let hundredths = others.map { "\($0.method) \(Double(Int(($0.value * 1_000).rounded())) / 1_000)" }
        return BenchmarkRow(
            work: "\(data): \(figure)",
            ours: ours,
            peer: baseline,
            unit: "",
            goal: max(least, baseline + Self.lead) / baseline,
            note: hundredths.joined(separator: ", ")
        )
    }
}
