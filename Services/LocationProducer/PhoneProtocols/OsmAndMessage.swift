import HTTPServer
import Models

/// A message of Traccar Client, OsmAnd, GPSLogger and the like, as a query, as a form or as JSON.
///
/// `id=123456&timestamp=1377177267&lat=60.0&lon=30.0&speed=0.0&bearing=0.0&altitude=0&accuracy=5.0&batt=87`; an array of
/// objects of the same names, since Traccar Client 10; `{"location":{"timestamp":"…","coords":{…},"battery":{…}},
/// "device_id":"48241179"}`, in Traccar Client 9. https://www.traccar.org/osmand
struct OsmAndMessage: Equatable {
    /// Whose it is, as the phone says.
    var deviceID: String?
    /// Where the phone is, in the order of sending.
    ///
    /// One without a place says that the device has not moved.
    var fixes: [PhoneFix] = []
    /// How many elements cannot be a fix of this device.
    var malformed = 0

    /// The most fixes of a message, five days at one each ten seconds; the others are refused.
    static let maximumCount = 50_000

    /// An empty message.
    init() {}

    /// Reads a query or a form.
    init(_ parameters: QueryParameters, now: Timestamp) {
        var fields = PhoneFields()
        // Of several values of a name the first counts.
        for (name, value) in parameters.pairs.reversed() {
            if !PhoneFields.deviceNames.contains(name) {
                fields.set(name, value)
            } else if !value.isEmpty || deviceID == nil {
                deviceID = value
            }
        }
        if let fix = fields.fix(now: now) { fixes = [fix] }
    }

    /// Whether it tells a place.
    var hasPlace: Bool { fixes.contains { !$0.isPlaceless } }
}
