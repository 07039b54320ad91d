"""A small upload for unknown persons that could take much disk space, and an unlimited number of phones."""

import gzip
import time

from suite import Check

TITLE = "locations of unknown persons, and an unlimited number of phones"
LINES, NOBODY, PHONES = 300_000, 2_000_000_000, 30
START = 1_767_225_600


def flood():
    """Lines at distinct seconds, a megabyte after compression."""
    lines = []
    for second in range(LINES):
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(START + second))
        lines.append(f'{{"person_id":{NOBODY},"latitude":1,"longitude":2,"creation_time":"{moment}"}}')
    return gzip.compress("\n".join(lines).encode(), 6)


def run(suite):
    body = flood()
    answer = suite.request("POST", "/api/locations/batch", body, timeout=60, headers={
        "Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"})
    verdict = answer.json()
    yield Check(f"{LINES} lines of unknown persons, {len(body) >> 10} KiB: accepted", str(verdict.get("accepted")), "0", verdict.get("accepted") == 0)
    yield Check("their status", str(answer.status), "207", answer.status == 207)
    single = suite.request("POST", "/api/locations", {"person_id": NOBODY, "latitude": 1, "longitude": 2})
    yield Check("a single location of an unknown person", str(single.status), "422", single.status == 422)
    left, = suite.query("SELECT (SELECT count(*) FROM dead_letter), (SELECT count(*) FROM location_log)")
    yield Check("dead letters and blocks of the queue", " and ".join(left), "0 and 0", left == ["0", "0"])

    person = suite.request("POST", "/api/persons", {"first_name": "P", "last_name": "L", "company_name": "C"}).json()["id"]
    # A new person is known at once.
    taken = suite.request("POST", "/api/locations", {"person_id": person, "latitude": 1, "longitude": 2}).status
    yield Check("a location of a person created just before", str(taken), "200", taken == 200)
    answers = [suite.request("POST", f"/api/persons/{person}/devices", {}).status for _ in range(PHONES)]
    yield Check(f"{PHONES} phones of one person: registered", str(answers.count(201)), "10", answers.count(201) == 10)
    yield Check("the others rejected with 409", str(answers.count(409)), str(PHONES - 10), answers.count(409) == PHONES - 10)
