"""On a nearly full disk, only locations are rejected."""

import time

from suite import Check

TITLE = "a disk that is nearly full"
# More than any disk's size.
SETTINGS = {"DISK_FREE_MIN": "1048576GiB"}
LOCATION = {"latitude": 1, "longitude": 2}


def run(suite):
    person = suite.request("POST", "/api/persons", {"first_name": "P", "last_name": "L", "company_name": "C"}).json()["id"]
    deadline = time.monotonic() + 15
    while True:
        answer = suite.request("POST", "/api/locations", LOCATION | {"person_id": person})
        if answer.status == 503 or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    yield Check("a location", f"{answer.status}, Retry-After {answer.headers.get('Retry-After')}", "503, Retry-After 60",
                answer.status == 503 and answer.headers.get("Retry-After") == "60")
    batch = suite.request("POST", "/api/locations/batch", [LOCATION | {"person_id": person}]).status
    yield Check("a batch", str(batch), "503", batch == 503)
    reading = suite.request("GET", f"/api/persons/{person}/locations?limit=1").status
    yield Check("reading", str(reading), "200", reading == 200)
    erasing = suite.request("DELETE", f"/api/persons/{person}").status
    yield Check("erasing", str(erasing), "204", erasing == 204)
