"""Clients for the cases: a crowd that holds connections, and a bystander with ordinary requests."""

import http.client
import selectors
import socket
import threading
import time


class Crowd:
    """Connections that send the same bytes and then nothing; a context manager that closes the remaining ones."""

    def __init__(self, port, count, head, host="127.0.0.1"):
        self.selector = selectors.DefaultSelector()
        self.received = {}
        self.opened = 0
        for _ in range(count):
            try:
                client = socket.create_connection((host, port), timeout=5)
                client.sendall(head)
            except OSError:
                break
            client.setblocking(False)
            self.selector.register(client, selectors.EVENT_READ)
            self.received[client] = b""
            self.opened += 1
        self.since = time.monotonic()
        self.open = self.opened

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()

    def read(self, seconds):
        """Reads the data that arrive within this time. Closes a connection that the server has ended."""
        deadline = time.monotonic() + seconds
        while self.open and (left := deadline - time.monotonic()) > 0:
            for key, _ in self.selector.select(left):
                client = key.fileobj
                try:
                    data = client.recv(65536)
                except OSError:
                    data = b""
                if data:
                    self.received[client] = (self.received[client] + data)[:4096]
                else:
                    self.selector.unregister(client)
                    client.close()
                    self.open -= 1

    def seconds_until_gone(self, limit):
        """Seconds from the opening of the last connection until the server has closed all; at most `limit`."""
        while self.open and (left := self.since + limit - time.monotonic()) > 0:
            self.read(min(left, 0.2))
        return time.monotonic() - self.since

    def statuses(self):
        """The number of answers by status; None counts connections without an answer."""
        counts = {}
        for data in self.received.values():
            status = int(data[9:12]) if data.startswith(b"HTTP/1.") else None
            counts[status] = counts.get(status, 0) + 1
        return counts


class Background:
    """Runs `work` in a separate thread; the end of the block sets `is_over`."""

    def __init__(self):
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


class Bystander(Background):
    """Sends ordinary requests one after another on new connections while the block runs."""

    def __init__(self, suite, *paths, timeout=5, pause=0.1):
        super().__init__()
        self.suite, self.paths, self.timeout, self.pause = suite, paths, timeout, pause
        self.seconds, self.failures = [], []

    def work(self):
        while True:
            for path in self.paths:
                try:
                    answer = self.suite.request("GET", path, timeout=self.timeout)
                    self.seconds.append(answer.seconds)
                    if answer.status != 200:
                        self.failures.append(f"{path}: {answer.status}")
                except (OSError, http.client.HTTPException) as error:
                    self.failures.append(f"{path}: {error!r}")
            # At least one round, however short the block.
            if self.is_over.wait(self.pause):
                return

    @property
    def slowest(self):
        return max(self.seconds, default=float("inf"))
