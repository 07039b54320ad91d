/// A walk along straight lines at a constant speed.
struct Walk: Sendable {
    private var points: [Point]
    /// Metres from the start to each point.
    private var distances: [Double]
    private let speed: Double

    /// Seconds since the event's start at which the walk begins.
    let start: Double
    /// Seconds since the event's start at which the walk is over.
    let end: Double

    /// A walk along points.
    ///
    /// - Parameters:
    ///   - points: the vertices of the way, including the first and the last one.
    ///   - speed: in metres per second.
    ///   - start: seconds since the event's start.
    init(along points: [Point], speed: Double, start: Double) {
        self.points = points
        self.speed = speed
        self.start = start
        distances = [0]
        distances.reserveCapacity(points.count)
        for index in points.indices.dropFirst() {
            distances.append(distances[index - 1] + points[index].distance(to: points[index - 1]))
        }
        end = start + (distances.last ?? 0) / speed
    }

    /// The position at a time; one of the ends outside the walk's time.
    func position(at time: Double) -> Point {
        let walked = (time - start) * speed
        guard walked > 0 else { return points[0] }
        guard let next = distances.firstIndex(where: { $0 > walked }) else { return points[points.count - 1] }
        let share = (walked - distances[next - 1]) / (distances[next] - distances[next - 1])
        let from = points[next - 1]
        let to = points[next]
        return Point(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share)
    }
}
