"""Runs the cases of scripts/faults --access and prints their checks as a table.

usage: run.py BINARIES [CASE...]; --list in the place of BINARIES prints the cases

A case is a module in this folder with TITLE, what fails, and run(binaries), which starts a suite and yields a `Check` for each attempt."""

import importlib
import pathlib
import re
import sys
import time
import traceback

FOLDER = pathlib.Path(__file__).resolve().parent
# The module suite is Browser's.
sys.path += [str(FOLDER.parent / "Browser"), str(FOLDER.parent / "Abuse")]
from checks import Check, print_table, report  # noqa: E402


def load(name):
    return importlib.import_module(name.replace("-", "_"))


def checks(name, binaries):
    """Runs a case. An incomplete case counts as a failed check."""
    case = load(name)
    print(f"== {name}: {case.TITLE}", flush=True)
    try:
        for check in case.run(binaries):
            print(f"   {check}", flush=True)
            yield check
    except Exception as error:
        traceback.print_exc()
        yield Check("completed", f"{type(error).__name__}: {str(error).partition(chr(10))[0]}", "no error", False)


def main(binaries, *chosen):
    known = sorted(file.stem.replace("_", "-") for file in FOLDER.glob("*.py") if re.search(r"^TITLE = ", file.read_text(), re.MULTILINE))
    if binaries == "--list":
        print_table([(name, load(name).TITLE) for name in known])
        return
    for name in chosen:
        if name not in known:
            sys.exit(f"scripts/faults: there is no case {name}; --access --list prints them")
    started = time.monotonic()
    results = [(name, check) for name in chosen or known for check in checks(name, binaries)]
    sys.exit(1 if report(results, time.monotonic() - started) else 0)


main(*sys.argv[1:])
