"""Measures the export beside COPY to /dev/null, in turns, on the same rows.

usage: bench.py BINARIES [--quick]    BINARIES: the folder with person-service, which migrates the schema"""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from run import EXPORT, ROOT, Database

GOAL = 0.5
COLUMNS = "id, person_id, creation_time, coordinate, accuracy, device, is_mock, is_heartbeat"


def fill(session, count):
    """Stores locations of 2,000 persons in five days, of which a part is at an event with a venue."""
    session.execute("DROP INDEX location_cell_time; DROP INDEX location_reference_person_time")
    session.execute(f"""
        INSERT INTO location (id, person_id, creation_time, coordinate, cell, accuracy, device, is_heartbeat)
        SELECT 4294967296 + n / 8 * 64 + n % 8, 1 + n % 2000, timestamptz '2026-03-02 06:00Z' + n * interval '43 milliseconds',
            ST_SetSRID(ST_MakePoint(13.26 + n * 7919 % 300007 / 1e7, 52.495 + n * 104729 % 200003 / 1e7), 4326), 0,
            CASE WHEN n % 5 > 0 THEN (3 + n % 40)::integer END, CASE WHEN n % 3 > 0 THEN 1 END,
            CASE WHEN n % 97 = 0 THEN true END
        FROM generate_series(0::bigint, {count - 1}) n""")
    session.execute(f"INSERT INTO location_offset SELECT p, {count // 8} FROM generate_series(0, 7) p")
    session.execute("VACUUM ANALYZE location")


def main(binaries, *options):
    count, rounds = (1_000_000, 1) if "--quick" in options else (10_000_000, 3)
    seconds = {"export": [], "text": [], "binary": []}
    with Database(binaries) as database, tempfile.TemporaryDirectory() as folder:
        fill(database.session, count)
        memory = 0
        for _ in range(rounds):
            for form in ("text", "binary"):
                started = time.monotonic()
                database.session.execute(f"COPY (SELECT {COLUMNS} FROM location) TO '/dev/null' (FORMAT {form})")
                seconds[form].append(time.monotonic() - started)
            target = pathlib.Path(folder, "warehouse")
            shutil.rmtree(target, ignore_errors=True)
            environment = os.environ | database.settings("uda_warehouse")
            started = time.monotonic()
            process = subprocess.Popen([sys.executable, EXPORT / "export.py", target], env=environment)
            _, status, usage = os.wait4(process.pid, 0)
            seconds["export"].append(time.monotonic() - started)
            if status != 0:
                sys.exit("bench: the export failed")
            memory = max(memory, usage.ru_maxrss)
            rows = json.loads((target / "manifest.json").read_text())["rows"]
            if rows != count:
                sys.exit(f"bench: {rows} rows were exported, {count} are stored")
    rate = {name: count / statistics.median(values) for name, values in seconds.items()}
    table = [{
        "work": f"Parquet of {count} locations, beside COPY … TO '/dev/null' (FORMAT {form})", "ours": rate["export"],
        "peer": rate[form], "unit": "locations/s", "better": "more", "ratio": rate["export"] / rate[form], "goal": GOAL,
        "met": rate["export"] >= GOAL * rate[form], "note": f"at most {memory // 1024} MB in memory",
    } for form in ("text", "binary")]
    for row in table:
        print(f"{row['work']}: {row['ours']:.0f} {row['unit']}, peer {row['peer']:.0f}, ratio {row['ratio']:.2f}, "
              f"goal {GOAL}, {'met' if row['met'] else 'NOT met'}; {row['note']}")
    output = ROOT / ".build/bench/warehouse.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(table, indent=1) + "\n")
    print(f"written to {output.relative_to(ROOT)}")


main(*sys.argv[1:])
