"""Another client cannot block a client's Idempotency-Key, replay its answer, or evict it."""

import http.client
import socket
import threading

from suite import Check

TITLE = "other clients' idempotency keys"
KEY = "order-1"
FLOOD = 9000


def location(person, latitude):
    return {"person_id": person, "latitude": latitude, "longitude": 10}


def run(suite):
    person = suite.request("POST", "/api/persons", {"first_name": "A", "last_name": "B", "company_name": "C"}).json()["id"]
    producer = suite.ports["location-producer"]

    def post(client, body, key=KEY):
        # Sent to the service like a request from the entrance, with the client's address.
        return suite.request("POST", "/api/locations", body, {"Idempotency-Key": key, "X-Forwarded-For": client}, port=producer)

    owner, stranger = "192.0.2.1", "192.0.2.2"
    first = post(owner, location(person, 10))
    yield Check("the owner's request", str(first.status), "200", first.status == 200)
    other = post(stranger, location(person, 11))
    yield Check("a stranger's with the same key", str(other.status), "200", other.status == 200)
    same = post(stranger, location(person, 10))
    yield Check("a stranger asks for the owner's answer", str(same.status), "422", same.status == 422)

    # The stranger starts a request with the key and does not complete it.
    with socket.create_connection(("127.0.0.1", producer)) as squatter:
        squatter.sendall(
            f"POST /api/locations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: next\r\n"
            f"X-Forwarded-For: {stranger}\r\nContent-Length: 60000\r\n\r\n{{".encode())
        held = post(owner, location(person, 12), "next")
        yield Check("the owner's, while a stranger holds the key", str(held.status), "200", held.status == 200)

    def flood(part):
        connection = http.client.HTTPConnection("127.0.0.1", producer)
        for number in range(part, FLOOD, 4):
            connection.request("POST", "/api/locations", f'{{"person_id":{person},"latitude":1,"longitude":1}}', {
                "Content-Type": "application/json", "Idempotency-Key": f"flood-{number}", "X-Forwarded-For": stranger})
            connection.getresponse().read()

    threads = [threading.Thread(target=flood, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = post(owner, location(person, 10))
    is_kept = again.body == first.body
    yield Check(f"the owner's answer after {FLOOD:,} requests of a stranger", "kept" if is_kept else "forgotten", "kept", is_kept)
