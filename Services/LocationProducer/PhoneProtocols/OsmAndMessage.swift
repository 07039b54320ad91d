import HTTPServer
import Models

/// A message of Traccar Client, OsmAnd, GPSLogger and similar apps, as a query, a form or JSON.
///
/// `id=123456&timestamp=1377177267&lat=60.0&lon=30.0&speed=0.0&bearing=0.0&altitude=0&accuracy=5.0&batt=87`; an array of
/// objects of the same names, since Traccar Client 10; `{"location":{"timestamp":"…","coords":{…},"battery":{…}},
/// "device_id":"48241179"}`, in Traccar Client 9. https://www.traccar.org/osmand
struct OsmAndMessage: Equatable {
    /// The device's name.
    var deviceID: String?
    /// The fixes, in order of sending.
    ///
    /// A fix without a place is a heartbeat: the device has not moved.
    var fixes: [PhoneFix] = []
    /// The number of elements that cannot be a fix of this device.
    var malformed = 0

    /// Maximum number of fixes in a message: five days with one every ten seconds.
    ///
    /// Further ones are rejected.
    static let maximumCount = 50_000

    /// Creates an empty message.
    init() {}

    /// Parses a query or a form.
    init(_ parameters: QueryParameters, now: Timestamp) {
        var fields = PhoneFields()
        // If a name has several values, the first one counts.
        for (name, value) in parameters.pairs.reversed() {
            if !PhoneFields.deviceNames.contains(name) {
                fields.set(name, value)
            } else if !value.isEmpty || deviceID == nil {
                deviceID = value
            }
        }
        if let fix = fields.fix(now: now) { fixes = [fix] }
    }

    /// Whether the message contains a place.
    var hasPlace: Bool { fixes.contains { !$0.isPlaceless } }
}
