"""The files of a warehouse, and the manifest that lists them."""
import dataclasses
import json
import os
import pathlib
import posixpath

import pyarrow
from pyarrow import fs, parquet

MANIFEST = "manifest.json"
SCHEMA = pyarrow.schema([
    pyarrow.field("id", pyarrow.int64(), nullable=False),
    pyarrow.field("person_id", pyarrow.int32(), nullable=False),
    pyarrow.field("device", pyarrow.uint8(), nullable=False),  # 0 for a location without a device
    pyarrow.field("time", pyarrow.timestamp("us", "UTC"), nullable=False),
    pyarrow.field("latitude", pyarrow.float64(), nullable=False),
    pyarrow.field("longitude", pyarrow.float64(), nullable=False),
    pyarrow.field("accuracy", pyarrow.uint16(), nullable=False),  # metres; 0 if the device stated none
    pyarrow.field("is_mock", pyarrow.bool_(), nullable=False),
    pyarrow.field("is_heartbeat", pyarrow.bool_(), nullable=False),
])


class Failure(Exception):
    """A reason to stop that the operator can act on; one sentence that names the field."""


@dataclasses.dataclass(frozen=True)
class DataFile:
    """A Parquet file with locations of one event on one day in UTC."""
    path: str
    event: int
    day: str
    rows: int
    first: int  # the earliest time, in microseconds since 1970
    last: int


@dataclasses.dataclass
class Manifest:
    """What the warehouse contains; only files that it lists belong to the warehouse."""
    export: int = 0  # increases with each change
    queue: str | None = None  # the identity of the queue that the offsets belong to
    offsets: dict[int, int] = dataclasses.field(default_factory=dict)  # the next offset of each partition
    erased: list[int] = dataclasses.field(default_factory=list)  # the erased persons whose rows were removed
    forgotten: list[list] = dataclasses.field(default_factory=list)  # person, begin and end of the pauses likewise
    files: list[DataFile] = dataclasses.field(default_factory=list)

    @property
    def rows(self):
        return sum(file.rows for file in self.files)

    def json(self):
        members = dataclasses.asdict(self) | {"version": 1, "rows": self.rows}
        return json.dumps(members, indent=1, sort_keys=True).encode()

    @staticmethod
    def parse(data):
        members = json.loads(data)
        if members.pop("version", None) != 1:
            raise Failure(f"{MANIFEST}: expected version 1; a newer release has written this warehouse.")
        if members.pop("rows") != sum(file["rows"] for file in members["files"]):
            raise Failure(f"{MANIFEST}: the rows of the files differ from the member rows.")
        members["offsets"] = {int(partition): offset for partition, offset in members["offsets"].items()}
        members["files"] = [DataFile(**file) for file in members["files"]]
        return Manifest(**members)


class Warehouse:
    """A folder, or a prefix in S3-compatible storage, such as s3://bucket/prefix?endpoint_override=host:port&scheme=http."""

    def __init__(self, target):
        try:
            self.files, self.root = fs.FileSystem.from_uri(target if "://" in target else os.path.abspath(target))
        except (pyarrow.ArrowInvalid, OSError) as error:
            raise Failure(f"WAREHOUSE: expected a folder or an s3:// address: {error}") from None
        self.is_local = isinstance(self.files, fs.LocalFileSystem)

    def path(self, name):
        return posixpath.join(self.root, name)

    def address(self, name):
        """The file's address for Spark."""
        return ("file://" if self.is_local else "s3a://") + self.path(name)

    def manifest(self):
        """The current manifest; an empty one for a new warehouse."""
        if self.files.get_file_info(self.path(MANIFEST)).type == fs.FileType.NotFound:
            return Manifest()
        with self.files.open_input_stream(self.path(MANIFEST)) as stream:
            return Manifest.parse(stream.read())

    def publish(self, manifest):
        """Replaces the manifest atomically: by a rename, or by one object of S3, which appears when it is complete."""
        if not self.is_local:
            with self.files.open_output_stream(self.path(MANIFEST)) as stream:
                stream.write(manifest.json())
            return
        os.makedirs(self.root, exist_ok=True)
        new = [self.path(file.path) for file in manifest.files if f"/{manifest.export:08}-" in file.path]
        # The folders from the files up to the root may be new, too.
        folders = {str(folder) for path in new for folder in list(pathlib.PurePosixPath(path).parents)[:4]}
        for path in [*new, *sorted(folders)]:
            sync(path)
        with open(self.path(MANIFEST + ".new"), "wb") as stream:
            stream.write(manifest.json())
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(self.path(MANIFEST + ".new"), self.path(MANIFEST))
        sync(self.root)

    def remove_strays(self, manifest):
        """Removes files that the manifest does not list: of an interrupted run, or replaced by a complete one."""
        listed = {self.path(file.path) for file in manifest.files}
        selector = fs.FileSelector(self.path("locations"), recursive=True, allow_not_found=True)
        strays = [info.path for info in self.files.get_file_info(selector)
                  if info.type == fs.FileType.File and info.path not in listed]
        for path in strays:
            self.files.delete_file(path)
        return len(strays)

    def batches(self, file):
        """The record batches of a file."""
        with self.files.open_input_file(self.path(file.path)) as stream:
            yield from parquet.ParquetFile(stream).iter_batches(batch_size=1 << 16)

    def has(self, file, column, values):
        """Whether a column has one of some values; reads that column only."""
        with self.files.open_input_file(self.path(file.path)) as stream:
            reader = parquet.ParquetFile(stream)
            return any(
                pyarrow.compute.any(pyarrow.compute.is_in(batch[column], value_set=values)).as_py()
                for batch in reader.iter_batches(batch_size=1 << 18, columns=[column])
            )


def by_day(files):
    """Files by event and day."""
    groups = {}
    for file in files:
        groups.setdefault((file.event, file.day), []).append(file)
    return groups


def sync(path):
    """Writes a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
