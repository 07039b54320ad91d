"""Packed R-trees of Boost.Geometry in C++, compiled the first time; left out where Boost cannot be had."""
import ctypes
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).resolve().parent / "rtree.cpp"
FOLDER = Path(".build/bench/rtree")
HEADER = Path("boost/geometry.hpp")


class Unavailable(Exception):
    """Why there is no such peer on this machine."""


def headers():
    """The folder of Boost's headers: the system's, or those of Debian's package, unpacked beside the build."""
    if (Path("/usr/include") / HEADER).exists():
        return Path("/usr/include")
    unpacked = FOLDER / "usr" / "include"
    if not (unpacked / HEADER).exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        fetch = "package=$(apt-cache depends libboost-dev | sed -n 's/^ *Depends: \\(libboost[0-9.]*-dev\\)$/\\1/p') \
            && apt-get --quiet --quiet -o APT::Sandbox::User=root download \"$package\" \
            && dpkg-deb --extract ./*.deb . && rm ./*.deb"
        result = subprocess.run(["sh", "-c", fetch], cwd=FOLDER, capture_output=True, text=True, check=False)
        if not (unpacked / HEADER).exists():
            raise Unavailable(f"Debian's libboost-dev cannot be fetched: {result.stderr.strip()}")
    return unpacked


def library():
    """Compiles for this machine, like a user's own build would."""
    name = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    built = FOLDER / f"{name}.so"
    if not built.exists():
        print("bench: compiling the R-tree", file=sys.stderr)
        command = ["g++", "-std=c++17", "-O3", "-march=native", "-DNDEBUG", "-shared", "-fPIC", "-w",
                   "-isystem", str(headers()), str(SOURCE), "-o", str(built)]
        try:
            FOLDER.mkdir(parents=True, exist_ok=True)
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Unavailable(f"g++ failed: {getattr(error, 'stderr', error)}") from error
    library = ctypes.CDLL(str(built.resolve()))
    integer, tree = ctypes.c_int32, ctypes.c_void_p
    library.rtree_make.restype = tree
    library.rtree_make.argtypes = [ctypes.c_uint32] + [np.ctypeslib.ndpointer(np.int32)] * 4
    library.rtree_pack_by_time.argtypes = library.rtree_pack_by_place.argtypes = [tree]
    library.rtree_contacts.restype = ctypes.c_uint32
    library.rtree_contacts.argtypes = [tree, integer, integer, integer, integer, ctypes.c_double, integer]
    library.rtree_free.argtypes = [tree]
    return library


class RTreePeer:
    """A tree by place and time, and one by place for questions about all days at any time."""

    name = "R-tree"

    def __init__(self, data, start, radius, within):
        self.functions = library()
        self.start = start
        self.tree = self.functions.rtree_make(len(data.person), data.person, data.latitude, data.longitude,
                                            (data.time - start).astype(np.int32))
        self.functions.rtree_pack_by_time(self.tree)

    def __del__(self):
        if getattr(self, "tree", None):
            self.functions.rtree_free(self.tree)

    def prepare(self, windows):
        self.functions.rtree_pack_by_place(self.tree)

    def contacts(self, person, start, end, within, radius):
        uses_time = within is not None or end - start <= 86_400_000
        return self.functions.rtree_contacts(self.tree, person, start - self.start, end - self.start,
                                           -1 if within is None else within, radius, uses_time)
