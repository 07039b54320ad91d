"""Makes the data of `scripts/bench proximity`: a conference in a city, the same for the same seed everywhere.

usage: generate_data.py --locations 1000000 --out FOLDER

All lengths are metres in a tangent plane round CITY; then they become degrees with seven decimals.

* persons / 10 hotspots (booths, cafés, rooms) of a radius σ from 5 to 30 m, log-uniform, 40 to a venue (those of one
  venue 15 to 40 m apart on a grid), the venues over a disc of 8 km, their popularity after Zipf (0.8);
* max(4, persons / 100) trails: lines of 2 to 8 km with a heading that walks at random, a vertex every 100 m;
* 30 % of the persons are in groups of 2 to 5, and a group shares the plan of a day with a probability of 0.7: it walks
  the trail 0.5 to 4 m apart and stands at the same hotspots;
* a day of a person is locations / (persons × days) samples (± 20 %), 30 to 60 s apart, from a start between 8:00 and
  16:00 on: at home 15 %, on the way 10 %, at hotspots 55 %, on a trail 20 %;
* noise as of GPS: autoregressive, ρ = 0.8 a sample; σ from 2.5 to 5 m at hotspots and at home, 3 to 6 m outdoors;
  0.5 % outliers of 40 m.

FOLDER gets a file for each column, native integers in the order of time: person.i32, latitude.i32 and longitude.i32 in
degrees × 10⁷, time.i64 in milliseconds since 1970; and data.json with the parameters, a checksum, and the persons whose
contacts are asked for: a choice by the same seed."""
import argparse
import hashlib
import json
import sys

import numpy as np
from scipy.signal import lfilter

from dataset import Dataset, Surroundings

CITY = (44.8125, 20.4612)  # latitude and longitude of the centre
START = 1780272000000  # 2026-06-01T00:00:00Z
EQUATORIAL_RADIUS, FLATTENING = 6378137.0, 1 / 298.257223563
ECCENTRICITY2 = FLATTENING * (2 - FLATTENING)
MEASURED_PERSONS = 50
# Figures of different machines are about the same data as long as these hold.
CHECKSUMS = {
    (100_000, 42): "517d72f94b04e63a03c62e37937d3600331b1df49840983254ec4a0193fce895",
    (1_000_000, 42): "bf441cfb82024cfa7f71f58f21d82ceeb4debcb8035a95804adc8aa59dd187a0",
    (5_000_000, 42): "e1b00aa2ac62ba1cb159792144e22239849d0598873a54fab123c700487e5f4d",
}


def degrees_of(x, y):
    """Metres east and north of the centre in degrees: metric radii at the centre, the cosine at the point."""
    latitude0 = np.radians(CITY[0])
    meridian = EQUATORIAL_RADIUS * (1 - ECCENTRICITY2) / (1 - ECCENTRICITY2 * np.sin(latitude0) ** 2) ** 1.5
    latitude = latitude0 + y / meridian
    normal = EQUATORIAL_RADIUS / np.sqrt(1 - ECCENTRICITY2 * np.sin(latitude) ** 2)
    longitude = np.radians(CITY[1]) + x / (normal * np.cos(latitude))
    return np.round(np.degrees(latitude), 7), np.round(np.degrees(longitude), 7)


def noise(rng, count, sigma, rho=0.8):
    """Autoregressive errors of a receiver."""
    errors = rng.standard_normal((count, 2)) * sigma * np.sqrt(1 - rho * rho)
    errors[0] /= np.sqrt(1 - rho * rho)
    return lfilter([1.0], [1.0, -rho], errors, axis=0)


