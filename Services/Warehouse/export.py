"""Exports new locations into the warehouse, and removes what was removed from the database."""
import datetime
import sys

import numpy
import pyarrow
import pyarrow.compute

import database
from events import Events
from partitions import DAY, PartitionedWriter
from storage import SCHEMA, Failure, Manifest, Warehouse, by_day

# Files per event and day; more are merged into one.
FILES_PER_DAY = 8
# The days of events whose retention has passed, with the consumer's margin of an hour.
EXPIRED_DAYS = """
    SELECT DISTINCT d::date FROM event e, unnest(e.opens, e.closes) AS h (o, c),
        generate_series(date_trunc('day', h.o - interval '1 hour', 'UTC'), h.c + interval '1 hour', interval '1 day') AS d
    WHERE (SELECT max(c) FROM unnest(e.closes) AS c) + make_interval(days => e.retention_days) <= now()
"""
PAUSES = """
    SELECT person_id, (extract(epoch FROM begins) * 1000000)::bigint,
        CASE WHEN ends < 'infinity' THEN (extract(epoch FROM ends) * 1000000)::bigint END
    FROM pause WHERE begins > '-infinity'
"""


def export(warehouse):
    """Runs an export; returns its manifest and what changed. A killed run has changed nothing."""
    with database.Session() as session:
        before = warehouse.manifest()
        warehouse.remove_strays(before)
        snapshot = session.snapshot()
        after = Manifest(before.export + 1, queue(session, before), offsets(session, before))
        writer = PartitionedWriter(warehouse, after.export)
        added = add_locations(session, snapshot, before, after, writer)
        removals = Removals(session, warehouse, before)
        after.erased, after.forgotten = removals.erased, removals.forgotten
        removed = 0
        for files in by_day(before.files).values():
            kept, count = removals.apply(files, writer)
            after.files += kept
            removed += count
        after.files += [file for file in writer.finish() if file.rows > 0]
        after.files.sort(key=lambda file: (file.event, file.day, file.path))
        # Fails if the lock was lost with its session.
        session.end()
        if before.rows + added - removed != after.rows:
            raise Failure(f"Expected {before.rows} + {added} - {removed} rows, but have written {after.rows}.")
        warehouse.publish(after)
        warehouse.remove_strays(after)
    return after, added, removed


def queue(session, before):
    """The identity of the queue. The offsets of another queue mean something else."""
    identity = session.value("SELECT identity FROM location_queue")
    if before.queue not in (None, identity):
        raise Failure(f"The warehouse belongs to the queue {before.queue}, the database to {identity}.")
    return identity


def offsets(session, before):
    """The next offset of each partition. A database with smaller ones is an older copy."""
    found = dict(session.rows("SELECT partition, next_offset FROM location_offset"))
    for partition, offset in before.offsets.items():
        if found.get(partition, 0) < offset:
            raise Failure(f"Partition {partition}: the warehouse has offset {offset}, the database ends before. "
                          "Export a restored database into a new warehouse.")
    return found


