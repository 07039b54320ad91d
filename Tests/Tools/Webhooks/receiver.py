"""Endpoints of webhooks in one process, some of which fail or are slow. They verify each message with PyPI's standardwebhooks."""

import asyncio
import json
import random
import threading

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

# What an endpoint does, by its number modulo 40; all others accept at once.
MOODS = {0: "failing", 10: "slow", 20: "silent", 30: "flaky"}
SLOW = 2.0


class Endpoint:
    """What an endpoint has seen. `accepted` counts the messages that it answered with 204, by their subject."""

    def __init__(self, person):
        self.person, self.mood, self.verifier, self.accepted = person, MOODS.get(person % 40, "fast"), None, {}


class Receiver(threading.Thread):
    """Listens on 127.0.0.1 at `port`, with an endpoint for each person at /hook/PERSON."""

    def __init__(self, count, seed):
        super().__init__(daemon=True)
        self.endpoints = {person: Endpoint(person) for person in range(1, count + 1)}
        self.forged = self.misrouted = self.requests = 0
        self.random = random.Random(seed)
        self.ready = threading.Event()
        self.port = None

    def run(self):
        asyncio.run(self.serve())

    async def serve(self):
        server = await asyncio.start_server(self.connection, "127.0.0.1", 0, backlog=4096)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await server.serve_forever()

    async def connection(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status = await self.take(self.endpoints[int(head[0].split()[1].rpartition("/")[2])], headers, body)
                if status is None:
                    return
                more = "Retry-After: 1\r\n" if status == 503 else ""
                writer.write(f"HTTP/1.1 {status} X\r\n{more}Content-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def take(self, endpoint, headers, body):
        """Returns the status of the answer; None if there is none."""
        self.requests += 1
        try:
            endpoint.verifier.verify(body, headers)
        except WebhookVerificationError:
            self.forged += 1
            return 400
        data = json.loads(body)["data"]
        if data["person_id"] != endpoint.person:
            self.misrouted += 1
        if endpoint.mood == "slow":
            await asyncio.sleep(SLOW)
        elif endpoint.mood == "failing":
            return 500
        elif endpoint.mood == "silent":
            return None
        elif endpoint.mood == "flaky" and self.random.random() < 0.5:
            return 503
        endpoint.accepted[data["id"]] = endpoint.accepted.get(data["id"], 0) + 1
        return 204

    def trust(self, person, secret):
        self.endpoints[person].verifier = Webhook(secret)
