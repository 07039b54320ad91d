"""The true meetings, from the true place of each person in each second."""
import numpy as np

from records import START, record_array

GAP, LEAST = 60, 60
"""The maximum interruption and the minimum duration of a meeting, in seconds."""


def intervals(near):
    """Starts and ends (exclusive) of the runs of an array of booleans, bridged and long enough."""
    edges = np.diff(np.r_[False, near, False].astype(np.int8))
    starts, ends = np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0]
    if len(starts) > 1:
        keep = starts[1:] - ends[:-1] > GAP
        starts, ends = starts[np.r_[True, keep]], ends[np.r_[keep, True]]
    long = ends - starts >= LEAST
    return starts[long], ends[long]


def meetings(positions, persons, radius, first_second=0):
    """positions: seconds × persons × 2, NaN for absent persons. Returns records."""
    rows = []
    for one in range(len(persons)):
        offsets = positions[:, one + 1:] - positions[:, one:one + 1]
        near = np.einsum("tpk,tpk->tp", offsets, offsets) <= radius * radius
        for other in np.nonzero(near.sum(axis=0) >= LEAST / 2)[0]:
            for start, end in zip(*intervals(near[:, other])):
                rows.append((persons[one], persons[one + 1 + other], first_second + start, first_second + end, 1.0))
    return record_array(rows)
