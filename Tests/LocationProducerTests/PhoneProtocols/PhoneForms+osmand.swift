extension PhoneForms {
    static let traccar: [PhoneForm] = [
        .query(
            "Traccar Client 3 to 8",
            "id=123456&timestamp=1777885200&lat=1.0&lon=2.0&speed=2.72&bearing=90.0&altitude=35.5&accuracy=8.0&batt=85.0",
            ["2026-05-04T09:00:00 1 2 ±8 36.0m 1.4m/s 90.0° 85.0%"]
        ),
        .post(
            "Traccar Client 9, background-geolocation with a template (preferences.dart)",
            #"""
            {"location":{"timestamp":"2026-05-04T09:00:00.862Z","coords":{"latitude":1,"longitude":2,"accuracy":8,
            "speed":1.4,"heading":-1,"altitude":35.5},"is_moving":true,"odometer":12,"event":"","battery":{"level":0.85,
            "is_charging":false},"activity":{"type":"still"},"extras":{},"_":"&id=123456&lat=1&lon=2&timestamp=2026&"},
            "device_id":"123456"}
            """#,
            headers: ["Content-Type: application/json"],
            ["2026-05-04T09:00:00.862000 1 2 ±8 36.0m 1.4m/s 85.0%"]
        ),
        .post(
            "Traccar Client 10, a form (HttpUploader.kt)",
            """
            id=123456&lat=1.0&lon=2.0&timestamp=1777885200&accuracy=8.0&altitude=35.5&speed=2.72&bearing=90.0&batt=85\
            &charge=false
            """,
            headers: ["Content-Type: application/x-www-form-urlencoded; charset=UTF-8", "User-Agent: ktor-client"],
            ["2026-05-04T09:00:00 1 2 ±8 36.0m 1.4m/s 90.0° 85.0%"]
        ),
        .post(
            "Traccar Client 10, uploadJson (HttpUploader.kt)",
            #"""
            [{"id":"123456","lat":1.0,"lon":2.0,"timestamp":1777885200,"accuracy":8.0,"speed":2.72,"batt":85,"charge":false},
            {"id":"123456","lat":1.0,"lon":2.5,"timestamp":1777885260}]
            """#,
            headers: ["Content-Type: application/json", "User-Agent: ktor-client"],
            ["2026-05-04T09:00:00 1 2 ±8 1.4m/s 85.0%", "2026-05-04T09:01:00 1 2.5"]
        ),
        .post(
            "Traccar Client 10, one flat object",
            #"{"id":"123456","lat":1.0,"lon":2.0,"timestamp":1777885200,"speed":2.72}"#,
            ["2026-05-04T09:00:00 1 2 1.4m/s"]
        ),
        .post(
            "Traccar Client 10 with the id in the address only",
            "lat=1.0&lon=2.0&timestamp=1777885200",
            target: "/?id=123456",
            ["2026-05-04T09:00:00 1 2"]
        ),
        .post(
            "Traccar Client 10, an invalid place does not block the following ones",
            "id=123456&lat=91.0&lon=2.0&timestamp=1777885200",
            headers: ["User-Agent: ktor-client"],
            []
        ),
        .post(
            "Traccar Client 10, a clock that is an hour fast",
            "id=123456&lat=1.0&lon=2.0&timestamp=1777892400",
            headers: ["User-Agent: ktor-client"],
            status: 400,
            []
        ),
        .query("Traccar Client, any path", "id=123456&lat=1&lon=2&timestamp=1777885200", ["2026-05-04T09:00:00 1 2"]),
    ]

    static let backgroundGeolocation: [PhoneForm] = [
        .post(
            "background-geolocation 4, batch under location",
            #"""
            {"location":[{"timestamp":"2026-05-04T09:00:00.000Z","coords":{"latitude":1,"longitude":2,"accuracy":8,
            "speed":-1,"heading":-1,"altitude":5},"uuid":"a","battery":{"level":0.8}},{"timestamp":"2026-05-04T09:00:10Z",
            "coords":{"latitude":1,"longitude":2.5}}],"device_id":"123456"}
            """#,
            ["2026-05-04T09:00:00 1 2 ±8 5.0m 80.0%", "2026-05-04T09:00:10 1 2.5"]
        ),
        .post(
            "background-geolocation 4, batch under locations",
            #"""
            {"device_id":"123456","locations":[{"timestamp":"2026-05-04T09:00:00Z","coords":{"latitude":1,"longitude":2}}]}
            """#,
            ["2026-05-04T09:00:00 1 2"]
        ),
        .post(
            "background-geolocation 5, rootProperty \".\"",
            #"{"timestamp":"2026-05-04T09:00:00Z","coords":{"latitude":1,"longitude":2,"speed":1.4},"device_id":"123456"}"#,
            ["2026-05-04T09:00:00 1 2 1.4m/s"]
        ),
        .post(
            "background-geolocation 5, rootProperty \".\", batch",
            #"[{"timestamp":"2026-05-04T09:00:00Z","coords":{"latitude":1,"longitude":2},"device_id":"123456"}]"#,
            ["2026-05-04T09:00:00 1 2"]
        ),
        .post(
            "background-geolocation 5, locationTemplate, the token in a header",
            #"{"location":{"latitude":1,"longitude":2,"speed":1.4,"timestamp":"2026-05-04T09:00:00Z"}}"#,
            headers: ["Authorization: Bearer fifth"],
            ["2026-05-04T09:00:00 1 2 1.4m/s"]
        ),
        .post(
            "background-geolocation 5, heartbeat that repeats the last location",
            #"""
            {"location":{"event":"heartbeat","age":300000,"timestamp":"2026-05-04T09:00:00Z","coords":{"latitude":1,
            "longitude":2}},"device_id":"123456"}
            """#,
            ["2026-05-04T09:05:00 1 2 still"]
        ),
        .post(
            "a batch of two devices is one device's",
            #"[{"id":"123456","lat":1,"lon":2,"timestamp":1777885200},{"id":"jane","lat":3,"lon":4,"timestamp":1777885200}]"#,
            ["2026-05-04T09:00:00 1 2"]
        ),
    ]

    static let typedByHand: [PhoneForm] = [
        .query(
            "OsmAnd, the address of its documentation (LiveMonitoringHelper.java)",
            "id=123456&lat=1.0&lon=2.0&timestamp=1777885200123&hdop=35.0&altitude=35.5&speed=1.4&bearing=90.0",
            ["2026-05-04T09:00:00.123000 1 2 ±35 36.0m 1.4m/s 90.0°"]
        ),
        .query(
            "GPSLogger 136, %ALL (CustomUrlManager.java)",
            """
            id=123456&lat=1.0&lon=2.0&sat=9&desc=&alt=45.0&acc=35.0&dir=359.0&prov=network&spd_kph=5.04&spd=1.4\
            &timestamp=1777885200&timeoffset=2026-05-04T11:00:00.000%2B02:00&time=2026-05-04T09:00:00.000Z\
            &starttimestamp=1777880000&date=2026-05-04&batt=81.0&ischarging=false&aid=&ser=&act=&filename=x\
            &profile=Default+Profile&hdop=&vdop=19&pdop=&dist=0&
            """,
            ["2026-05-04T09:00:00 1 2 ±35 45.0m 1.4m/s 359.0° 81.0%"]
        ),
        .query(
            "GPSLogger 136, time=%TIME",
            "id=123456&lat=1.0&lon=2.0&acc=0.0&time=2026-05-04T09:00:00.000Z",
            ["2026-05-04T09:00:00 1 2"]
        ),
        .query(
            "GPSLogger 136, time=%TIMEOFFSET, the plus sign not escaped",
            "id=123456&lat=1.0&lon=2.0&time=2026-05-04T11:00:00.000+02:00",
            ["2026-05-04T09:00:00 1 2"]
        ),
        .query(
            "GPSLogger 136, timestamp=%TIMESTAMP000",
            "id=123456&lat=1.0&lon=2.0&timestamp=1777885200000",
            ["2026-05-04T09:00:00 1 2"]
        ),
        .query(
            "GPSLogger 136, latitude and longitude",
            "id=123456&latitude=1.0&longitude=2.0&accuracy=8&timestamp=1777885200",
            ["2026-05-04T09:00:00 1 2 ±8"]
        ),
        .query("GPSLogger 136, long=%LON", "id=123456&lat=1.0&long=2.0&timestamp=1777885200", status: 400, []),
        .query("GPSLogger 136, a time of the day", "id=123456&lat=1.0&lon=2.0&time=12:30", status: 400, []),
        .post(
            "GPSLogger 136, a JSON body, %TIMEOFFSET escaped",
            #"{"id":"123456","latitude":1.0,"longitude":2.0,"accuracy":8.0,"time":"2026-05-04T11:00:00.000%2B02:00"}"#,
            ["2026-05-04T09:00:00 1 2 ±8"]
        ),
        .post(
            "GPSLogger 136, a form without a type, HTTP Basic",
            "lat=1.0&lon=2.0&timestamp=1777885200",
            headers: ["Authorization: Basic MTIzNDU2OmZpZnRo"],
            ["2026-05-04T09:00:00 1 2"]
        ),
        .post(
            "GPSLogger 136, a wrong password",
            "lat=1.0&lon=2.0&timestamp=1777885200",
            headers: ["Authorization: Basic MTIzNDU2Ondyb25n"],
            status: 400,
            []
        ),
        .query(
            "Locus Map, live tracking (PhoneTrack's LogController.php has its names)",
            "id=123456&lat=1.0&lon=2.0&time=1777885200&battery=81&acc=8&alt=45&speed=2.72&bearing=90",
            ["2026-05-04T09:00:00 1 2 ±8 45.0m 1.4m/s 90.0° 81.0%"]
        ),
        .query(
            "PhoneTrack Android, custom log job",
            "id=123456&lat=1.0&lon=2.0&alt=45&acc=8&timestamp=1777885200&bat=81&sat=9&useragent=PhoneTrack",
            ["2026-05-04T09:00:00 1 2 ±8 45.0m 81.0%"]
        ),
        .query(
            "Colota 1.14, Traccar template, GET (traccar.md)",
            """
            id=123456&lat=1.0&lon=2.0&accuracy=15&altitude=380&speed=5&batt=85&charge=2&timestamp=1777885200&bearing=180.0
            """,
            ["2026-05-04T09:00:00 1 2 ±15 380.0m 2.6m/s 180.0° 85.0%"]
        ),
        .post(
            "Home Assistant Android, update_location (UpdateLocationRequest.kt)",
            #"{"type":"update_location","data":{"gps":[1.0,2.0],"gps_accuracy":16,"speed":1,"altitude":45,"course":90}}"#,
            target: "/?id=123456",
            ["2026-05-04T10:00:00 1 2 ±16 45.0m 1.0m/s 90.0°"]
        ),
        .post(
            "Home Assistant Android, sensors",
            #"{"type":"update_sensor_states","data":[{"unique_id":"battery","state":81}]}"#,
            target: "/?id=123456",
            []
        ),
    ]
}