def add_locations(session, snapshot, before, after, writer):
    """Exports the offsets from before to after of each partition; the first export also has the legacy locations."""
    starts = numpy.zeros(database.PARTITIONS, numpy.int64)
    ends = numpy.zeros(database.PARTITIONS, numpy.int64)
    for partition, offset in after.offsets.items():
        starts[partition], ends[partition] = before.offsets.get(partition, 0), offset
    is_first = before.export == 0
    if not is_first and (starts == ends).all():
        return 0
    moved = [starts[partition] for partition in after.offsets if starts[partition] < ends[partition]]
    least = 0 if is_first else database.LEAST_QUEUED + int(min(moved)) * database.PARTITIONS
    events = Events(session)
    added = 0
    for rows in database_rows(session, snapshot, least, starts, ends, is_first):
        time = rows["time"].astype(numpy.int64) + database.EPOCH
        longitude, latitude = rows["longitude"].astype(float), rows["latitude"].astype(float)
        details = rows["details"].astype(numpy.uint32)
        batch = pyarrow.record_batch([
            rows["id"].astype(numpy.int64), rows["person"].astype(numpy.int32), (details >> 16).astype(numpy.uint8),
            pyarrow.array(time).cast(SCHEMA.field("time").type), latitude, longitude,
            details.astype(numpy.uint16), pyarrow.array(details & (1 << 24) != 0), pyarrow.array(details & (1 << 25) != 0),
        ], schema=SCHEMA)
        added += batch.num_rows
        for key, part in split(batch, events.numbers(time, longitude, latitude), time // DAY):
            writer.append(*key, part)
    return added


def database_rows(session, snapshot, least, starts, ends, is_first):
    """The rows of the range: one scan from the least id, without what earlier exports have."""
    for rows in session.locations(snapshot, least):
        place = rows["id"].astype(numpy.int64) - database.LEAST_QUEUED
        partition, offset = place % database.PARTITIONS, place // database.PARTITIONS
        is_queued = place >= 0
        if (offset >= ends[partition])[is_queued].any():
            raise Failure("The database has a location beyond its offsets.")
        yield rows[numpy.where(is_queued, offset >= starts[partition], is_first)]


def split(batch, events, days):
    """The parts of a batch by event and day."""
    if len(events) == 0:
        return
    keys = events.astype(numpy.int64) << 32 | days.astype(numpy.int64) & 0xFFFF_FFFF
    if (keys == keys[0]).all():
        yield (int(events[0]), int(days[0])), batch
        return
    order = numpy.argsort(keys, kind="stable")
    borders = numpy.flatnonzero(numpy.diff(keys[order])) + 1
    for places in numpy.split(order, borders):
        yield (int(events[places[0]]), int(days[places[0]])), batch.take(pyarrow.array(places))


class Removals:
    """What the warehouse has to remove: erased persons, times that persons want forgotten, and expired days."""

    def __init__(self, session, warehouse, before):
        self.warehouse = warehouse
        self.erased = sorted(number for number, in session.rows("SELECT person_id FROM person_erasure"))
        self.forgotten = sorted((list(row) for row in session.rows(PAUSES)), key=str)
        self.persons = pyarrow.array(sorted(set(self.erased) - set(before.erased)), pyarrow.int32())
        known = {tuple(pause) for pause in before.forgotten}
        self.pauses = [pause for pause in self.forgotten if tuple(pause) not in known]
        days = {file.day for file in before.files}
        # The database decides what is expired, by another event with the same day too.
        self.days = {day.isoformat() for day, in session.rows(EXPIRED_DAYS)
                     if day.isoformat() in days and not session.value(
                         "SELECT EXISTS (SELECT FROM location WHERE creation_time >= %s AND creation_time < %s)",
                         midnight(day), midnight(day) + datetime.timedelta(days=1))}

    def apply(self, files, writer):
        """Rewrites the files of a day that have something to remove, or all if they are many.

        Returns the files that stay, and how many rows were removed.
        """
        if files[0].day in self.days:
            return [], sum(file.rows for file in files)
        is_scattered = len(files) > FILES_PER_DAY
        kept, removed = [], 0
        for file in files:
            pauses = [pause for pause in self.pauses
                      if file.last >= pause[1] and (pause[2] is None or file.first < pause[2])]
            persons = pyarrow.concat_arrays([self.persons, pyarrow.array([pause[0] for pause in pauses], pyarrow.int32())])
            if not is_scattered and (len(persons) == 0 or not self.warehouse.has(file, "person_id", persons)):
                kept.append(file)
                continue
            day = (datetime.date.fromisoformat(file.day) - datetime.date(1970, 1, 1)).days
            for batch in self.warehouse.batches(file):
                rest = batch.filter(self.stays(batch, pauses))
                removed += batch.num_rows - rest.num_rows
                if rest.num_rows > 0:
                    writer.append(file.event, day, rest)
        return kept, removed

    def stays(self, batch, pauses):
        """Whether each row stays."""
        compute = pyarrow.compute
        stays = compute.invert(compute.is_in(batch["person_id"], value_set=self.persons))
        time = batch["time"].cast(pyarrow.int64())
        for person, begin, end in pauses:
            goes = compute.and_(compute.equal(batch["person_id"], person), compute.greater_equal(time, begin))
            if end is not None:
                goes = compute.and_(goes, compute.less(time, end))
            stays = compute.and_(stays, compute.invert(goes))
        return stays


def midnight(day):
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: scripts/warehouse export TARGET")
    try:
        manifest, added, removed = export(Warehouse(sys.argv[1]))
    except Failure as failure:
        sys.exit(f"warehouse: {failure}")
    print(f"export {manifest.export}: {added} rows added, {removed} removed; {manifest.rows} rows in {len(manifest.files)} files")


if __name__ == "__main__":
    main()
