"""Assigns locations to events by the opening hours and the venue, with the consumer's margins."""
import os
import re

import numpy
import shapely

from storage import Failure

UNITS = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}  # microseconds

EVENTS = """
    SELECT id, ARRAY(SELECT (extract(epoch FROM t) * 1000000)::bigint FROM unnest(opens) AS t),
        ARRAY(SELECT (extract(epoch FROM t) * 1000000)::bigint FROM unnest(closes) AS t),
        ST_AsBinary(ST_Buffer(venue::geography, %s)::geometry)
    FROM event ORDER BY id
"""


def margins(environment=os.environ):
    """OUTSIDE_MARGIN in metres, and OUTSIDE_TIME_MARGIN in microseconds; with the bounds of the consumer."""
    metres = environment.get("OUTSIDE_MARGIN", "100")
    if not re.fullmatch(r"\d{1,6}", metres) or int(metres) > 100_000:
        raise Failure("OUTSIDE_MARGIN: expected a number of metres from 0 to 100000.")
    time = re.fullmatch(r"(\d{1,9})(ms|s|m|h|d)", environment.get("OUTSIDE_TIME_MARGIN", "1h"))
    if not time or int(time[1]) * UNITS[time[2]] > 30 * UNITS["d"]:
        raise Failure("OUTSIDE_TIME_MARGIN: expected a duration with its unit, such as 1h, up to 30d.")
    return int(metres), int(time[1]) * UNITS[time[2]]


class Events:
    """All events. A location belongs to the first one that has hours or a venue and covers it, else to the first one that is
    everywhere and at any time, else to event 0."""

    def __init__(self, session):
        metres, self.margin = margins()
        self.limited, self.otherwise = [], 0
        for number, opens, closes, venue in session.rows(EVENTS, metres):
            if opens or venue:
                area = None if venue is None else shapely.from_wkb(bytes(venue))
                if area is not None:
                    shapely.prepare(area)
                self.limited.append((number, list(zip(opens, closes)), area))
            elif self.otherwise == 0:
                self.otherwise = number

    def numbers(self, time, longitude, latitude):
        """The event of each location; about a tenth of a microsecond for each event."""
        numbers = numpy.full(len(time), self.otherwise, numpy.int32)
        is_free = numpy.ones(len(time), bool)
        for number, hours, area in self.limited:
            covered = is_free.copy()
            if hours:
                is_open = numpy.zeros(len(time), bool)
                for opens, closes in hours:
                    is_open |= (time >= opens - self.margin) & (time < closes + self.margin)
                covered &= is_open
            if area is not None and covered.any():
                west, south, east, north = area.bounds
                covered &= (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
                near = numpy.flatnonzero(covered)
                covered[near] = shapely.contains_xy(area, longitude[near], latitude[near])
            numbers[covered] = number
            is_free &= ~covered
        return numbers
