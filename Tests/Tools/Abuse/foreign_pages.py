"""A page of another origin, open in a user's browser, may neither read answers nor change data."""

from suite import Check

TITLE = "requests from a page of another origin"
FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
PERSON = '{"first_name": "A", "last_name": "B", "company_name": "C"}'


def run(suite):
    own = {"Origin": f"http://localhost:{suite.ports['pages']}"}
    person = suite.request("POST", "/api/persons", {"first_name": "A", "last_name": "B", "company_name": "C"}, own)
    yield Check("the web app adds a person", str(person.status), "200", person.status == 200)
    path = f"/api/persons/{person.json()['id']}"
    device = suite.request("POST", f"{path}/devices").json()["id"]
    fix = f"?id={device}&lat=52.5&lon=13.4"

    # Requests that a browser sends without a preflight: media types of forms, no body, images.
    plain = {"Content-Type": "text/plain"}
    writes = [
        ("adds a person as text", "POST", "/api/persons", PERSON, FOREIGN | plain, None),
        ("adds a person without Origin", "POST", "/api/persons", PERSON, plain, None),
        ("registers a phone without a body", "POST", f"{path}/devices", None, FOREIGN, None),
        ("reports a location by an image", "GET", f"/osmand{fix}", None, {"Sec-Fetch-Site": "cross-site"}, None),
        ("reports a location by an image", "GET", f"/{fix}", None, {"Sec-Fetch-Site": "cross-site"}, suite.ports["osmand"]),
        ("erases a person", "DELETE", path, None, FOREIGN, None),
        ("replaces a person", "PUT", path, PERSON, FOREIGN | {"Content-Type": "application/json"}, None),
    ]
    for what, method, target, body, headers, port in writes:
        status = suite.request(method, target, body, headers, port=port).status
        yield Check(what, str(status), "403 or 415", status in (403, 415))
    status = suite.request("GET", path).status
    yield Check("the person is there", str(status), "200", status == 200)

    preflight = suite.request(
        "OPTIONS", path, headers=FOREIGN | {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"})
    for what, answer in [("a preflight", preflight), ("a read", suite.request("GET", path, headers=FOREIGN))]:
        fields = [value for name, value in answer.headers.items() if name.lower() == "access-control-allow-origin"]
        yield Check(f"{what} allows", ", ".join(fields) or "none", "none", not {"*", FOREIGN["Origin"]} & set(fields))
    kept = suite.request("GET", path).headers.get("Cache-Control") or "without a bound"
    yield Check("caches keep a person", kept, "private, no-store", kept == "private, no-store")
