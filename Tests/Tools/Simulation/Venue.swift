/// The building in which the simulated event takes place.
///
/// It grows with the number of attendees: a wing for every five hundred, side by side along one foyer, each with an
/// exhibition hall, four rooms for talks, a café and a canteen.
package struct Venue: Sendable {
    /// A place to stand or sit, and the node of the walkways beside it.
    package struct Spot: Hashable, Sendable {
        /// The place itself.
        package var point: Point
        /// The node of the walkways from which it is reached.
        package let node: WalkwayTree.Node
    }

    /// A stand of an exhibitor.
    package struct Booth: Sendable {
        /// Its floor.
        package let floor: Rectangle
        /// The middle of its front, where the aisle begins.
        package let front: Point
        /// Metres from the front into the aisle: 1 for northwards, −1 for southwards.
        package let outward: Double
        /// Where the aisle passes it.
        package let node: WalkwayTree.Node
    }

    /// A room with seats, for talks.
    package struct Room: Sendable {
        /// Its floor.
        package let floor: Rectangle
        /// Its seats, row by row.
        package let seats: [Spot]
    }

    /// A part of the building for one half thousand of attendees.
    package struct Wing: Sendable {
        /// The exhibition hall's floor.
        package let hall: Rectangle
        /// The stands in the hall, as indices of ``Venue/booths``.
        package let booths: Range<Int>
        /// The rooms for talks, as indices of ``Venue/rooms``, the largest first.
        package let rooms: Range<Int>
        /// The café's floor.
        package let cafe: Rectangle
        /// The high tables in the café.
        package let tables: [Spot]
        /// The canteen's floor.
        package let canteen: Rectangle
        /// The seats in the canteen, as indices of ``Venue/canteenSeats``.
        package let canteenSeats: Range<Int>
    }

    /// How many attendees a wing is made for.
    package static let attendeesPerWing = 500

    /// The parts of the building from west to east.
    package internal(set) var wings: [Wing] = []
    /// All stands.
    package internal(set) var booths: [Booth] = []
    /// All rooms for talks.
    package internal(set) var rooms: [Room] = []
    /// All seats of all canteens.
    package internal(set) var canteenSeats: [Spot] = []
    /// The ways between them.
    package internal(set) var walkways: WalkwayTree

    /// The whole building's floor.
    package var floor: Rectangle {
        Rectangle(
            origin: Point(0, 0),
            width: Double(wings.count) * Self.wingWidth,
            depth: Self.depth
        )
    }

    /// Where people come in and leave.
    package var entrance: Spot {
        Spot(point: walkways.points[WalkwayTree.root], node: WalkwayTree.root)
    }

    static let wingWidth = 100.0
    static let depth = 92.0
    static let foyer = (from: 22.0, to: 30.0)
}
