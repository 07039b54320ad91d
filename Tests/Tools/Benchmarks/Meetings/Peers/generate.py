"""Generates a data set from real contacts.

usage: generate.py NAME DAY SEED LEAST_SIGMA GREATEST_SIGMA INTERVAL(0: mixed) FOLDER"""
import sys
from pathlib import Path

import numpy as np

import contacts
import truth
from phones import Phones

RADIUS = 2.0


def main(name, day, seed, least, greatest, interval, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    seed = int(seed)
    persons, start, places = contacts.positions(name, int(day), seed)
    phones = Phones((float(least), float(greatest)), int(interval) or None)
    rng = np.random.default_rng([seed, 2])
    numbers = np.arange(1, len(persons) + 1)
    fixes = np.concatenate([phones.fixes(number, places[:, column], start, rng)
                            for column, number in enumerate(numbers)])
    fixes[np.argsort(fixes["time"], kind="stable")].tofile(folder / "fixes.bin")
    truth.meetings(places, numbers, RADIUS, start).tofile(folder / "truth.bin")


if __name__ == "__main__":
    main(*sys.argv[1:])
