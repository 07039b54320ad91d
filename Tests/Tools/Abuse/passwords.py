"""All users can read the arguments of processes. An attacker in control of the database must not reach root's files."""

import pathlib
import subprocess
import tempfile
import threading

from suite import ROOT, Check, Suite

TITLE = "passwords in the list of processes, and root's files through PostgreSQL"
# Number of starts of the suite: an argument may exist for only milliseconds.
STARTS = 3


class ProcessList(threading.Thread):
    """Collects the arguments of all processes repeatedly."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen, self.rounds, self.ended = set(), 0, threading.Event()

    def run(self):
        while not self.ended.is_set():
            for arguments in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(arguments.read_bytes())
                except OSError:
                    continue
            self.rounds += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


def passwords(cluster):
    files = [cluster / "password", *(cluster / "passwords").glob("*")]
    return {file.name: file.read_bytes() for file in files if file.exists()}


def postgres(command, cluster, *options):
    return subprocess.run([ROOT / "scripts/postgres", command, cluster, *options], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()


def psql(cluster, sql):
    """Runs SQL as the cluster's owner, a superuser. Returns whether it succeeded."""
    return subprocess.run(["psql", "-X", "-q", "-c", sql, postgres("url", cluster)], capture_output=True, text=True).returncode == 0


def run(suite):
    found, secrets = set(), {}
    with ProcessList() as processes:
        for start in range(STARTS):
            other = Suite(suite.folder / f"start-{start}", [], {})
            with other:
                cluster = other.folder / "postgres"
                psql(cluster, "SELECT pg_sleep(0.2)")
                secrets |= {f"{start} {name}": secret for name, secret in passwords(cluster).items()}
    for name, secret in secrets.items():
        found |= {name for arguments in processes.seen if secret in arguments}
    looks = f"{len(processes.seen)} command lines of {processes.rounds} looks"
    yield Check(f"{STARTS} starts of the suite: {looks}", ", ".join(sorted(found)) or "no password", "no password", not found)
    yield Check("passwords searched for", str(len(secrets)), f"{8 * STARTS}", len(secrets) == 8 * STARTS)

    cluster = suite.folder / "postgres"
    readable = [file for file in [cluster / "pgpass", cluster / "password", cluster / "passwords"]
                if not file.exists() or file.stat().st_mode & 0o077]
    yield Check("password files that others can read", ", ".join(map(str, readable)) or "none", "none", not readable)

    # The cluster's owner may run programs, so the rights of the server process are the last barrier.
    with tempfile.TemporaryDirectory() as folder:
        private = pathlib.Path(folder) / "file"
        for name, sql in [("COPY TO", f"COPY (SELECT 1) TO '{private}'"),
                          ("COPY TO PROGRAM", f"COPY (SELECT 1) TO PROGRAM 'cat >{private}'")]:
            psql(cluster, sql)
            written = private.exists() and private.stat().st_uid == pathlib.Path(folder).stat().st_uid
            # A server of an ordinary user runs as that user. A server started by root must not run as root.
            is_root = pathlib.Path(folder).stat().st_uid == 0
            yield Check(f"{name} a file of root's", "written" if written else "refused" if is_root else "not root", "refused",
                        not (is_root and written))
