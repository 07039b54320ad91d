"""Runs the tests of this folder.

usage: run.py BINARIES [TEST...]      all tests, or those of the named classes and methods: PageTests.test_exports_can_be_read"""

import pathlib
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent


def named(tests, names):
    """The tests with one of the names of a class, or of a class and a method."""
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            yield from named(test, names)
        elif not names or any(test.id().endswith(f".{name}") or f".{name}." in test.id() for name in names):
            yield test


def main():
    found = list(named(unittest.defaultTestLoader.discover(str(FOLDER), "test_*.py"), sys.argv[2:]))
    if not found:
        sys.exit(f"scripts/browser: there is no test {' or '.join(sys.argv[2:])}")
    result = unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(found))
    sys.exit(not result.wasSuccessful())


main()
