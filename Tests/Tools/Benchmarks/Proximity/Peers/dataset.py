"""Locations as columns: in files, in metres, and with others round them."""
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

COLUMNS = {"person": "i32", "latitude": "i32", "longitude": "i32", "time": "i64"}
EQUATORIAL_RADIUS, FLATTENING = 6378137.0, 1 / 298.257223563
ECCENTRICITY2 = FLATTENING * (2 - FLATTENING)
RADIANS_PER_STEP = np.pi / 180 / 1e7


@dataclass
class Dataset:
    """Columns in the order of time: degrees × 10⁷, and milliseconds since 1970."""

    person: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    time: np.ndarray

    @classmethod
    def read(cls, folder):
        types = {"i32": np.int32, "i64": np.int64}
        return cls(**{name: np.fromfile(Path(folder) / f"{name}.{kind}", types[kind])
                      for name, kind in COLUMNS.items()})

    def write(self, folder, description):
        """The description comes last and says that the files are whole."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, kind in COLUMNS.items():
            getattr(self, name).tofile(folder / f"{name}.{kind}")
        (folder / "data.json").write_text(json.dumps(description))

    @cached_property
    def metres_per_step_north(self):
        """Of each location, by the meridian's radius of curvature there."""
        sine2 = np.sin(self.latitude * RADIANS_PER_STEP) ** 2
        return EQUATORIAL_RADIUS * (1 - ECCENTRICITY2) / (1 - ECCENTRICITY2 * sine2) ** 1.5 * RADIANS_PER_STEP

    @cached_property
    def metres_per_step_east(self):
        """Of each location, by the radius of its parallel."""
        angle = self.latitude * RADIANS_PER_STEP
        return EQUATORIAL_RADIUS / np.sqrt(1 - ECCENTRICITY2 * np.sin(angle) ** 2) * np.cos(angle) * RADIANS_PER_STEP


class Surroundings:
    """Puts more people into a city, but none near certain persons.

    They are copies of the ones that there are, each copy moved as a whole, with persons of its own; what lies within
    CLEARANCE of where one of the persons has been, at any time, is left out."""

    CLEARANCE = 60.0  # metres; more than twice the width of an index's cell

    def __init__(self, data, persons, seed):
        self.data = data
        self.rng = np.random.default_rng([seed, 60])
        self.north = float(data.metres_per_step_north.mean())
        self.east = float(data.metres_per_step_east.mean())
        self.origin = int(data.latitude.min()) - 1_000_000, int(data.longitude.min()) - 2_000_000
        own = np.isin(data.person, persons)
        row, column = self.tile(data.latitude[own], data.longitude[own])
        taken = [self.key(row + north, column + east) for north in (-1, 0, 1) for east in (-1, 0, 1)]
        self.taken = np.unique(np.concatenate(taken))

    def tile(self, latitude, longitude):
        return (((latitude - self.origin[0]) * (self.north / self.CLEARANCE)).astype(np.int64),
                ((longitude - self.origin[1]) * (self.east / self.CLEARANCE)).astype(np.int64))

    @staticmethod
    def key(row, column):
        return row << 32 | column

    def grown(self, factor):
        data = self.data
        missing = len(data.person) * (factor - 1)
        persons = int(data.person.max())
        parts = [data]
        while missing > 0:
            radius, angle = 200 + 6000 * self.rng.random(), 2 * np.pi * self.rng.random()
            latitude = data.latitude + np.int32(radius * np.sin(angle) / self.north)
            longitude = data.longitude + np.int32(radius * np.cos(angle) / self.east)
            free = np.nonzero(~np.isin(self.key(*self.tile(latitude, longitude)), self.taken))[0]
            if len(free) > missing:
                free = np.sort(self.rng.permutation(free)[:missing])
            missing -= len(free)
            parts.append(Dataset(person=data.person[free] + np.int32(persons * len(parts)), latitude=latitude[free],
                                 longitude=longitude[free], time=data.time[free]))
        joined = Dataset(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS})
        order = np.argsort(joined.time, kind="stable")
        return Dataset(**{name: getattr(joined, name)[order] for name in COLUMNS})
