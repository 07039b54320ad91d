import Models

/// Files in the forms that apps and services write; places and times are made up.
enum ImportSamples {
    static let all = gpx + kml + geoJSON + google + timeline + lines

    static let gpx: [ImportSample] = [
        ImportSample(
            description: "GPX 1.1 with Garmin's extension",
            format: .gpx,
            type: "application/gpx+xml",
            text: #"""
                <?xml version="1.0" encoding="UTF-8"?>
                <gpx version="1.1" creator="Watch &amp; Co" xmlns="http://www.topografix.com/GPX/1/1"
                  xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">
                  <metadata><time>2026-05-01T00:00:00Z</time></metadata>
                  <wpt lat="1" lon="2"><name>Car park</name></wpt>
                  <wpt lat="1.5" lon="2.5"><time>2026-05-03T08:00:00Z</time></wpt>
                  <rte><rtept lat="3" lon="4"/></rte>
                  <trk><name>Tour</name><trkseg>
                    <trkpt lat="52.5163" lon="13.3777"><ele>34.6</ele><time>2026-05-03T09:00:00Z</time>
                      <extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>90</gpxtpx:hr><gpxtpx:speed>1.5</gpxtpx:speed>
                      <gpxtpx:course>90</gpxtpx:course></gpxtpx:TrackPointExtension></extensions></trkpt>
                    <trkpt lat="52.5164" lon="13.3778"><time>2026-05-03T11:00:01.250+02:00</time></trkpt>
                    <trkpt lat="52.5165" lon="13.3779"/>
                    <trkpt lat="95" lon="13.3779"><time>2026-05-03T09:00:03Z</time></trkpt>
                    <trkpt lon="13.3779"><time>2026-05-03T09:00:04Z</time></trkpt>
                    <trkpt lat="52.5165" lon="13.3779"><time>1980-01-06T00:00:05Z</time></trkpt>
                    <trkpt lat="52.5165" lon="13.3779"><time>2027-01-01T00:00:00Z</time></trkpt>
                  </trkseg></trk>
                </gpx>
                """#,
            stored: [
                "2026-05-03T08:00:00 1.5 2.5", "2026-05-03T09:00:00 52.5163 13.3777 35.0m 1.5m/s 90.0°",
                "2026-05-03T09:00:01.250000 52.5164 13.3778",
            ],
            skipped: 2,
            issues: [
                "6 Expected a date with a time, such as 2026-05-04T10:00:00Z.",
                "7 Expected a latitude from -90 to 90 and a longitude from -180 to 180.",
                "8 Expected a latitude and a longitude, both of them numbers.",
                "9 Expected a time from 1990 on: the receiver's clock was not set.",
                "10 Expected a time at most 5 minutes ahead.",
            ]
        ),
        ImportSample(
            description: "GPX 1.0 of GPSLogger",
            format: .gpx,
            text: #"""
                <gpx version="1.0" creator="GPSLogger"><time>2026-05-03T09:00:00Z</time><trk><trkseg>
                <trkpt lat="52.5163" lon="13.3777"><ele>34</ele><time>2026-05-03T09:00:00Z</time><course>181.2</course>
                <speed>0.5</speed><src>gps</src><sat>8</sat><hdop>1.2</hdop></trkpt></trkseg></trk></gpx>
                """#,
            stored: ["2026-05-03T09:00:00 52.5163 13.3777 ±6 34.0m 0.5m/s 181.0°"]
        ),
    ]

    static let kml: [ImportSample] = [
        ImportSample(
            description: "KML with a gx:Track",
            format: .kml,
            type: "application/vnd.google-earth.kml+xml",
            text: #"""
                <kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>
                <Placemark><name>Track</name><gx:Track><altitudeMode>clampToGround</altitudeMode>
                <when>2026-05-03T09:00:00Z</when><when>2026-05-03T09:00:05Z</when><when/>
                <gx:coord>13.3777 52.5163 34</gx:coord><gx:coord>13.3778 52.5164</gx:coord><gx:coord>13.4 52.5 0</gx:coord>
                <gx:coord>13.5 52.5 0</gx:coord>
                </gx:Track></Placemark></Document></kml>
                """#,
            stored: ["2026-05-03T09:00:00 52.5163 13.3777 34.0m", "2026-05-03T09:00:05 52.5164 13.3778"],
            issues: [
                "1 Expected a date with a time, such as 2026-05-04T10:00:00Z.",
                "1 Expected a date with a time, such as 2026-05-04T10:00:00Z.",
            ]
        ),
        ImportSample(
            description: "KML with times of placemarks",
            format: .kml,
            text: #"""
                <kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>
                <Placemark><TimeStamp><when>2026-05-03T09:00:00+02:00</when></TimeStamp>
                  <Point><coordinates> 13.3777,52.5163,34 </coordinates></Point></Placemark>
                <Placemark><name>Café</name><Point><coordinates>13.4,52.5</coordinates></Point>
                  <TimeSpan><begin>2026-05-03T08:00:00Z</begin><end>2026-05-03T08:45:00Z</end></TimeSpan></Placemark>
                <Placemark><name>Driving</name><TimeSpan><begin>2026-05-03T09:00:00Z</begin><end>2026-05-03T10:00:00Z</end>
                  </TimeSpan><LineString><coordinates>13.4,52.5,0 13.41,52.51,0
                  13.42,52.52,0</coordinates></LineString></Placemark>
                <Placemark><name>Home</name><Point><coordinates>13.4,52.5</coordinates></Point></Placemark>
                <Placemark><name>Nowhere</name></Placemark>
                </Folder></Document></kml>
                """#,
            stored: [
                "2026-05-03T07:00:00 52.5163 13.3777 34.0m", "2026-05-03T08:00:00 52.5 13.4",
                "2026-05-03T08:45:00 52.5 13.4 still", "2026-05-03T09:00:00 52.5 13.4 0.0m",
                "2026-05-03T10:00:00 52.52 13.42 0.0m",
            ],
            skipped: 1,
            issues: ["4 Expected a date with a time, such as 2026-05-04T10:00:00Z."]
        ),
    ]

    static let geoJSON: [ImportSample] = [
        ImportSample(
            description: "GeoJSON of togeojson and of points",
            format: .geojson,
            type: "application/geo+json",
            text: #"""
                {"type":"FeatureCollection","features":[
                {"type":"Feature","properties":{"name":"Tour","coordTimes":["2026-05-03T09:00:00Z","2026-05-03T09:00:05Z"]},
                 "geometry":{"type":"LineString","coordinates":[[13.3777,52.5163,34],[13.3778,52.5164],[13.3779,52.5165]]}},
                {"type":"Feature","geometry":{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6]]]},
                 "properties":{"coordinateProperties":{"times":[["2026-05-03T10:00:00Z","2026-05-03T10:00:05Z"],["2026-05-03T10:00:09Z"]]}}},
                {"type":"Feature","geometry":{"type":"Point","coordinates":[13.4,52.5]},
                 "properties":{"timestamp":1777798800000,"accuracy":12,"speed":2.5,"marker-color":"#f00"}},
                {"type":"Feature","geometry":{"type":"Point","coordinates":[13.4,52.5]},"properties":{"name":"Home"}},
                {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,2],[3,4],[5,6],[1,2]]]},"properties":{}},
                {"type":"Feature","geometry":null,"properties":{"time":"2026-05-03T09:00:00Z"}},
                7
                ]}
                """#,
            stored: [
                "2026-05-03T09:00:00 52.5163 13.3777 34.0m", "2026-05-03T09:00:05 52.5164 13.3778",
                "2026-05-03T10:00:00 2 1", "2026-05-03T10:00:05 4 3", "2026-05-03T10:00:09 6 5",
                "2026-05-03T09:00:00 52.5 13.4 ±12 2.5m/s",
            ],
            skipped: 1,
            issues: [
                "1 Expected a date with a time, such as 2026-05-04T10:00:00Z.",
                "4 Expected a date with a time, such as 2026-05-04T10:00:00Z.",
                "5 Expected a date with a time, such as 2026-05-04T10:00:00Z.", "7 Expected an object.",
            ]
        ),
        ImportSample(
            description: "GeoJSON of one feature",
            format: .geojson,
            text: #"""
                {"geometry":{"coordinates":[[13.3777,52.5163],[13.3778,52.5164]],"type":"LineString"},"bbox":[1,2,3,4],
                 "type":"Feature","properties":{"times":["2026-05-03T09:00:00Z","2026-05-03T09:00:05Z"]}}
                """#,
            stored: ["2026-05-03T09:00:00 52.5163 13.3777", "2026-05-03T09:00:05 52.5164 13.3778"]
        ),
    ]

    static let google: [ImportSample] = [
        ImportSample(
            description: "Records.json",
            format: .google,
            type: "application/json",
            text: #"""
                {
                  "locations": [{
                    "latitudeE7": 525163000, "longitudeE7": 133777000, "accuracy": 20, "altitude": 34, "velocity": 1,
                    "heading": 90, "source": "WIFI", "deviceTag": -12345,
                    "activity": [{"activity": [{"type": "STILL", "confidence": 100}], "timestamp": "2026-05-03T08:59:59Z"}],
                    "timestamp": "2026-05-03T09:00:00.123Z"
                  }, {
                    "timestampMs": "1777798805000", "latitudeE7": 525164000, "longitudeE7": 133778000, "accuracy": 2000
                  }, {
                    "timestampMs": "1777798806000", "latitudeE7": 3794967296, "longitudeE7": 3071921296
                  }, {
                    "timestamp": "2026-05-03T09:00:07Z", "activity": []
                  }, {
                    "latitudeE7": 525164000, "longitudeE7": 133778000, "timestamp": "yesterday"
                  }, {
                    "latitudeE7": 52.5
                  }, {"latitudeE7": 525164000 "longitudeE7": 133778000}]
                }
                """#,
            stored: [
                "2026-05-03T09:00:00.123000 52.5163 13.3777 ±20 34.0m 1.0m/s 90.0°",
                "2026-05-03T09:00:05 52.5164 13.3778 ±2000",
                "2026-05-03T09:00:06 -50 -122.3046",
            ],
            issues: [
                "4 Expected a latitude and a longitude, both of them numbers.",
                "5 Expected a date with a time, such as 2026-05-04T10:00:00Z.",
                "6 Expected a latitude and a longitude, both of them numbers.",
                "7 The element is malformed JSON at byte 749: this character cannot stand here.",
            ]
        ),
        ImportSample(
            description: "Semantic Location History",
            format: .google,
            text: #"""
                {"timelineObjects": [{
                  "activitySegment": {
                    "startLocation": {"latitudeE7": 525000000, "longitudeE7": 134000000},
                    "endLocation": {"latitudeE7": 525200000, "longitudeE7": 134200000},
                    "duration": {"startTimestamp": "2026-05-03T09:00:00Z", "endTimestamp": "2026-05-03T09:30:00.500Z"},
                    "distance": 3000, "activityType": "CYCLING",
                    "waypointPath": {"waypoints": [{"latE7": 1, "lngE7": 2}]},
                    "simplifiedRawPath": {"points": [{"latE7": 525100000, "lngE7": 134100000, "accuracyMeters": 9,
                      "timestamp": "2026-05-03T09:15:00Z"}]}
                  }}, {
                  "placeVisit": {
                    "location": {"latitudeE7": 525200000, "longitudeE7": 134200000, "placeId": "x", "name": "Café"},
                    "duration": {"startTimestampMs": "1777800600000", "endTimestampMs": "1777804200000"},
                    "placeConfidence": "HIGH_CONFIDENCE", "centerLatE7": 1, "centerLngE7": 2,
                    "childVisits": [{"location": {"latitudeE7": 1, "longitudeE7": 2}}]
                  }}, {
                  "placeVisit": {
                    "duration": {"startTimestamp": "2026-05-03T11:00:00Z", "endTimestamp": "2026-05-03T12:00:00Z"},
                    "centerLatE7": 525300000, "centerLngE7": 134300000
                  }}, {"timelineMemory": {}}]}
                """#,
            stored: [
                "2026-05-03T09:00:00 52.5 13.4", "2026-05-03T09:15:00 52.51 13.41 ±9",
                "2026-05-03T09:30:00.500000 52.52 13.42",
                "2026-05-03T09:30:00 52.52 13.42", "2026-05-03T10:30:00 52.52 13.42 still",
                "2026-05-03T11:00:00 52.53 13.43", "2026-05-03T12:00:00 52.53 13.43 still",
            ],
            skipped: 1
        ),
    ]
}
