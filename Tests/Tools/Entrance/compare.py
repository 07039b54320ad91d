"""Sends requests for every path of the table, and for unusual ones, to nginx and Traefik, both configured by scripts/routes. A few go
to Envoy, whose configuration in k8s/entrance is a sample.

Both must send a request to the service that the table names, and thus decide alike. The services are an nginx that answers with
a service's name and with the identity that reached it: access-service's for routes that ask it, none for others, and never the one
that the client claims. Run by `scripts/routes --compare`, with the Python environment that has Traefik and Envoy."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[3]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
UPSTREAMS = ["person_service", "connection_service", "location_producer", "location_producer_grpc", "location_producer_osmand", "web_app",
             "access_service", "webhook_sender"]
STUBS = [*UPSTREAMS, "connection_service_spring"]
# A group of events with its own replicas of connection-service.
GROUP = "spring=2,31"
# Paths without a route, and the service that must answer them.
ODD = {
    "/": "web-app", "/people/1": "web-app", "/api": "web-app", "/apix": "web-app", "/livez/": "web-app", "/metrics/": "web-app",
    "/api/": "location-producer", "/api/persons/": "location-producer", "/api/personsx": "location-producer",
    "/api/persons/1/devices/2/3": "location-producer", "/api/locations/batch/": "location-producer", "/owntracks/x": "web-app",
    "/api/persons/1/encounters/2": "location-producer", "/api/event/stream/": "location-producer",
    "/api/persons/%31/connection": "connection-service", "/api/persons/a%20b": "person-service", "/api/persons/1?x=/api/event": "person-service",
    "/api/persons/1/people?event=2": "connection-service-spring", "/api/persons/1/people?q=a&event=31": "connection-service-spring",
    "/api/encounters?event=31&limit=1": "connection-service-spring", "/api/persons/1/people?event=3": "connection-service",
    "/api/persons/1/people?event=": "connection-service", "/api/persons/1/people?events=2": "connection-service",
    "/api/persons/1?event=2": "person-service", "/api/event?event=22": "connection-service",
    "/api/locations/batc%68": "location-producer", "/API/persons": "web-app", "/api/event;x": "location-producer",
}


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in sockets]


def wait_for(port):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def wait_until_ruled(port):
    deadline = time.monotonic() + 20
    while answers(port, [("GET", "/")]) != [("web-app", None)]:
        if time.monotonic() > deadline:
            raise RuntimeError("Traefik has not read its rules")
        time.sleep(0.05)


def stubs(ports):
    """An nginx whose servers answer with the name of the service that they represent."""
    servers = "".join(
        f"server {{ listen 127.0.0.1:{port}{' http2' if name.endswith('grpc') else ''}; "
        f"add_header X-Service {name.replace('_', '-').removesuffix('-grpc')} always; add_header X-Identity $http_udaconnect_identity always; "
        "location = /auth { add_header UdaConnect-Identity admitted; return 204; } "
        "location /auth/ { add_header UdaConnect-Identity admitted; return 200 ''; } "
        "location /auth/api/persons/stranger { return 401 ''; } "
        "location /auth/api/persons/anonymous { add_header X-Envoy-Auth-Headers-To-Remove UdaConnect-Identity; return 200 ''; } location / { return 200 ''; } }\n"
        for name, port in ports.items())
    return ("daemon off; pid stubs.pid; error_log stderr warn; events {}\n"
            f"http {{ access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\n{servers}}}\n")


def answers(port, requests, *options):
    """The service that answered each request, a method and a path, and the identity that it got. One curl sends them all."""
    each = "".join(f"{option}\n" for option in ("silent", "path-as-is", *options)) + (
        'header = "UdaConnect-Identity: forged"\noutput = /dev/null\nwrite-out = "%header{x-service} %header{x-identity}\\n"\n')
    asked = "next\n".join(f'{"head" if method == "HEAD" else f"request = {method}"}\nurl = "http://127.0.0.1:{port}{path}"\n{each}'
                          for method, path in requests)
    output = subprocess.run(["curl", "--config", "-"], input=asked, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return [tuple(part or None for part in line.split(" ")) for line in output]


def asking():
    """Whether the requests of each path need an identity, by x-access; literal paths come first, as they win."""
    found = {}
    for file in (ROOT / "Services").glob("*/openapi.json"):
        for path, item in json.loads(file.read_text())["paths"].items():
            operations = [operation["x-access"] for operation in item.values() if isinstance(operation, dict) and "x-access" in operation]
            found[path] = any(access != "public" and "checked_by" not in access for access in operations)
    return {re.sub(r"\{\w+\}", "[^/]+", path): found[path] for path in sorted(found, key=lambda path: "{" in path)}


def asks(path, asking):
    path = urllib.parse.unquote(path.partition("?")[0])
    return next((needed for pattern, needed in asking.items() if re.fullmatch(pattern, path)), False)


def wanted(routes):
    """Requests and the services that must answer them: REST, then gRPC."""
    rest, grpc = [], []
    for route in routes:
        path = re.sub(r"\{\w+\}", "7", route["path"]).replace("{path...}", "no/such/thing")
        service = route["service"] if route.get("public", True) else None
        if route.get("port") == "grpc":
            grpc.append(("POST", path, service))
        else:
            rest += [(method, path, service) for method in METHODS]
    return rest + [(method, path, service) for path, service in ODD.items() for method in METHODS], grpc


def differences(nginx, traefik, requests, *options):
    """The wrong decisions of either proxy. With Traefik, web-app gives the entrance's own answers."""
    asked, needed = [(method, path) for method, path, _ in requests], asking()
    for (method, path, service), (one, *first), (other, *second) in zip(
            requests, answers(nginx, asked, *options), answers(traefik, asked, *options)):
        identity = "admitted" if asks(path, needed) else None
        for name, got, by in (("nginx", first, one), ("Traefik", second, other)):
            if by and got != [identity]:
                yield f"{method} {path}: by {name}, the service gets the identity {got[0]}, not {identity}"
        if one != (None if service == "entrance" else service):
            yield f"{method} {path}: nginx leads to {one}, not to {service}"
        if other != ("web-app" if service == "entrance" else service):
            yield f"{method} {path}: Traefik leads to {other}, not to {service}"


