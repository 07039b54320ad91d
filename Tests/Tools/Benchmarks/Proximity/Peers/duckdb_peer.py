"""DuckDB: a join on grid cells in SQL, one thread, everything in memory."""
import duckdb
import numpy as np


class DuckDBPeer:
    """Cells as high and wide as the radius, so that nine of them hold all that is near a location.

    The tables are sorted for the two kinds of questions, those about a day and those about all days, so that the bounds
    that DuckDB keeps of each block of rows leave out most of them. Times are joined in buckets where that is faster:
    when a cell has several days."""

    name = "DuckDB"
    BUCKET = 120_000  # milliseconds

    def __init__(self, data, start, radius, within):
        self.rows = int(radius / data.metres_per_step_north.min()) + 1
        self.columns = int(radius / data.metres_per_step_east.min()) + 1
        self.database = duckdb.connect(config={"threads": 1})
        source = {"id": np.arange(len(data.person), dtype=np.int32), "person": data.person, "latitude": data.latitude,
                  "longitude": data.longitude, "time": data.time, "north": data.metres_per_step_north,
                  "east": data.metres_per_step_east}
        self.database.register("source", source)
        cell = f"(latitude // {self.rows})::bigint * 1000000 + longitude // {self.columns} AS cell"
        self.make("by_person", f"SELECT *, {cell} FROM source ORDER BY person, time")
        self.make("by_day", f"SELECT * FROM by_person ORDER BY (time - {start}) // 86400000, cell, time")

    def prepare(self, windows):
        self.make("by_cell", "SELECT * FROM by_person ORDER BY cell, time")

    def make(self, table, query):
        self.database.execute(f"CREATE OR REPLACE TABLE {table} AS {query}")

    def contacts(self, person, start, end, within, radius):
        is_one_day = end - start <= 86_400_000
        bucketed = within is not None and not is_one_day
        moments = f", (VALUES (-{within}), ({within})) AS moment (later)" if bucketed else ""
        bucket = f", (time + later) // {self.BUCKET} AS bucket" if bucketed else ""
        only_once = f"WHERE later < 0 OR (time + later) // {self.BUCKET} <> (time - later) // {self.BUCKET}"
        query = f"""
            WITH own AS MATERIALIZED (
                SELECT * FROM by_person WHERE person = $person AND time >= $start AND time < $end
            ), probe AS MATERIALIZED (
                SELECT own.*, ((latitude + up * {self.rows}) // {self.rows})::bigint * 1000000
                    + (longitude + aside * {self.columns}) // {self.columns} AS place{bucket}
                FROM own, (VALUES (-1), (0), (1)) AS row (up), (VALUES (-1), (0), (1)) AS col (aside){moments}
                {only_once if bucketed else ""}
            )
            SELECT count(DISTINCT other.id)
            FROM probe JOIN {"by_day" if is_one_day else "by_cell"} AS other ON other.cell = probe.place
                {f"AND other.time // {self.BUCKET} = probe.bucket" if bucketed else ""}
            WHERE other.time >= $start AND other.time < $end AND other.person <> $person
                {"" if within is None else f"AND abs(other.time - probe.time) <= {within}"}
                AND ((other.latitude - probe.latitude) * probe.north) ** 2
                    + ((other.longitude - probe.longitude) * probe.east) ** 2 <= {radius * radius}
            """
        return self.database.execute(query, {"person": person, "start": start, "end": end}).fetchone()[0]
