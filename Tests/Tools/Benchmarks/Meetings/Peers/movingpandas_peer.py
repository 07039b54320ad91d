"""Stops of movingpandas 0.23.0, joined by overlap and distance.

usage: movingpandas_peer.py DATA RADIUS OUT"""
import sys
import warnings
from datetime import timedelta

warnings.filterwarnings("ignore")

import geopandas  # noqa: E402
import movingpandas  # noqa: E402
import pandas  # noqa: E402

from records import metres, read_fixes, seconds, trails  # noqa: E402
from stops import joined  # noqa: E402

WIDTH, LEAST = 2.5, timedelta(seconds=60)
"""The maximum width of a stop, in radii, and its minimum duration."""


def stays(fixes, diameter):
    for trail in trails(fixes):
        places = metres(trail)
        times = pandas.to_datetime(seconds(trail), unit="s")
        frame = geopandas.GeoDataFrame({"person": trail["person"].astype(int)}, index=times,
                                       geometry=geopandas.points_from_xy(places[:, 0], places[:, 1]), crs="EPSG:32610")
        frame = frame[~frame.index.duplicated()]
        if len(frame) < 2:
            continue
        trajectory = movingpandas.Trajectory(frame, int(trail["person"][0]))
        stops = movingpandas.TrajectoryStopDetector(trajectory).get_stop_points(max_diameter=diameter, min_duration=LEAST)
        for _, stop in stops.iterrows():
            start, end = stop["start_time"].timestamp(), stop["end_time"].timestamp()
            yield int(trail["person"][0]), start, end, stop.geometry.x, stop.geometry.y


def main(data, radius, out):
    radius = float(radius)
    joined(list(stays(read_fixes(data), WIDTH * radius)), radius).tofile(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
