"""Stay points of trackintel 1.4.2, joined by overlap and distance.

usage: trackintel_peer.py DATA RADIUS OUT"""
import sys
import warnings

warnings.filterwarnings("ignore")

import geopandas  # noqa: E402
import numpy as np  # noqa: E402
import pandas  # noqa: E402
import trackintel  # noqa: E402

from records import START, read_fixes  # noqa: E402
from stops import degrees, joined, plan  # noqa: E402

WIDTH, LEAST, LONGEST_GAP = 2.5, 1.0, 20.0
"""The maximum width of a stay point, in radii (the best of 2.5, 5 and 7.5 in the ward); its minimum duration and the maximum gap
between two fixes, in minutes."""


def stays(fixes, diameter):
    longitude, latitude = degrees(fixes)
    frame = geopandas.GeoDataFrame(
        {"user_id": fixes["person"].astype(int),
         "tracked_at": pandas.to_datetime(fixes["time"], unit="us", utc=True)},
        geometry=geopandas.points_from_xy(longitude, latitude), crs="EPSG:4326")
    _, found = trackintel.Positionfixes(frame).generate_staypoints(
        method="sliding", distance_metric="haversine", dist_threshold=diameter, time_threshold=LEAST,
        gap_threshold=LONGEST_GAP, include_last=True)
    start, end = [(column.astype("int64") * scale(column) - START) / 1e6
                  for column in (found["started_at"], found["finished_at"])]
    x, y = plan(found.geometry.x.to_numpy(), found.geometry.y.to_numpy())
    return np.c_[found["user_id"].to_numpy(), start, end, x, y]


def scale(column):
    """Microseconds of the column's unit."""
    return {"ns": 1e-3, "us": 1, "ms": 1e3, "s": 1e6}[column.dt.unit]


def main(data, radius, out):
    radius = float(radius)
    joined(stays(read_fixes(data), WIDTH * radius), radius).tofile(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
