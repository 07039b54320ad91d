import Models
import Persistence

/// The sender of locations, which limits the persons of these.
enum LocationSender: Sendable {
    /// A client that may report the locations of all persons.
    case anyPerson
    /// A person, without a device.
    case person(PersonID)
    /// A device of a person.
    case device(KnownDevice)

    /// Whether the sender may report a person's locations.
    func mayReport(_ person: PersonID) -> Bool {
        switch self {
        case .anyPerson: true
        case .person(let own): own == person
        case .device(let device): device.personID == person
        }
    }

    /// The number that the sender's locations carry; `.none` unless it is a device.
    var device: DeviceNumber {
        if case .device(let device) = self { device.number } else { .none }
    }
}
