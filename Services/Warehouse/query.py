"""Asks DuckDB about the locations of a warehouse, and prints the answer as CSV."""
import csv
import sys

import duckdb
import pyarrow
from pyarrow import dataset

from storage import SCHEMA, Failure, Warehouse

# Figures have five persons behind them, and counts of persons are multiples of five, as in the figures of connection-service.
NAMED = {
    "attendance": ("persons and locations per event and day", """
        SELECT event, day, count(DISTINCT person_id) // 5 * 5 AS persons, count(*) AS locations
        FROM locations GROUP BY ALL HAVING count(DISTINCT person_id) >= 5 ORDER BY ALL"""),
    "hours": ("persons per event and hour, in UTC", """
        SELECT event, date_trunc('hour', time) AS hour, count(DISTINCT person_id) // 5 * 5 AS persons
        FROM locations GROUP BY ALL HAVING count(DISTINCT person_id) >= 5 ORDER BY ALL"""),
    "dwell": ("minutes from the first to the last location of a person, per event and day", """
        WITH person AS (SELECT event, day, person_id, epoch(max(time) - min(time)) / 60 AS minutes FROM locations GROUP BY ALL)
        SELECT event, day, count(*) // 5 * 5 AS persons, round(quantile_cont(minutes, 0.25)) AS lower_quartile,
            round(median(minutes)) AS median, round(quantile_cont(minutes, 0.75)) AS upper_quartile
        FROM person GROUP BY ALL HAVING count(*) >= 5 ORDER BY ALL"""),
    "accuracy": ("stated accuracies in metres, per event and day", """
        SELECT event, day, count(*) AS locations, round(avg((accuracy = 0)::int), 3) AS share_without,
            median(accuracy) FILTER (accuracy > 0) AS median, quantile_cont(accuracy, 0.95) FILTER (accuracy > 0) AS p95
        FROM locations GROUP BY ALL HAVING count(DISTINCT person_id) >= 5 ORDER BY ALL"""),
}


def answer(warehouse, question):
    """The columns and the rows of an answer; the table `locations` has the columns of a file, `event` and `day`."""
    files = [warehouse.path(file.path) for file in warehouse.manifest().files]
    schema = SCHEMA.append(pyarrow.field("event", "int32")).append(pyarrow.field("day", "string"))
    locations = dataset.dataset(files, schema, "parquet", warehouse.files, dataset.partitioning(flavor="hive"))
    with duckdb.connect() as connection:
        connection.register("files", locations)
        # In UTC; DuckDB's times with a zone need an extension, which it would fetch.
        connection.execute("CREATE VIEW locations AS SELECT * REPLACE (time::timestamp AS time) FROM files")
        try:
            found = connection.execute(NAMED[question][1] if question in NAMED else question)
        except duckdb.Error as error:
            raise Failure(f"SQL: {error}") from None
        yield [column[0] for column in found.description]
        while rows := found.fetchmany(1_000):
            yield from rows


def main():
    if len(sys.argv) != 3:
        names = "\n".join(f"  {name:12}{summary}" for name, (summary, _) in NAMED.items())
        sys.exit(f"usage: scripts/warehouse query TARGET NAME|SQL\n{names}")
    try:
        csv.writer(sys.stdout, lineterminator="\n").writerows(answer(Warehouse(sys.argv[1]), sys.argv[2]))
    except Failure as failure:
        sys.exit(f"warehouse: {failure}")


if __name__ == "__main__":
    main()
