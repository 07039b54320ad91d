"""The peers that run in a process of their own, on one core: a request a line on standard input, an answer a line back.

{"do": "load", "folder": "…", "start": 0, "radius": 5, "within": 60000, "windows": [[0, 1]]}
    → {"bytes": {"DuckDB": 1}, "missing": {"R-tree": "why"}}: the memory that each took, and who is not to be had
{"do": "contacts", "peer": "DuckDB", "persons": [1], "start": 0, "end": 1, "within": 9, "radius": 5, "repeats": 3}
    → {"seconds": [0.1], "hits": [1]}: how many locations of others each person came close to; no bound of time
    without "within"

Times are milliseconds; the seconds are measured here, round the peer's work only."""
import ctypes
import gc
import json
import os
import sys
import time

# Before numpy is loaded; it and its like would use as many threads as there are cores.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

from dataset import Dataset  # noqa: E402
from duckdb_peer import DuckDBPeer  # noqa: E402
from kdtree_peer import KDTreePeer  # noqa: E402
from rtree_peer import RTreePeer, Unavailable  # noqa: E402


def resident_bytes():
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Session:
    def __init__(self):
        self.peers = {}

    def load(self, folder, start, radius, within, windows):
        self.peers = {}
        data = Dataset.read(folder)
        # Every peer uses them, so they count as no peer's memory.
        _ = data.metres_per_step_north, data.metres_per_step_east
        taken, missing = {}, {}
        for kind in (KDTreePeer, DuckDBPeer, RTreePeer):
            before = resident_bytes()
            try:
                peer = kind(data, start, radius, within)
            except Unavailable as reason:
                missing[kind.name] = str(reason)
                continue
            taken[kind.name] = resident_bytes() - before
            peer.prepare([tuple(window) for window in windows])
            self.peers[kind.name] = peer
        return {"bytes": taken, "missing": missing}

    def contacts(self, peer, persons, start, end, radius, repeats, within=None):
        questions = [(person, start, end, within, radius) for person in persons]
        return self.timed(self.peers[peer].contacts, questions, repeats)

    @staticmethod
    def timed(work, questions, repeats=1):
        """All questions one by one, and again; of each the fastest counts."""
        seconds, hits = [float("inf")] * len(questions), [0] * len(questions)
        for _ in range(repeats):
            for index, question in enumerate(questions):
                began = time.perf_counter()
                hits[index] = work(*question)
                seconds[index] = min(seconds[index], time.perf_counter() - began)
        return {"seconds": seconds, "hits": hits}


def main():
    session = Session()
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(session, request.pop("do"))(**request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
