import Models

extension ImportSamples {
    static let timeline: [ImportSample] = [
        ImportSample(
            description: "Timeline.json of Android",
            format: .google,
            text: #"""
                {"semanticSegments": [
                  {"startTime": "2026-05-03T08:00:00.000+02:00", "endTime": "2026-05-03T10:00:00.000+02:00",
                   "timelinePath": [{"point": "52.5163000°, 13.3777000°", "time": "2026-05-03T08:30:00.000+02:00"}]},
                  {"startTime": "2026-05-03T10:00:00.000+02:00", "endTime": "2026-05-03T11:00:00.000+02:00",
                   "visit": {"hierarchyLevel": 0, "probability": 0.9, "topCandidate": {"placeId": "x", "semanticType": "HOME",
                     "placeLocation": {"latLng": "52.5000000°, 13.4000000°"}}}},
                  {"startTime": "2026-05-03T10:10:00.000+02:00", "endTime": "2026-05-03T10:50:00.000+02:00",
                   "visit": {"hierarchyLevel": 1, "topCandidate": {"placeLocation": {"latLng": "52.6°, 13.6°"}}}},
                  {"startTime": "2026-05-03T11:00:00.000+02:00", "endTime": "2026-05-03T11:20:00.000+02:00",
                   "activity": {"start": {"latLng": "52.5°, 13.4°"}, "end": {"latLng": "-52.5°, -13.4°"}, "distanceMeters": 9}},
                  {"startTime": "2026-05-01T00:00:00.000+02:00", "endTime": "2026-05-02T00:00:00.000+02:00",
                   "timelineMemory": {"trip": {}}}],
                 "rawSignals": [
                  {"position": {"LatLng": "52.5163000°, 13.3777000°", "accuracyMeters": 13, "altitudeMeters": 80.5,
                   "source": "WIFI", "timestamp": "2026-05-03T12:00:00.000+02:00", "speedMetersPerSecond": 0.5}},
                  {"wifiScan": {"deliveryTime": "2026-05-03T12:00:00.000+02:00", "devicesRecords": [{"mac": 1, "rawRssi": -9}]}}],
                 "userLocationProfile": {"frequentPlaces": [{"placeId": "x", "placeLocation": "52.5°, 13.4°", "label": "HOME"}]}}
                """#,
            stored: [
                "2026-05-03T06:30:00 52.5163 13.3777", "2026-05-03T08:00:00 52.5 13.4",
                "2026-05-03T09:00:00 52.5 13.4 still",
                "2026-05-03T09:00:00 52.5 13.4", "2026-05-03T09:20:00 -52.5 -13.4",
                "2026-05-03T10:00:00 52.5163 13.3777 ±13 81.0m 0.5m/s",
            ],
            skipped: 3
        ),
        ImportSample(
            description: "Timeline of iOS",
            format: .google,
            text: #"""
                [{"endTime": "2026-05-03T11:00:00.000+02:00", "startTime": "2026-05-03T10:00:00.000+02:00",
                  "visit": {"hierarchyLevel": "0", "topCandidate": {"probability": "0.9", "semanticType": "Home", "placeID": "x",
                    "placeLocation": "geo:52.500000,13.400000"}, "probability": "0.8"}},
                 {"endTime": "2026-05-03T11:20:00.000+02:00", "startTime": "2026-05-03T11:00:00.000+02:00",
                  "activity": {"probability": "0.0", "end": "geo:52.516300,13.377700", "start": "geo:52.500000,13.400000",
                    "topCandidate": {"type": "walking"}, "distanceMeters": "900.5"}},
                 {"endTime": "2026-05-03T12:00:00.000+02:00", "startTime": "2026-05-03T11:00:00.000+02:00",
                  "timelinePath": [{"point": "geo:52.510000,13.390000", "durationMinutesOffsetFromStartTime": "12"},
                    {"point": "nowhere", "durationMinutesOffsetFromStartTime": "13"}]}]
                """#,
            stored: [
                "2026-05-03T08:00:00 52.5 13.4", "2026-05-03T09:00:00 52.5 13.4 still", "2026-05-03T09:00:00 52.5 13.4",
                "2026-05-03T09:20:00 52.5163 13.3777", "2026-05-03T09:12:00 52.51 13.39",
            ],
            issues: ["3 Expected a latitude and a longitude, both of them numbers."]
        ),
    ]

    static let lines: [ImportSample] = [
        ImportSample(
            description: "OwnTracks Recorder",
            format: .owntracks,
            text: #"""
                2026-05-03T09:00:00Z	*                 	{"_type":"location","lat":52.5163,"lon":13.3777,"tst":1777798800,"acc":8,"batt":80}
                2026-05-03T09:00:10Z	lwt               	{"_type":"lwt","tst":1777798810}

                2026-05-03T09:15:00Z	*                 	{"_type":"location","lat":52.5163,"lon":13.3777,"tst":1777798800,"created_at":1777799700,"t":"p"}
                2026-05-03T09:20:00Z	*                 	{"_type":"encrypted","data":"x"}
                2026-05-03T09:21:00Z	*                 	{"_type":"location","lat":52.51
                2026-05-03T09:22:00Z
                """#,
            stored: ["2026-05-03T09:00:00 52.5163 13.3777 ±8 80.0%", "2026-05-03T09:15:00 52.5163 13.3777 still"],
            skipped: 1,
            issues: [
                "5 Expected a message that is not encrypted.",
                "6 The line is malformed JSON at byte 480: the text ends inside a value.",
                "7 Expected a time, a kind and a message in JSON, with tabs between them.",
            ]
        ),
        ImportSample(
            description: "CSV of GPSLogger",
            format: .csv,
            type: "text/csv",
            text: """
                time,lat,lon,elevation,accuracy,bearing,speed,satellites,provider,hdop,battery,annotation\r
                2026-05-03T09:00:00.000Z,52.5163,13.3777,34.5,8,90,1.5,7,gps,1.1,80,"a ""b"", c"\r
                2026-05-03T09:00:05.000Z,52.5164,13.3778,,,,,,network,,,\r
                2026-05-03T09:00:06.000Z,52.5164\r
                2026-05-03T09:00:07.000Z,52.5164,13.3778,"\r
                soon,52.5164,13.3778\r

                """,
            stored: [
                "2026-05-03T09:00:00 52.5163 13.3777 ±8 35.0m 1.5m/s 90.0° 80.0%",
                "2026-05-03T09:00:05 52.5164 13.3778",
            ],
            issues: [
                "4 Expected a latitude and a longitude, both of them numbers.",
                "5 Expected a closing quotation mark in the same line.",
                "6 Expected a date with a time, such as 2026-05-04T10:00:00Z.",
            ]
        ),
        ImportSample(
            description: "CSV with semicolons, decimal commas, and date and time apart",
            format: .csv,
            text: """
                Index;"Date";Time;Latitude (deg);Longitude [deg];Speed km/h
                1;2026-05-03;09:00:00;52,5163;13,3777;36,0
                2;2026-05-03;11:00:05+02:00;52.5164;13.3778;
                """,
            stored: ["2026-05-03T09:00:00 52.5163 13.3777 10.0m/s", "2026-05-03T09:00:05 52.5164 13.3778"]
        ),
        ImportSample(
            description: "CSV with tabs and seconds since 1970",
            format: .csv,
            text: "timestamp\tlongitude\tlatitude\n1777798800\t13.3777\t52.5163\n",
            stored: ["2026-05-03T09:00:00 52.5163 13.3777"]
        ),
    ]
}
