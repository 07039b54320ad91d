"""Recomputes all meetings of a warehouse with Spark: the locations of each event go through `presence`."""
import json
import os
import subprocess
import sys
import tempfile

import numpy
import pyarrow
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

from storage import Failure, Warehouse

# The input of presence; see Services/MeetingFinder/README.md.
RECORD = numpy.dtype([("time", "<i8"), ("person_id", "<i4"), ("latitude", "<i4"), ("longitude", "<i4"), ("accuracy", "<u2"),
                      ("device", "u1"), ("marks", "u1")])
MEETINGS = """event int, first int, second int, start timestamp, end timestamp, together double, probability double,
    distance double, distance_deviation double, fixes long, significance double, longitude double, latitude double"""
MEETINGS_AT_ONCE = 10_000


def records(batch):
    """The records of some locations."""
    array = numpy.empty(batch.num_rows, RECORD)
    for name in ("time", "person_id", "accuracy", "device"):
        array[name] = batch[name].cast(pyarrow.int64()).to_numpy()
    for name in ("latitude", "longitude"):
        array[name] = numpy.rint(batch[name].to_numpy() * 1e7)
    mock, heartbeat = (batch[name].cast(pyarrow.uint8()).to_numpy() for name in ("is_mock", "is_heartbeat"))
    array["marks"] = mock + 2 * heartbeat
    return array


class Presence:
    """A process that finds the meetings of one event. It writes nothing before the end of its input."""

    def __init__(self, command, event):
        self.event = event
        self.complaints = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints)

    def write(self, array):
        try:
            self.process.stdin.write(array)
        except BrokenPipeError:
            self.end()

    def meetings(self, schema):
        """Ends the input; returns batches of meetings."""
        self.process.stdin.close()
        lines = []
        for line in self.process.stdout:
            lines.append(json.loads(line) | {"event": self.event})
            if len(lines) == MEETINGS_AT_ONCE:
                yield pyarrow.RecordBatch.from_pylist(lines, schema)
                lines = []
        self.end()
        yield pyarrow.RecordBatch.from_pylist(lines, schema)

    def end(self):
        if self.process.wait() != 0:
            self.complaints.seek(0)
            raise Failure(self.complaints.read(1_000).decode(errors="replace").strip())


def finder(command, schema):
    """The function of mapInArrow: its locations are ordered by event, person, device and time."""
    def find(batches):
        presence = None
        for batch in batches:
            array, events = records(batch), batch["event"].to_numpy()
            borders = [0, *(numpy.flatnonzero(numpy.diff(events)) + 1), len(events)]
            for start, end in zip(borders, borders[1:]):
                if start == end:
                    continue
                if presence is None or presence.event != events[start]:
                    if presence:
                        yield from presence.meetings(schema)
                    presence = Presence(command, int(events[start]))
                presence.write(array[start:end])
        if presence:
            yield from presence.meetings(schema)
    return find


def recompute(spark, target, output, arguments):
    """Writes the meetings of all locations as Parquet, by event. Spark sorts on disk; presence holds the segments of an event.

    An event is not divided: what two persons did on one day counts as evidence for another day."""
    warehouse = Warehouse(target)
    files = warehouse.manifest().files
    if not files:
        raise Failure("TARGET: the warehouse is empty.")
    locations = spark.read.option("basePath", warehouse.address("locations")).parquet(
        *[warehouse.address(file.path) for file in files])
    schema = to_arrow_schema(spark.createDataFrame([], MEETINGS).schema)
    command = [os.environ.get("PRESENCE", "presence"), *arguments]
    found = (locations.drop("id", "day").repartitionByRange(len({file.event for file in files}), "event")
             .sortWithinPartitions("event", "person_id", "device", "time").mapInArrow(finder(command, schema), MEETINGS))
    found.write.mode("overwrite").partitionBy("event").parquet(output)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: scripts/warehouse meetings TARGET OUTPUT [ARGUMENT...]")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = (SparkSession.builder.appName("meetings").config("spark.sql.session.timeZone", "UTC")
             .config("spark.sql.execution.arrow.maxRecordsPerBatch", 1 << 16).config("spark.sql.adaptive.enabled", False)
             .config("spark.ui.enabled", False).getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    spark.sparkContext.addPyFile(os.path.join(os.path.dirname(__file__), "storage.py"))
    try:
        recompute(spark, sys.argv[1], sys.argv[2], sys.argv[3:])
    except Failure as failure:
        sys.exit(f"warehouse: {failure}")
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
