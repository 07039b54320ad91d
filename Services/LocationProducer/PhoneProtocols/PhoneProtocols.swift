import HTTPServer

/// All protocols of phone apps.
struct PhoneProtocols: Sendable {
    let phones: PhoneIntake

    /// Adds the routes of the port that all apps can use.
    ///
    /// People type addresses with a trailing slash, or append a path that starts with one.
    func add(to router: inout Router) {
        for (prefix, suffix) in [("/", ""), ("/", "/"), ("//", ""), ("//", "/")] {
            OwnTracksProtocol(phones: phones).add(to: &router, at: prefix + "owntracks" + suffix)
            OverlandProtocol(phones: phones).add(to: &router, at: prefix + "overland" + suffix)
            OsmAndProtocol(phones: phones).add(to: &router, at: prefix + "osmand" + suffix)
        }
    }

    /// Adds the routes of the port for apps that know only host and port.
    ///
    /// Every path is equal, as in Traccar.
    var osmandRouter: Router {
        var router = Router()
        OsmAndProtocol(phones: phones).add(to: &router, at: "/{path...}")
        return router
    }
}