class City:
    """Where things are, and how well each phone knows its place. The order of the draws is part of the data."""

    def __init__(self, rng, persons):
        self.hotspot_count = max(20, persons // 10)
        self.venue_count = max(1, (self.hotspot_count + 39) // 40)
        radius = 8000 * np.sqrt(rng.random(self.venue_count))
        angle = rng.random(self.venue_count) * 2 * np.pi
        self.venues = np.c_[radius * np.cos(angle), radius * np.sin(angle)]
        self.venue_of = np.arange(self.hotspot_count) % self.venue_count
        slot = np.arange(self.hotspot_count) // self.venue_count
        pitch = rng.uniform(15, 40, self.venue_count)[self.venue_of]
        self.hotspots = self.venues[self.venue_of] + np.c_[(slot % 8) * pitch, (slot // 8) * pitch]
        self.hotspot_sigma = np.exp(rng.uniform(np.log(5), np.log(30), self.hotspot_count))
        self.popularity = 1 / (1 + rng.permutation(self.hotspot_count)) ** 0.8
        self.venue_popularity = np.bincount(self.venue_of, weights=self.popularity, minlength=self.venue_count)
        self.venue_popularity /= self.venue_popularity.sum()
        self.trails = [self.trail(rng) for _ in range(max(4, persons // 100))]
        radius = 15000 * np.sqrt(rng.random(persons))
        angle = rng.random(persons) * 2 * np.pi
        self.homes = np.c_[radius * np.cos(angle), radius * np.sin(angle)]
        self.indoor_sigma = rng.uniform(2.5, 5, persons)
        self.outdoor_sigma = rng.uniform(3, 6, persons)
        self.groups = self.group(rng, persons)

    @staticmethod
    def trail(rng):
        length = rng.uniform(2000, 8000)
        vertices = int(length // 100) + 2
        heading = np.cumsum(rng.normal(0, 0.35, vertices)) + rng.random() * 2 * np.pi
        radius = 9000 * np.sqrt(rng.random())
        angle = rng.random() * 2 * np.pi
        line = np.c_[np.cumsum(100 * np.cos(heading)), np.cumsum(100 * np.sin(heading))]
        return line - line[0] + np.array([radius * np.cos(angle), radius * np.sin(angle)])

    @staticmethod
    def group(rng, persons):
        """The group of each person; a number below `persons` is a person alone."""
        groups = np.arange(persons)
        grouped = rng.permutation(persons)[: int(persons * 0.3)]
        first, group = 0, persons
        while first < len(grouped):
            size = int(rng.integers(2, 6))
            groups[grouped[first:first + size]] = group
            group += 1
            first += size
        return groups

    def plan(self, rng):
        """A day: stretches of a kind, a target and a share of the samples."""
        venue = int(rng.choice(self.venue_count, p=self.venue_popularity))
        there = np.nonzero(self.venue_of == venue)[0]
        weights = self.popularity[there] / self.popularity[there].sum()
        count = int(rng.integers(2, 6))
        stays = rng.choice(there, size=min(count, len(there)), p=weights, replace=len(there) < count)
        shares = rng.dirichlet(np.full(len(stays), 3.0)) * 0.55
        trail = int(rng.integers(len(self.trails)))
        stretches = [("home", -1, 0.075), ("way", venue, 0.05)]
        stretches += [("hotspot", int(stay), float(share)) for stay, share in zip(stays, shares)]
        stretches += [("trail", trail, 0.20), ("way", venue, 0.05), ("home", -1, 0.075)]
        start = rng.uniform(8, 16) * 3600
        return {"stretches": stretches, "start": start, "offset": rng.random() * 0.6,
                "speed": rng.uniform(1.0, 1.6), "share": rng.uniform(0.8, 1.2)}

    def day(self, rng, person, plan, start, samples):
        """A person's times (seconds of the day) and places on a day."""
        count = max(8, int(round(samples * plan["share"])))
        times = start + np.cumsum(rng.uniform(30, 60, count))
        places = np.empty((count, 2))
        first, share = 0, 0.0
        for index, (kind, target, part) in enumerate(plan["stretches"]):
            share += part
            end = count if index == len(plan["stretches"]) - 1 else int(round(share * count))
            length = end - first
            if length <= 0:
                continue
            if kind == "home":
                places[first:end] = self.homes[person] + noise(rng, length, self.indoor_sigma[person])
            elif kind == "way":
                fraction = (np.arange(length) + rng.random()) / length
                origin, goal = self.homes[person], self.venues[target]
                if index != 1:
                    origin, goal = goal, origin
                places[first:end] = (origin + fraction[:, None] * (goal - origin)
                                     + noise(rng, length, self.outdoor_sigma[person]))
            elif kind == "hotspot":
                sigma = self.hotspot_sigma[target]
                own = rng.standard_normal(2) * sigma * 0.6
                drift = np.clip(np.cumsum(rng.standard_normal((length, 2)) * 0.6, axis=0), -sigma, sigma)
                places[first:end] = (self.hotspots[target] + own + drift
                                     + noise(rng, length, self.indoor_sigma[person]))
            else:
                line = self.trails[target]
                last = len(line) - 1
                along = (plan["offset"] * last * 100 + (times[first:end] - times[first]) * plan["speed"]) / 100
                along = np.abs(along % (2 * last))
                along = np.where(along > last, 2 * last - along, along)
                vertex = np.minimum(along.astype(int), last - 1)
                fraction = (along - vertex)[:, None]
                places[first:end] = (line[vertex] * (1 - fraction) + line[vertex + 1] * fraction
                                     + rng.uniform(-2, 2, 2) + noise(rng, length, self.outdoor_sigma[person]))
            first = end
        outliers = rng.random(count) < 0.005
        places[outliers] += rng.standard_normal((int(outliers.sum()), 2)) * 40
        return times, places


def generate(locations, persons, days, seed):
    rng = np.random.default_rng(seed)
    city = City(rng, persons)
    samples = locations / (persons * days)
    person_parts, place_parts, time_parts = [], [], []
    for day in range(days):
        shared = {}
        for person in range(persons):
            group = int(city.groups[person])
            if group >= persons and rng.random() < 0.7:
                if group not in shared:
                    shared[group] = city.plan(rng)
                plan = shared[group]
                start = plan["start"] + rng.uniform(-20, 20)
            else:
                plan = city.plan(rng)
                start = plan["start"]
            times, places = city.day(rng, person, plan, start, samples)
            person_parts.append(np.full(len(times), person + 1, np.int32))
            place_parts.append(places)
            time_parts.append(np.round(day * 86_400_000 + times * 1000).astype(np.int64))
        if locations >= 1_000_000:
            print(f"bench: made day {day + 1} of {days}", file=sys.stderr)
    person, time = np.concatenate(person_parts), np.concatenate(time_parts)
    place = np.concatenate(place_parts)
    latitude, longitude = degrees_of(place[:, 0], place[:, 1])
    # Exactly as many as were asked for: some are left out, or drawn once more nearby.
    count = len(person)
    if count > locations:
        kept = np.sort(rng.permutation(count)[:locations])
        person, latitude, longitude, time = person[kept], latitude[kept], longitude[kept], time[kept]
    elif count < locations:
        missing = locations - count
        source = rng.integers(0, count, missing)
        person = np.r_[person, person[source]]
        time = np.r_[time, time[source] + rng.integers(1000, 29000, missing)]
        latitude = np.round(np.r_[latitude, latitude[source] + rng.normal(0, 2e-5, missing)], 7)
        longitude = np.round(np.r_[longitude, longitude[source] + rng.normal(0, 3e-5, missing)], 7)
    order = np.lexsort((person, time))
    return Dataset(person=person[order].astype(np.int32), time=time[order] + START,
                   latitude=(latitude[order] * 1e7).round().astype(np.int32),
                   longitude=(longitude[order] * 1e7).round().astype(np.int32))


def checksum(data):
    digest = hashlib.sha256()
    for column in (data.person, data.latitude.astype(np.int64), data.longitude.astype(np.int64), data.time):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--locations", type=int, default=1_000_000)
    parser.add_argument("--persons", type=int, default=0, help="0 = locations / 800")
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--grown", type=int, default=1, help="this many times the locations, none near those measured")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    persons = options.persons or max(10, options.locations // 800)
    data = generate(options.locations, persons, options.days, options.seed)
    total = checksum(data)
    expected = CHECKSUMS.get((options.locations, options.seed), total)
    if (persons, options.days) == (max(10, options.locations // 800), 5) and total != expected:
        print("these data differ from those of other machines; figures are not to be compared", file=sys.stderr)
    measured = np.random.default_rng([options.seed, MEASURED_PERSONS]).choice(
        persons, min(MEASURED_PERSONS, persons), replace=False) + 1
    if options.grown > 1:
        data = Surroundings(data, measured, options.seed).grown(options.grown)
    description = {"locations": len(data.person), "persons": int(data.person.max()), "days": options.days,
                   "seed": options.seed, "start": START, "sha256": checksum(data),
                   "measured": sorted(int(person) for person in measured)}
    data.write(options.out, description)
    print(json.dumps(description))


if __name__ == "__main__":
    main()
