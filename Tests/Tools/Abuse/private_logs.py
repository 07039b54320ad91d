"""Query strings contain names (q) and, for OsmAnd, a phone's credential. Logs of failures must omit them."""

import os
import signal
import threading

from suite import Check

TITLE = "names and OsmAnd ids in the entrance's log when services do not answer"
NAME, PHONE = "Mirabel-Zzyzx", "secret7k2m9q4x8r"
LIMIT = 400
# Seconds after which the entrance times out.
GIVEN_UP = 100


def run(suite):
    doors = [(f"/api/persons?q={NAME}", suite.ports["entrance"]), (f"/osmand?id={PHONE}&lat=52&lon=13", suite.ports["entrance"]),
             (f"/?id={PHONE}&lat=52&lon=13", suite.ports["osmand"])]
    statuses = {}

    def ask(path, port):
        try:
            statuses[path] = suite.request("GET", path, port=port, timeout=GIVEN_UP).status
        except OSError as error:
            statuses[path] = repr(error)

    stopped = [suite.pid(name) for name in ("person-service", "location-producer")]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        clients = [threading.Thread(target=ask, args=door) for door in doors]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    yield Check("answers while two services are suspended", ", ".join(str(statuses[path]) for path, _ in doors), "504, 504, 504",
                list(statuses.values()) == [504] * len(doors))
    # Rejected by the entrance itself.
    suite.request("GET", f"/api/persons?q={NAME}" + "x" * 40000)
    suite.request("GET", f"/?id={PHONE}", headers={"X-Long": "x" * 40000}, port=suite.ports["osmand"])
    log = suite.log("nginx")
    found = [word for word in (NAME, PHONE) if word in log]
    yield Check("names and ids in the log", ", ".join(found) or "none", "none", not found)
    lines = log.count("No service answered a request")
    yield Check("lines about the failures", str(lines), str(len(doors)), lines == len(doors))
