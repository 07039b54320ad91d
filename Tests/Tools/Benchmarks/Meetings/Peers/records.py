"""The files that the meetings benchmark passes between Swift and Python, and intervals of pairs of persons.

Every data set is a folder with `fixes.bin` and `truth.bin`; every method writes records like those of the truth."""
from pathlib import Path

import numpy as np

FIX = np.dtype([("time", "<i8"), ("person", "<i4"), ("device", "<i4"), ("latitude", "<i4"), ("longitude", "<i4"),
                ("accuracy", "<u2"), ("flags", "<u2")])
"""Microseconds since 1970, degrees × 10⁷, metres (0 if the device states none)."""

RECORD = np.dtype([("first", "<i4"), ("second", "<i4"), ("start", "<i8"), ("end", "<i8"), ("score", "<f8")])
"""Two persons, the lower number first, who were together from start to end. A higher score means more certainty."""

START = 1_749_139_200_000_000
"""The start of every data set, in microseconds since 1970."""

LATITUDE, LONGITUDE = 375_457_000, -1_222_996_000
"""The south-western corner of the plan in degrees × 10⁷, and the steps in a metre there, by WGS 84's radii."""
NORTH, EAST = 90.099_913_648_626_4, 113.158_621_643_698_27


def coordinates(points):
    """Metres east and north of the corner → degrees × 10⁷, latitude first."""
    return (np.rint(LATITUDE + points[..., 1] * NORTH).astype(np.int32),
            np.rint(LONGITUDE + points[..., 0] * EAST).astype(np.int32))


def metres(fixes):
    """The coordinates of the fixes in metres east and north of the corner."""
    return np.c_[(fixes["longitude"] - np.float64(LONGITUDE)) / EAST,
                 (fixes["latitude"] - np.float64(LATITUDE)) / NORTH]


def seconds(fixes):
    """The fixes' times in seconds since START."""
    return (fixes["time"] - START) / 1e6


def read_fixes(folder):
    """The distinct fixes by person, device and time."""
    return np.unique(np.fromfile(Path(folder) / "fixes.bin", FIX)[
        ["person", "device", "time", "latitude", "longitude", "accuracy", "flags"]])


def trails(fixes):
    """The fixes of each person and device."""
    keys = fixes["person"].astype(np.int64) << 32 | fixes["device"]
    return np.split(fixes, np.nonzero(np.diff(keys))[0] + 1)


def record_array(rows):
    """Rows of (first, second, start, end, score), times in seconds since START, as an array of records."""
    array = np.zeros(len(rows), RECORD)
    for index, (one, other, start, end, score) in enumerate(rows):
        array[index] = min(one, other), max(one, other), START + round(start * 1e6), START + round(end * 1e6), score
    return array


def read_records(path):
    return np.fromfile(path, RECORD)
