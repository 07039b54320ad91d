"""A simple rule: two locations of two persons that are close in space and time start a meeting.

The suite used this rule before it had stays: a meeting starts within the radius, continues up to one and a half radii,
at most a minute lies between the two locations and at most five minutes between two such pairs.

usage: samples_peer.py DATA RADIUS OUT"""
import sys

import numpy as np
from scipy.spatial import cKDTree

from records import metres, read_fixes, record_array, seconds

WITHIN, GAP, LEAVING, SLICE = 60.0, 300.0, 1.5, 600.0


def co_locations(fixes, radius):
    """(persons, start, end, distance, certainty) of all close pairs of samples, by time slice."""
    order = np.argsort(fixes["time"], kind="stable")
    fixes = fixes[order]
    times, places, persons = seconds(fixes), metres(fixes), fixes["person"]
    accuracy = fixes["accuracy"].astype(float)
    reach = LEAVING * radius
    for begin in np.arange(times[0], times[-1] + SLICE, SLICE):
        chosen = np.nonzero((times >= begin) & (times < begin + SLICE + WITHIN))[0]
        if len(chosen) < 2:
            continue
        tree = cKDTree(np.c_[places[chosen], times[chosen] * (reach / WITHIN)])
        pairs = chosen[tree.query_pairs(reach * np.sqrt(2), output_type="ndarray")]
        one, other = pairs[:, 0], pairs[:, 1]
        distance = np.hypot(*(places[one] - places[other]).T)
        start = np.minimum(times[one], times[other])
        near = (persons[one] != persons[other]) & (distance <= reach) & (abs(times[one] - times[other]) <= WITHIN)
        near &= start < begin + SLICE
        one, other, distance, start = one[near], other[near], distance[near], start[near]
        doubt = np.hypot(accuracy[one], accuracy[other])
        near = doubt <= max(4 * radius, 20)
        certainty = np.minimum(1, radius / np.maximum(distance + doubt, 1e-9))
        low, high = np.minimum(persons[one], persons[other]), np.maximum(persons[one], persons[other])
        rows = np.c_[low, high, start, np.maximum(times[one], times[other]), distance, certainty][near]
        yield rows


def meetings(rows, radius):
    """The meetings of one pair, from its co-locations in the order of their starts."""
    start, end, distance, certainty = rows.T
    entries = np.nonzero(distance <= radius)[0]
    index = 0
    while True:
        index = np.searchsorted(entries, index)
        if index == len(entries):
            return
        first = last = entries[index]
        latest, first_end = end[first], end[first]
        while last + 1 < len(start) and start[last + 1] - latest <= GAP:
            last += 1
            latest, first_end = max(latest, end[last]), min(first_end, end[last])
        yield first_end, max(first_end, start[last]), certainty[first:last + 1].mean()
        index = last + 1


def main(data, radius, out):
    radius = float(radius)
    rows = np.concatenate(list(co_locations(read_fixes(data), radius)))
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    found = []
    for group in np.split(rows, np.nonzero(np.diff(rows[:, 0]) + np.diff(rows[:, 1]))[0] + 1):
        for start, end, certainty in meetings(group[:, 2:], radius):
            found.append((int(group[0, 0]), int(group[0, 1]), start, end, certainty))
    record_array(found).tofile(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
