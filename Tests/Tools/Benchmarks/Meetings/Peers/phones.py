"""Simulates phones: correlated errors, outliers, rare reports and inaccurate clocks."""
import numpy as np

from records import FIX, START, coordinates

INTERVALS = [5, 10, 15, 30, 60, 120]
RAYLEIGH_68 = 1.5096
"""The radius that holds 68 % of the errors, in standard deviations."""


class Phones:
    """The errors and report intervals of the phones in a data set; an interval or a deviation may be the same for all."""

    def __init__(self, deviations, interval=None, rare=0.2, unknown=0.1, outliers=0.01):
        self.deviations, self.interval = deviations, interval
        self.rare, self.unknown, self.outliers = rare, unknown, outliers

    def fixes(self, person, places, first_second, rng):
        """The fixes of one person, given the place in each second, NaN while away."""
        deviation, persistence = rng.uniform(*self.deviations), np.exp(-1 / rng.uniform(30, 180))
        offset = rng.normal(0, 30 if rng.random() < 0.05 else 1)
        interval = self.interval or rng.choice(INTERVALS)
        there = np.nonzero(~np.isnan(places[:, 0]))[0]
        if rng.random() < self.rare and self.interval is None:
            taken = rare_times(places, there)
        else:
            taken = there[(there - there[0] + rng.integers(interval)) % interval == 0]
        errors = ornstein_uhlenbeck(taken, persistence, rng) * deviation
        wild = rng.random(len(taken)) < self.outliers
        errors[wild] += rng.normal(0, 8 * deviation, (wild.sum(), 2))
        stated = max(1, np.ceil(deviation * RAYLEIGH_68 * np.exp(rng.normal(0, 0.15))))
        array = np.zeros(len(taken), FIX)
        array["time"] = START + np.rint((first_second + taken + offset) * 1e6).astype(np.int64)
        array["person"], array["device"] = person, 1
        array["latitude"], array["longitude"] = coordinates(places[taken].astype(np.float64) + errors)
        array["accuracy"] = 0 if rng.random() < self.unknown else stated
        return array


def rare_times(places, there):
    """Reports every five minutes, or when the phone has moved ten metres."""
    taken = [there[0]]
    for second in there:
        if second - taken[-1] >= 300 or np.hypot(*(places[second] - places[taken[-1]])) >= 10:
            taken.append(second)
    return np.array(taken)


def ornstein_uhlenbeck(times, persistence, rng):
    """An error with standard deviation 1 in each direction that decays by the factor `persistence` each second."""
    errors = rng.normal(size=(len(times), 2))
    for index, elapsed in enumerate(np.diff(times)):
        kept = persistence ** float(elapsed)
        errors[index + 1] = kept * errors[index] + np.sqrt(1 - kept * kept) * errors[index + 1]
    return errors
