"""Scores the records of one method on one data set."""
import numpy as np

LONG, LIST = 300, 10
"""The minimum seconds together of a pair, and the length of each person's true list whose reported share is scored."""


def keys(records):
    return records["first"].astype(np.int64) << 32 | records["second"]


def spans(records):
    return (records["end"] - records["start"]) / 1e6


class Truth:
    """The true meetings, indexed to find how much of an interval they cover."""

    def __init__(self, records):
        self.records = np.sort(records, order=["first", "second", "start"])
        self.keys, lengths = keys(self.records), spans(self.records)
        self.seconds = lengths.sum()
        pairs, where = np.unique(self.keys, return_inverse=True)
        self.totals = dict(zip(pairs.tolist(), np.bincount(where, lengths).tolist()))
        self.before = np.r_[0, np.cumsum(lengths)]

    def covered(self, records):
        """The true seconds of each record; O(log n) per record."""
        wanted = keys(records)
        low, high = np.searchsorted(self.keys, wanted), np.searchsorted(self.keys, wanted, "right")
        return self.until(wanted, low, high, records["end"]) - self.until(wanted, low, high, records["start"])

    def until(self, wanted, low, high, moment):
        """The true seconds of a pair before a time."""
        place = self.place(low, high, moment)
        total = self.before[place] - self.before[low]
        last = np.maximum(place - 1, 0)
        inside = place > low
        over = np.where(inside, np.maximum(self.records["end"][last] - moment, 0) / 1e6, 0)
        return total - over

    def place(self, low, high, moment):
        """`low` plus the number of a pair's meetings that start before a time."""
        low, high = low.copy(), high.copy()
        while (low < high).any():
            middle = (low + high) // 2
            earlier = (low < high) & (self.records["start"][np.minimum(middle, len(self.records) - 1)] < moment)
            low, high = np.where(earlier, middle + 1, low), np.where(earlier | (low >= high), high, middle)
        return low


def time_f1(truth, records, threshold=None):
    """(F1, precision, recall, threshold) of the time of disjoint records, at the best threshold if none is given."""
    order = np.argsort(-records["score"], kind="stable")
    records = records[order]
    right, said = np.cumsum(truth.covered(records)), np.cumsum(spans(records))
    last = np.nonzero(np.r_[records["score"][1:] != records["score"][:-1], True])[0] if len(records) else []
    best = (0.0, 0.0, 0.0, 0.0)
    if threshold is not None:
        last = last[records["score"][last] >= threshold][-1:] if len(records) else []
    for index in last:
        precision, recall = right[index] / max(said[index], 1e-9), right[index] / truth.seconds
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        best = max(best, (f1, precision, recall, float(records["score"][index])))
    return best


def average_precision(truth, pairs):
    """The average precision for pairs that were together for LONG seconds, ranked by score."""
    positive = {key for key, total in truth.totals.items() if total >= LONG}
    ranked = keys(pairs)[np.argsort(-pairs["score"], kind="stable")]
    hits = np.array([key in positive for key in ranked.tolist()], bool)
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].sum() / max(len(positive), 1))


def of_ten(truth, pairs):
    """The share of each person's true list that is in the reported list, on average."""
    lists = [top(truth.totals.items()), top(zip(keys(pairs).tolist(), pairs["score"].tolist()))]
    shares = [len(wanted & lists[1].get(person, set())) / len(wanted) for person, wanted in lists[0].items()]
    return float(np.mean(shares)) if shares else 0.0


def top(scores):
    others = {}
    for key, score in scores:
        one, other = key >> 32, key & 0xFFFFFFFF
        others.setdefault(one, []).append((-score, other))
        others.setdefault(other, []).append((-score, one))
    return {person: {other for _, other in sorted(found)[:LIST]} for person, found in others.items()}


def matched(truth, meetings):
    """(precision, recall) of meetings that share at least half of their common span with a true one."""
    found, hit = 0, set()
    starts = truth.records["start"]
    for meeting, key in zip(meetings, keys(meetings)):
        low, high = np.searchsorted(truth.keys, [key, key + 1])
        for index in range(low, high):
            true = truth.records[index]
            common = min(meeting["end"], true["end"]) - max(meeting["start"], starts[index])
            joined = max(meeting["end"], true["end"]) - min(meeting["start"], starts[index])
            if common > 0 and common >= joined / 2:
                found += 1
                hit.add(index)
                break
    return found / max(len(meetings), 1), len(hit) / max(len(truth.records), 1)


def calibration(truth, meetings, bins=10):
    """(expected calibration error, rows of (mean probability, share that is true, count)).

    A meeting is true if a true meeting covers at least half of it or lasts a minute in it."""
    covered, said = truth.covered(meetings), spans(meetings)
    is_true = (covered >= 59) | (covered >= 0.5 * np.maximum(said, 1e-6))
    where = np.minimum((meetings["score"] * bins).astype(int), bins - 1)
    rows = [(float(meetings["score"][where == index].mean()), float(is_true[where == index].mean()),
             int((where == index).sum())) for index in range(bins) if (where == index).any()]
    total = sum(count for _, _, count in rows)
    return sum(abs(said - true) * count for said, true, count in rows) / max(total, 1), rows
