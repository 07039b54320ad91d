"""Reads UdaConnect's database: one snapshot, with the locations by a binary COPY."""
import os
import subprocess

import numpy
import psycopg

from storage import Failure

LEAST_QUEUED = 1 << 32  # smaller ids are those of the legacy system
PARTITIONS = 64
EPOCH = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000
LOCK = 0x7564_6157  # held by the only export of a database; see Shared/Persistence/AdvisoryLock.swift
BATCH = 1 << 16

# The rows of the COPY below. All columns have a fixed length, so that a batch is one array.
ROW = numpy.dtype([
    ("fields", ">i2"),
    ("id_size", ">i4"), ("id", ">i8"),
    ("person_size", ">i4"), ("person", ">i4"),
    ("time_size", ">i4"), ("time", ">i8"),
    ("point_size", ">i4"), ("order", "u1"), ("kind", "<u4"), ("system", "<u4"), ("longitude", "<f8"), ("latitude", "<f8"),
    ("details_size", ">i4"), ("details", ">i4"),
])
HEADER = 19  # bytes
DETAILS = """coalesce(accuracy, 0) + (coalesce(device, 0)::integer << 16)
    + CASE WHEN is_mock THEN 16777216 ELSE 0 END + CASE WHEN is_heartbeat THEN 33554432 ELSE 0 END"""


def settings(environment=os.environ):
    """The connection's parameters, from the settings that the services read."""
    names = {"host": "DB_HOST", "port": "DB_PORT", "user": "DB_USERNAME", "dbname": "DB_NAME"}
    defaults = {"DB_HOST": "127.0.0.1", "DB_PORT": "5432", "DB_USERNAME": "uda_warehouse", "DB_NAME": "geoconnections"}
    found = {key: environment.get(name, defaults[name]) for key, name in names.items()}
    if file := environment.get("DB_PASSWORD_FILE"):
        try:
            with open(file, encoding="utf-8") as stream:
                found["password"] = stream.read().strip()
        except OSError as error:
            raise Failure(f"DB_PASSWORD_FILE: {error}") from None
    return found


class Session:
    """A session that holds the lock of the only export."""

    def __init__(self):
        self.parameters = settings()
        try:
            self.connection = psycopg.connect(**self.parameters, autocommit=True)
        except psycopg.OperationalError as error:
            raise Failure(f"DB_HOST: {error}") from None
        self.connection.execute("SET statement_timeout = 0; SET timezone = 'UTC'")
        if not self.value("SELECT pg_try_advisory_lock(%s)", LOCK):
            raise Failure("Another export of this database is running.")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def snapshot(self):
        """Starts a transaction that sees one state of the database."""
        self.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return self.value("SELECT pg_export_snapshot()")

    def end(self):
        """Ends the transaction; fails if the session, and hence the lock, is lost."""
        self.connection.execute("COMMIT")

    def rows(self, query, *parameters):
        return self.connection.execute(query, parameters).fetchall()

    def value(self, query, *parameters):
        row = self.connection.execute(query, parameters).fetchone()
        return row and row[0]

    def locations(self, snapshot, least):
        """Arrays of at most BATCH rows with all locations from an id on, in no order."""
        copy = (f"COPY (SELECT id, person_id, creation_time, coordinate, {DETAILS} FROM location WHERE id >= {int(least)})"
                " TO STDOUT (FORMAT binary)")
        environment = os.environ | {
            "PGHOST": self.parameters["host"], "PGPORT": self.parameters["port"], "PGUSER": self.parameters["user"],
            "PGDATABASE": self.parameters["dbname"], "PGPASSWORD": self.parameters.get("password", ""),
            "PGOPTIONS": "-c statement_timeout=0",
        }
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                   "-c", f"SET TRANSACTION SNAPSHOT '{snapshot}'", "-c", copy]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as psql:
            yield from arrays(psql.stdout)
        if psql.returncode != 0:
            raise Failure("The locations could not be read; psql has printed the reason.")


def arrays(stream):
    """The rows of a binary COPY, in arrays of at most BATCH rows."""
    if not stream.read(HEADER).startswith(b"PGCOPY\n\xff\r\n\0"):
        return
    while True:
        piece = stream.read(BATCH * ROW.itemsize)
        # Behind the last row stands a field count of -1.
        is_last = len(piece) % ROW.itemsize == 2
        array = numpy.frombuffer(piece, ROW, len(piece) // ROW.itemsize)
        if len(array) > 0 and not ((array["fields"] == 5).all() and (array["point_size"] == 25).all()
                                   and (array["order"] == 1).all() and (array["id_size"] == 8).all()):
            raise Failure("The locations have another format than expected.")
        yield array
        if is_last:
            return
        if len(piece) < BATCH * ROW.itemsize:
            raise Failure("The locations ended too early.")
