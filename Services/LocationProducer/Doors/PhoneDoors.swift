import HTTPServer
import LocationQueue

/// All doors for phone apps.
struct PhoneDoors<Queue: LocationQueueProducer, Registry: DeviceRegistry>: Sendable {
    let door: PhoneDoor<Queue, Registry>

    /// Adds the routes of the port that all apps can use.
    ///
    /// People type addresses with a slash at the end, or before a path that begins with one.
    func add(to router: inout Router) {
        for (prefix, suffix) in [("/", ""), ("/", "/"), ("//", ""), ("//", "/")] {
            OwnTracksDoor(door: door).add(to: &router, at: prefix + "owntracks" + suffix)
            OverlandDoor(door: door).add(to: &router, at: prefix + "overland" + suffix)
            OsmAndDoor(door: door).add(to: &router, at: prefix + "osmand" + suffix)
        }
    }

    /// The routes of the port for apps that know a host and a port only: every path is the same, as it is to Traccar.
    var osmandRouter: Router {
        var router = Router()
        OsmAndDoor(door: door).add(to: &router, at: "/{path...}")
        return router
    }
}
