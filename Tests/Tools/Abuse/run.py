"""Runs the cases of scripts/abuse and prints their checks as a table.

usage: run.py [--list] [CASE...]

A case is a module in this folder with

    TITLE       what it tries, in a few words
    run(suite)  attacks the suite and yields a `Check` for each attempt
    ARGUMENTS   optional: further arguments of scripts/run
    SETTINGS    optional: environment variables of scripts/run
    LIMIT       optional: seconds the case may take, 300 by default
"""

import importlib
import pathlib
import re
import signal
import sys
import time
import traceback

from checks import Check, print_table, report
from suite import ROOT, Suite

FOLDER = pathlib.Path(__file__).resolve().parent
LIMIT = 300


def names():
    """The cases, in the order of their names."""
    return sorted(file.stem.replace("_", "-") for file in FOLDER.glob("*.py")
                  if re.search(r"^TITLE = ", file.read_text(), re.MULTILINE))


def load(name):
    return importlib.import_module(name.replace("-", "_"))


def expire(*_):
    raise TimeoutError("the case did not end within its limit")


def checks(name):
    """Runs a case. An incomplete case counts as a failed check."""
    case = load(name)
    print(f"== {name}: {case.TITLE}", flush=True)
    signal.signal(signal.SIGALRM, expire)
    try:
        with Suite(ROOT / ".build/abuse" / name, getattr(case, "ARGUMENTS", []), getattr(case, "SETTINGS", {})) as suite:
            signal.alarm(getattr(case, "LIMIT", LIMIT))
            try:
                for check in case.run(suite):
                    print(f"   {check}", flush=True)
                    yield check
            finally:
                signal.alarm(0)
    except Exception as error:
        traceback.print_exc()
        yield Check("completed", f"{type(error).__name__}: {str(error).partition(chr(10))[0]}", "no error", False)


def main():
    if sys.argv[1:] == ["--list"]:
        print_table([(name, load(name).TITLE) for name in names()])
        return
    known, chosen = names(), sys.argv[1:] or names()
    for name in chosen:
        if name not in known:
            sys.exit(f"scripts/abuse: there is no case {name}; --list prints them")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started, results = time.monotonic(), []
    try:
        for name in chosen:
            results += [(name, check) for check in checks(name)]
    finally:
        failed = report(results, time.monotonic() - started)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
