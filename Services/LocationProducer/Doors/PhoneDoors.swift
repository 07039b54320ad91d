import HTTPServer
import LocationQueue

/// All doors for phone apps.
struct PhoneDoors<Queue: LocationQueueProducer, Registry: DeviceRegistry>: Sendable {
    let door: PhoneDoor<Queue, Registry>

    /// Adds the routes of the port that all apps can use.
    func add(to router: inout Router) {
        OwnTracksDoor(door: door).add(to: &router)
        OverlandDoor(door: door).add(to: &router)
        OsmAndDoor(door: door).add(to: &router, at: "/osmand")
    }

    /// The routes of the port for apps that know a host and a port only: Traccar Client adds no path.
    var osmandRouter: Router {
        var router = Router()
        for path in ["/", "/osmand"] { OsmAndDoor(door: door).add(to: &router, at: path) }
        return router
    }
}
