"""Shared by the peers that find stops: joins stops of two persons that overlap in time and are near each other."""
import numpy as np

from records import EAST, NORTH, LATITUDE, LONGITUDE, record_array

REACH = 3.0
"""The maximum distance of reported stops, in radii; the scoring chooses the threshold."""


def degrees(fixes):
    """(longitude, latitude) in degrees."""
    return fixes["longitude"] / 1e7, fixes["latitude"] / 1e7


def plan(longitude, latitude):
    """Metres on the plan."""
    return (longitude * 1e7 - LONGITUDE) / EAST, (latitude * 1e7 - LATITUDE) / NORTH


def joined(stops, radius):
    """Records of the stops (person, start, end, x, y) that overlap; the score is minus the distance in radii."""
    table = np.array(sorted(stops, key=lambda row: row[1]), dtype=float).reshape(-1, 5)
    found = []
    longest = (table[:, 2] - table[:, 1]).max() if len(table) else 0
    for index, (person, start, end, x, y) in enumerate(table):
        low = np.searchsorted(table[:, 1], start - longest)
        near = table[low:index]
        near = near[(near[:, 2] > start) & (near[:, 0] != person)]
        distance = np.hypot(near[:, 3] - x, near[:, 4] - y)
        close = distance <= REACH * radius
        for other, apart in zip(near[close], distance[close]):
            found.append((int(person), int(other[0]), start, min(end, other[2]), -apart / radius))
    return record_array(found)
