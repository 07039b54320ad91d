"""`--listen` opens only the entrance at an address."""

from closed_doors import answers
from suite import PORT_COUNT, Check

TITLE = "an entrance that --listen opens"
# A second loopback address, which every Linux has.
ADDRESS = "127.0.0.2"
ARGUMENTS = ["--listen", ADDRESS]


def run(suite):
    doors = {suite.ports[name] for name in ("pages", "entrance", "grpc", "osmand")}
    opened = {port for port in range(suite.port_base, suite.port_base + PORT_COUNT) if answers(ADDRESS, port)}
    yield Check(f"reached at {ADDRESS}", f"{len(opened & doors)} doors, {len(opened - doors)} services", "4 doors, 0 services", opened == doors)
    status = suite.request("GET", "/api/persons", host=ADDRESS).status
    yield Check("answers there", str(status), "200", status == 200)