def envoy(ports, listener, folder):
    """Writes the sample configuration with other addresses."""
    text = (ROOT / "k8s/entrance/envoy.yaml").read_text().replace("port_value: 8080", f"port_value: {listener}")
    for name in ("access-service", "person-service"):
        port = ports[name.replace("-", "_")]
        text = re.sub(rf"(address: ){name}(, port_value: )\d+", rf"\g<1>127.0.0.1\g<2>{port}", text)
    (folder / "envoy.yaml").write_text(text)


def faults_of_envoy(port):
    """What Envoy does wrong with the answers of access-service."""
    wanted = {"/api/persons/7": ("person-service", "admitted"), "/api/persons/anonymous": ("person-service", None),
              "/api/persons/stranger": (None, None)}
    asked = [(method, path) for path in wanted for method in ("GET", "POST", "DELETE")]
    for (method, path), got in zip(asked, answers(port, asked)):
        if (got + (None,))[:2] != wanted[path]:
            yield f"{method} {path}: Envoy leads to {got}, not to {wanted[path]}"


def printed(*arguments):
    return subprocess.run([ROOT / "scripts/routes", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def main():
    routes = json.loads((ROOT / "Services/routes.json").read_text())["routes"]
    rest, grpc, osmand, web, sample, *services = free_ports(5 + len(STUBS))
    ports = dict(zip(STUBS, services))
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        (folder / "stubs.conf").write_text(stubs(ports))
        for file in (ROOT / "k8s/entrance").glob("*.conf"):
            (folder / file.name).write_text(file.read_text())
        (folder / "nginx.conf").write_text(printed(
            "nginx", "--rest", f"127.0.0.1:{rest}", "--grpc", f"127.0.0.1:{grpc}", "--osmand", f"127.0.0.1:{osmand}", "--state", ".",
            "--origin", "*", "--files", "1024", f"--event-group={GROUP}@127.0.0.1:{ports['connection_service_spring']}",
            *(f"--upstream={name}=127.0.0.1:{ports[name]}" for name in UPSTREAMS)))
        rules = json.loads(printed("traefik", GROUP))
        for service, place in rules["http"]["services"].items():
            server = place["loadBalancer"]["servers"][0]
            server["url"] = re.sub("://.*", f"://127.0.0.1:{ports[service.replace('-', '_')]}", server["url"])
        rules["http"]["middlewares"]["access"]["forwardAuth"]["address"] = f"http://127.0.0.1:{ports['access_service']}/auth"
        envoy(ports, sample, folder)
        # JSON is YAML.
        (folder / "rules.yaml").write_text(json.dumps(rules))

        def start(*command):
            log = stack.enter_context(open(folder / "log", "ab"))
            process = subprocess.Popen(command, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.terminate)

        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        start(nginx, "-p", name, "-c", "stubs.conf", "-e", "stderr")
        start(nginx, "-p", name, "-c", "nginx.conf", "-e", "stderr")
        start(pathlib.Path(sys.executable).parent / "traefik", f"--entrypoints.web.address=127.0.0.1:{web}",
              f"--providers.file.filename={folder}/rules.yaml", "--global.sendanonymoususage=false", "--global.checknewversion=false")
        start(pathlib.Path(sys.executable).parent / "envoy", "--config-path", folder / "envoy.yaml", "--log-level", "warn", "--concurrency", "1",
              "--disable-hot-restart")
        try:
            for port in (rest, grpc, web, sample, *services):
                wait_for(port)
            # Traefik listens before it has read its rules.
            wait_until_ruled(web)
            over_rest, calls = wanted(routes)
            findings = [*differences(rest, web, over_rest), *faults_of_envoy(sample)]
            for call in calls:
                # curl 7.88 fails at a second call on the same connection.
                findings += differences(grpc, web, [call], "http2-prior-knowledge")
        except Exception:
            print((folder / "log").read_text(), file=sys.stderr)
            raise
    print(*findings or [f"routes: nginx and Traefik decide alike on {len(over_rest) + len(calls)} requests"], sep="\n")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
