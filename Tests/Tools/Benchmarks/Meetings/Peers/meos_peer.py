"""MEOS, the library of MobilityDB: when two linear sequences of points are within a distance, by tdwithin.

A trail is a set of sequences, cut where more than five minutes lie between two fixes; between fixes it is a straight line.

usage: meos_peer.py DATA RADIUS OUT"""
import sys
import warnings
from datetime import datetime, timedelta, timezone

import numpy as np

from records import metres, read_fixes, record_array, seconds, trails

warnings.filterwarnings("ignore")

LONGEST_GAP, REACHES = 300.0, (1.0, 1.5, 2.0, 3.0)
"""The maximum gap to interpolate, in seconds, and the distances to try, in radii. The best distance counts."""
EPOCH = datetime(2025, 1, 1, tzinfo=timezone.utc)


def sequences(trail):
    """The trail in MEOS's format, and its times."""
    from pymeos import TGeomPointInst, TGeomPointSeq, TGeomPointSeqSet
    from shapely import Point

    times, first = np.unique(seconds(trail), return_index=True)
    places = metres(trail)[first]
    parts = []
    for run in np.split(np.arange(len(times)), np.nonzero(np.diff(times) > LONGEST_GAP)[0] + 1):
        instants = [TGeomPointInst(point=Point(*places[index]), timestamp=EPOCH + timedelta(seconds=float(times[index])))
                    for index in run]
        parts.append(TGeomPointSeq(instant_list=instants, lower_inc=True, upper_inc=True))
    return TGeomPointSeqSet(sequence_list=parts)


def together(one, other, distance):
    """The spans of seconds in which the two are within the distance."""
    from pymeos import TBool
    from pymeos.factory import _TemporalFactory
    from pymeos_cffi import tdwithin_tgeo_tgeo

    found = tdwithin_tgeo_tgeo(one._inner, other._inner, distance, False, False)
    if found is None:
        return
    when = _TemporalFactory.create_temporal(found)
    assert isinstance(when, TBool)
    true = when.when_true()
    for span in true.spans() if true is not None else ():
        yield (span.lower() - EPOCH).total_seconds(), (span.upper() - EPOCH).total_seconds()


def main(data, radius, out):
    from pymeos import pymeos_finalize, pymeos_initialize

    pymeos_initialize()
    radius, found = float(radius), []
    people = {}
    for trail in trails(read_fixes(data)):
        people.setdefault(int(trail["person"][0]), trail)
    tracks = {person: sequences(trail) for person, trail in people.items()}
    numbers = sorted(tracks)
    for place, one in enumerate(numbers):
        for other in numbers[place + 1:]:
            known = []
            for reach in REACHES:
                # Spans within a smaller distance score higher; a larger distance contributes only the rest.
                spans = list(together(tracks[one], tracks[other], reach * radius))
                for start, end in spans:
                    for low, high in without(start, end, known):
                        found.append((one, other, low, high, -reach))
                known = spans
    record_array(found).tofile(out)
    pymeos_finalize()


def without(start, end, known):
    """The parts of a span outside the known spans."""
    for low, high in known:
        if low >= end:
            break
        if high <= start:
            continue
        if low > start:
            yield start, low
        start = max(start, high)
    if start < end:
        yield start, end


if __name__ == "__main__":
    main(*sys.argv[1:])
