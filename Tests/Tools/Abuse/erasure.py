"""No place of an erased person reappears, whatever was in progress during the erasure."""

import struct
import threading
import time

from suite import Check

TITLE = "persons erased while their phones send"
SENDERS, SECONDS = 4, 6
# A unique latitude, in the forms in which tables may contain it.
CANARY = 48.1234567
TRACES = [struct.pack("<i", 481_234_567).hex(), struct.pack("<d", CANARY).hex(), str(CANARY), str(CANARY).encode().hex()]
START = 1_767_225_600


def send(suite, persons, erased, sender, is_over, statuses):
    """Batches for all persons, one after another; erased persons get the canary."""
    second = START + sender * 100_000
    while not is_over.is_set():
        second += 1
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        batch = [{"person_id": person, "latitude": CANARY if person in erased else 1, "longitude": 2, "creation_time": moment}
                 for person in persons for _ in range(2)]
        statuses.append(suite.request("POST", "/api/locations/batch", batch).status)


def tables_with_traces(suite):
    tables = [name for name, in suite.query(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1")]
    texts = ", ".join(f"'{text}'" for text in TRACES)
    return [table for table in tables if suite.query(
        f"SELECT count(*) FROM \"{table}\" t, unnest(ARRAY[{texts}]) text WHERE position(text IN t::text) > 0") != [["0"]]]


def run(suite):
    persons = [suite.request("POST", "/api/persons", {"first_name": f"P{n}", "last_name": "L", "company_name": "C"}).json()["id"]
               for n in range(8)]
    erased, is_over, statuses = set(persons[:4]), threading.Event(), []
    senders = [threading.Thread(target=send, args=(suite, persons, erased, number, is_over, statuses)) for number in range(SENDERS)]
    for thread in senders:
        thread.start()
    deleted = []
    for person in sorted(erased):
        time.sleep(SECONDS / 5)
        deleted.append(suite.request("DELETE", f"/api/persons/{person}").status)
    time.sleep(SECONDS / 5)
    is_over.set()
    for thread in senders:
        thread.join()
    yield Check("erasures under load", ", ".join(map(str, deleted)), "204", set(deleted) == {204})
    wrong = [status for status in statuses if status not in (200, 207)]
    yield Check(f"batches meanwhile, {len(statuses)}: neither 200 nor 207", str(len(wrong)), "0", not wrong)
    behind = """SELECT count(*) FROM location_log_partition p LEFT JOIN location_offset o USING (partition)
                WHERE p.next_offset > coalesce(o.next_offset, 0)"""
    deadline = time.monotonic() + 30
    while suite.query(behind) != [["0"]] and time.monotonic() < deadline:
        time.sleep(0.2)
    found = tables_with_traces(suite)
    yield Check("tables with a place of an erased person", ", ".join(found) or "none", "none", not found)
    letters = suite.query("SELECT count(*) FROM dead_letter")[0][0]
    yield Check("dead letters", letters, "0", letters == "0")
    answers = {suite.request("GET", f"/api/persons/{person}/locations").status for person in erased}
    yield Check("their locations", ", ".join(map(str, answers)), "404", answers == {404})
    late = {suite.request("POST", "/api/locations", {"person_id": person, "latitude": CANARY, "longitude": 2}).status for person in erased}
    yield Check("their later locations", ", ".join(map(str, late)), "422", late == {422})
