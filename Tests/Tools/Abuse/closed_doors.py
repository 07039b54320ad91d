"""No service listens beyond loopback, and clients cannot read metrics. Only `--listen` opens the entrance."""

import json
import socket
import subprocess

import http2
from suite import PORT_COUNT, SERVICES, Check

TITLE = "services at this machine's addresses, metrics and reflection at the entrance"


def listeners():
    """The addresses and ports on which this machine listens."""
    for line in subprocess.run(["ss", "-Hltn"], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        address, _, port = line.split()[3].rpartition(":")
        yield address.strip("[]").split("%")[0], int(port)


def machine_addresses():
    """The addresses that other machines can reach."""
    links = json.loads(subprocess.run(["ip", "-json", "address"], check=True, stdout=subprocess.PIPE).stdout)
    return [entry["local"] for link in links for entry in link["addr_info"] if entry["scope"] == "global"]


def answers(address, port):
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


def run(suite):
    ours = range(suite.port_base, suite.port_base + PORT_COUNT)
    found = [(address, port) for address, port in listeners() if port in ours]
    wide = [f"{address}:{port}" for address, port in found if address not in ("127.0.0.1", "::1")]
    yield Check("listeners beyond loopback", f"{len(wide)} of {len(found)}", "0", bool(found) and not wide)
    addresses = machine_addresses()
    reached = [f"{address}:{port}" for address in addresses for port in ours if answers(address, port)]
    yield Check(f"reached at {', '.join(addresses) or 'no other address'}", str(len(reached)), "0", not reached)

    status = suite.request("GET", "/metrics").status
    yield Check("/metrics at the entrance", str(status), "404", status == 404)
    public = [name for name in SERVICES if name in suite.ports and suite.request("GET", "/metrics", port=suite.ports[name]).status == 200]
    yield Check("/metrics at a service's own port", f"{len(public)} services", "0 services", not public)
    answer = http2.unary(suite.ports["grpc"], b"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", b"\x3a\x00", 5)
    yield Check("gRPC reflection at the entrance", "refused" if answer is None else f"{len(answer)} bytes", "refused", answer is None)
