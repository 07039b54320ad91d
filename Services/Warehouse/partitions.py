"""Writes rows into one Parquet file per event and day, in bounded memory."""
import datetime

import pyarrow
import pyarrow.compute
from pyarrow import parquet

from storage import SCHEMA, DataFile

ROWS_PER_GROUP = 1 << 18  # a row group takes about 10 MB in memory
ROWS_IN_MEMORY = 1 << 22  # of all files together
OPEN_FILES = 64
DAY = 86_400_000_000  # microseconds


class PartitionedWriter:
    """Appends batches to the files of their event and day. Each file belongs to one export."""

    def __init__(self, warehouse, export):
        self.warehouse = warehouse
        self.export = export
        self.open = {}  # (event, day) to its file, the least recently used first
        self.buffered = 0
        self.count = 0
        self.finished = []

    def append(self, event, day, batch):
        """Appends rows of one event and one day, counted from 1970."""
        file = self.open.pop((event, day), None)
        if file is None:
            if len(self.open) == OPEN_FILES:
                self.close(next(iter(self.open)))
            name = f"locations/event={event}/day={date(day)}/{self.export:08}-{self.count:06}.parquet"
            self.count += 1
            file = OpenFile(self.warehouse, name, event, date(day))
        self.open[event, day] = file
        self.buffered += batch.num_rows
        self.buffered -= file.append(batch)
        while self.buffered > ROWS_IN_MEMORY:
            self.buffered -= max(self.open.values(), key=lambda file: file.buffered).flush()

    def close(self, key):
        file = self.open.pop(key)
        self.buffered -= file.flush()
        self.finished.append(file.close())

    def finish(self):
        """Closes all files and returns them."""
        for key in list(self.open):
            self.close(key)
        return self.finished


class OpenFile:
    def __init__(self, warehouse, name, event, day):
        self.name, self.event, self.day = name, event, day
        path = warehouse.path(name)
        if warehouse.is_local:
            warehouse.files.create_dir(path.rpartition("/")[0])
        self.stream = warehouse.files.open_output_stream(path)
        self.writer = parquet.ParquetWriter(
            self.stream, SCHEMA, compression="zstd", compression_level=1, use_dictionary=["person_id", "device", "accuracy"],
            # Spark reads no other encoding of numbers than this one and the plain one.
            column_encoding={"id": "DELTA_BINARY_PACKED", "time": "DELTA_BINARY_PACKED"})
        self.batches, self.buffered, self.rows = [], 0, 0
        self.first, self.last = None, None

    def append(self, batch):
        """Appends rows; returns how many were written."""
        self.batches.append(batch)
        self.buffered += batch.num_rows
        return self.flush() if self.buffered >= ROWS_PER_GROUP else 0

    def flush(self):
        table = pyarrow.Table.from_batches(self.batches, SCHEMA)
        if table.num_rows > 0:
            bounds = pyarrow.compute.min_max(table["time"].cast(pyarrow.int64())).as_py()
            self.first = bounds["min"] if self.first is None else min(self.first, bounds["min"])
            self.last = bounds["max"] if self.last is None else max(self.last, bounds["max"])
            self.writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        self.rows += table.num_rows
        self.batches, self.buffered = [], 0
        return table.num_rows

    def close(self):
        self.writer.close()
        self.stream.close()
        return DataFile(self.name, self.event, self.day, self.rows, self.first, self.last)


def date(day):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=int(day))).isoformat()
