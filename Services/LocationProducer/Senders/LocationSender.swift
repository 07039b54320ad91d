import Models
import Persistence

/// The sender of locations, which limits the persons of these.
enum LocationSender: Sendable {
    /// A client that may report the locations of all persons.
    case anyPerson
    /// A program that may do so with its API key, within the key's daily limit.
    case key(APIKey)
    /// A person, without a device.
    case person(PersonID)
    /// A device of a person.
    case device(KnownDevice)

    /// The only person whose locations the sender may report; `nil` if those of all.
    var person: PersonID? {
        switch self {
        case .anyPerson, .key: nil
        case .person(let own): own
        case .device(let device): device.personID
        }
    }

    /// The number that the sender's locations carry; `.none` unless it is a device.
    var device: DeviceNumber {
        if case .device(let device) = self { device.number } else { .none }
    }
}
