"""A TCP link between two regions, which can be cut."""
import asyncio
import contextlib
import threading


class Link:
    """Forwards connections to a port of this machine, on threads of its own.

    A cut either resets all connections and refuses new ones, or holds all bytes back as a broken route does."""

    def __init__(self, target):
        self.target, self.writers = target, set()
        self.loop = asyncio.new_event_loop()
        self.is_open, self.flows = True, None
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.port = self.call(self.listen())

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def listen(self):
        self.flows = asyncio.Event()
        self.flows.set()
        server = await asyncio.start_server(self.connect, "127.0.0.1", 0)
        return server.sockets[0].getsockname()[1]

    async def connect(self, reader, writer):
        self.writers.add(writer)
        with contextlib.suppress(OSError):
            if self.is_open:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
                self.writers.add(far_writer)
                await asyncio.gather(self.forward(reader, far_writer), self.forward(far_reader, writer))
        writer.close()

    async def forward(self, reader, writer):
        with contextlib.suppress(OSError):
            while piece := await reader.read(65_536):
                await self.flows.wait()
                writer.write(piece)
                await writer.drain()
        writer.close()
        self.writers.discard(writer)

    def cut(self, holds_back=False):
        async def change():
            if holds_back:
                self.flows.clear()
                return
            self.is_open = False
            for writer in self.writers:
                writer.transport.abort()
            self.writers.clear()

        self.call(change())

    def mend(self):
        async def change():
            self.is_open = True
            self.flows.set()

        self.call(change())
