"""A client cannot choose the request id or trace in the suite's logs."""

import time

from suite import Check

TITLE = "request ids, traces and addresses forged by a client"
SETTINGS = {"LOG_LEVEL": "debug"}
REQUEST, TRACE = "made-up-1234", "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {"X-Request-Id": REQUEST, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Forwarded-For": "198.51.100.7"}


def run(suite):
    answers = [suite.request("GET", path, headers=HEADERS) for path in ("/api/persons", "/api/persons/0", "/nowhere", "/metrics", "/api/event")]
    answers.append(suite.request("GET", "/?id=x&lat=1&lon=2", headers=HEADERS, port=suite.ports["osmand"]))
    taken = sum(REQUEST in (answer.headers.get("X-Request-Id") or "") or REQUEST.encode() in answer.body for answer in answers)
    yield Check("answers with the client's request id", f"{taken} of {len(answers)}", "0", not taken)
    distinct = len({answer.headers.get("X-Request-Id") for answer in answers})
    yield Check("answers with an id of their own", f"{distinct} of {len(answers)}", str(len(answers)), distinct == len(answers))
    deadline = time.monotonic() + 10
    while "Answered a request" not in suite.log("person-service") and time.monotonic() < deadline:
        time.sleep(0.1)
    logs = {name: suite.log(name) for name in ("person-service", "location-producer", "connection-service", "web-app", "nginx")}
    for what, word in (("request id", REQUEST), ("trace", TRACE)):
        found = [name for name, log in logs.items() if word in log]
        yield Check(f"logs with the client's {what}", ", ".join(found) or "none", "none", not found)
