/// Messages of apps, from their source code and documentation; the README of location-producer has the same table.
enum PhoneForms {
    static let ownTracks: [PhoneForm] = [
        .ownTracks(
            "OwnTracks Android 2.6, significant changes (MessageLocation.kt)",
            #"""
            {"_type":"location","BSSID":"00:11:22:33:44:55","SSID":"hall","_id":"5ab1","acc":12,"alt":35,"batt":87,"bs":1,
            "cog":0,"conn":"w","created_at":1777885212,"lat":48.1,"lon":2.2,"m":1,"source":"fused","tid":"JJ",
            "topic":"owntracks/jane/phone","tst":1777885200,"vac":4,"vel":5}
            """#,
            ["2026-05-04T09:00:00 48.1 2.2 ±12 35.0m 1.4m/s 0.0° 87.0%"]
        ),
        .ownTracks(
            "OwnTracks Android 2.6, ping (SendLocationPingWorker.kt)",
            #"{"_type":"location","t":"p","acc":8,"created_at":1777886100,"lat":1,"lon":2,"tst":1777885200,"tid":"JJ"}"#,
            ["2026-05-04T09:15:00 1 2 ±8 still"]
        ),
        .ownTracks(
            "OwnTracks iOS 26.3, move mode, without extended data (OwnTracking.m)",
            #"""
            {"_type":"location","batt":87,"bs":1,"inregions":[],"inrids":[],"lat":48.100001,"lon":2.2,"tid":"JJ",
            "tst":1777885200}
            """#,
            ["2026-05-04T09:00:00 48.100001 2.2 87.0%"]
        ),
        .ownTracks(
            "OwnTracks iOS 26.3, timer in move mode repeats its fix (OwnTracksAppDelegate.m)",
            #"{"_type":"location","t":"t","created_at":1777885260,"lat":1,"lon":2,"tst":1777885200,"tid":"JJ"}"#,
            ["2026-05-04T09:01:00 1 2 still"]
        ),
        .ownTracks("OwnTracks, lwt", #"{"_type":"lwt","tst":1777885200}"#, []),
        .ownTracks("OwnTracks, a payload that the app encrypted", #"{"_type":"encrypted","data":"c2VjcmV0"}"#, []),
        .ownTracks("OwnTracks, a friend is removed", "", []),
        .ownTracks(
            "Overland iOS 1.3 in OwnTracks mode counts from 2001",
            #"{"_type":"location","tst":799577999,"lat":1,"lon":2,"acc":5,"vel":-1,"cog":-1,"batt":50,"tid":"BO"}"#,
            ["2026-05-04T08:59:59 1 2 ±5 50.0%"]
        ),
        .ownTracks(
            "Colota 1.14, OwnTracks template (owntracks.md)",
            #"""
            {"_type":"location","tid":"JJ","lat":1,"lon":2,"acc":12,"alt":519,"vel":0,"batt":85,"bs":2,"tst":1777885200,
            "cog":180.5}
            """#,
            headers: [],
            ["2026-05-04T09:00:00 1 2 ±12 519.0m 0.0m/s 181.0° 85.0%"]
        ),
        .ownTracks(
            "Colota 1.14, GeoPulse template has no type (geopulse.md)",
            #"{"lat":1,"lon":2,"acc":12,"batt":85,"bs":2,"tst":1777885200,"bear":180.5}"#,
            ["2026-05-04T09:00:00 1 2 ±12 181.0° 85.0%"]
        ),
        .ownTracks(
            "a clock that is late by 1,024 weeks",
            #"{"_type":"location","tst":1158570000,"lat":1,"lon":2,"tid":"JJ"}"#,
            ["2026-05-04T09:00:00 1 2"]
        ),
        .ownTracks("a clock that is not set", #"{"_type":"location","tst":0,"lat":1,"lon":2,"tid":"JJ"}"#, []),
        .ownTracks(
            "a clock that is an hour fast",
            #"{"_type":"location","tst":1777892400,"lat":1,"lon":2,"tid":"JJ"}"#,
            []
        ),
        .ownTracks(
            "a device whose name has colons",
            #"{"_type":"location","tst":1777885200,"lat":1,"lon":2}"#,
            headers: ["Authorization: Basic YWE6YmI6Y2M6MDA6MTE6MjI6c2l4dGg="],
            ["2026-05-04T09:00:00 1 2"]
        ),
        .ownTracks(
            "trailing slash",
            #"{"_type":"location","tst":1777885200,"lat":1,"lon":2}"#,
            target: "/owntracks/",
            ["2026-05-04T09:00:00 1 2"]
        ),
        .ownTracks(
            "double slash",
            #"{"_type":"location","tst":1777885200,"lat":1,"lon":2}"#,
            target: "//owntracks?u=jane",
            ["2026-05-04T09:00:00 1 2"]
        ),
    ]

    private static let feature = #"""
        {"type":"Feature","geometry":{"type":"Point","coordinates":[2,1]},"properties":{"timestamp":"2026-05-04T09:00:00Z",
        "horizontal_accuracy":12,"altitude":5,"speed":0.4,"course":-1,"battery_level":0.85,"battery_state":"unplugged"}}
        """#
    private static let storedFeature = "2026-05-04T09:00:00 1 2 ±12 5.0m 0.4m/s 85.0%"

    static let overland: [PhoneForm] = [
        .overland(
            "Overland iOS 1.3 (GLManager.m)",
            #"""
            {"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[2,1]},"properties":{"timestamp":
            "2026-05-04T02:00:00-0700","altitude":0,"speed":4,"course":90,"horizontal_accuracy":30,"vertical_accuracy":-1,
            "motion":["driving"],"battery_state":"charging","battery_level":0.8,"device_id":"anything","wifi":"",
            "unique_id":"7"}}],"current":{},"trip":{}}
            """#,
            ["2026-05-04T09:00:00 1 2 ±30 0.0m 4.0m/s 90.0° 80.0%"]
        ),
        .overland(
            "Overland iOS 1.3, visit (GLManager.m, didVisit)",
            #"""
            {"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[2,1]},"properties":{"timestamp":
            "2026-05-04T09:32:00Z","action":"visit","arrival_date":"2026-05-04T08:00:00Z","departure_date":
            "2026-05-04T09:30:00Z","horizontal_accuracy":40}}]}
            """#,
            ["2026-05-04T08:00:00 1 2 ±40", "2026-05-04T09:30:00 1 2 ±40 still"]
        ),
        .overland(
            "Colota 1.14, Overland template, its id at the top (PayloadBuilder.kt)",
            #"{"locations":[\#(feature)],"device_id":"jane"}"#,
            headers: [],
            [storedFeature]
        ),
        .overland(
            "Colota 1.14, Overland template, HTTP Basic",
            #"{"locations":[\#(feature)],"device_id":"colota"}"#,
            headers: ["Authorization: Basic amFuZTpzZWNyZXQ="],
            [storedFeature]
        ),
        .overland(
            "an id that is not registered",
            #"{"locations":[\#(feature)],"device_id":"colota"}"#,
            headers: [],
            status: 401,
            []
        ),
    ]
}
