"""The segmentation baseline: a 10 s grid, optimal piecewise-constant trails, distance of the stays' means.

usage: segmentation_peer.py DATA RADIUS OUT PENALTY      the cost of a segment in square metres"""
import sys

import numpy as np

from records import metres, read_fixes, seconds, trails
from stops import joined

GRID, LONGEST_GAP, CANDIDATES = 10, 300, 400
"""The step of the grid and the maximum gap to interpolate, in seconds; the maximum length of a stay in grid points."""


def stays(trail, penalty):
    """(first grid index, end index, mean) of the optimal piecewise-constant segmentation."""
    times, places = seconds(trail), metres(trail)
    grid = np.arange(np.ceil(times[0] / GRID), np.floor(times[-1] / GRID) + 1).astype(int)
    points = np.c_[np.interp(grid * GRID, times, places[:, 0]), np.interp(grid * GRID, times, places[:, 1])]
    after = np.searchsorted(times, grid * GRID, "left").clip(1, len(times) - 1)
    known = times[after] - times[after - 1] <= LONGEST_GAP
    rows = []
    for run in np.split(np.arange(len(grid)), np.nonzero(np.diff(known.astype(int)))[0] + 1):
        if len(run) and known[run[0]]:
            rows += [(grid[run[0]] + begin, grid[run[0]] + end, mean) for begin, end, mean in optimal(points[run], penalty)]
    return rows


def optimal(points, penalty):
    count = len(points)
    sums = np.r_[np.zeros((1, 2)), np.cumsum(points, axis=0)]
    squares = np.r_[0, np.cumsum(np.einsum("pk,pk->p", points, points))]
    cost, previous = np.zeros(count + 1), np.zeros(count + 1, int)
    for end in range(1, count + 1):
        begin = np.arange(max(0, end - CANDIDATES), end)
        total = sums[end] - sums[begin]
        within = squares[end] - squares[begin] - np.einsum("pk,pk->p", total, total) / (end - begin)
        candidates = cost[begin] + within + penalty
        best = candidates.argmin()
        cost[end], previous[end] = candidates[best], begin[best]
    end = count
    while end > 0:
        begin = previous[end]
        yield begin, end, points[begin:end].mean(axis=0)
        end = begin


def main(data, radius, out, penalty):
    rows = []
    for trail in trails(read_fixes(data)):
        if len(trail) > 1:
            rows += [(trail["person"][0], begin * GRID, end * GRID, *mean) for begin, end, mean in stays(trail, float(penalty))]
    joined(rows, float(radius)).tofile(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
