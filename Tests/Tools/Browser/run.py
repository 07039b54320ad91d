"""Runs the tests of this folder. All tests of pages share one suite with true meetings.

usage: run.py BINARIES [TEST...]      all tests, or those of the named classes and methods: PageTests.test_exports_can_be_read
       run.py BINARIES --measure      measures first loads and frames instead"""

import contextlib
import pathlib
import sys
import unittest

from case import PageCase
from measure import measure
from suite import Suite, browser

FOLDER = pathlib.Path(__file__).resolve().parent
# Some 200,000 locations. Without traits, every long true meeting can be found.
SEED = ["--persons", "500", "--hours", "1.5", "--traits", "none"]


def named(tests, names):
    """The tests with one of the names of a class, or of a class and a method."""
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            yield from named(test, names)
        elif not names or any(test.id().endswith(f".{name}") or f".{name}." in test.id() for name in names):
            yield test


def main(binaries, *names):
    if names == ("--measure",):
        with Suite(binaries) as suite, browser() as chromium:
            truth = suite.seed(*SEED)
            measure(suite, chromium, max(truth, key=lambda meeting: int(meeting["duration_s"]))["person_a"])
        return
    found = list(named(unittest.defaultTestLoader.discover(str(FOLDER), "test_*.py"), names))
    if not found:
        sys.exit(f"scripts/browser: there is no test {' or '.join(names)}")
    pages = [test for test in found if isinstance(test, PageCase)]
    others = [test for test in found if not isinstance(test, PageCase)]
    results = [unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(others))]
    if pages:
        with Suite(binaries) as suite, browser() as chromium:
            PageCase.suite, PageCase.browser = suite, chromium
            PageCase.truth = suite.seed(*SEED)
            results.append(unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(pages)))
    sys.exit(not all(result.wasSuccessful() for result in results))


main(*sys.argv[1:])
