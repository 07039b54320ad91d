"""Runs the peers on the data sets of `scripts/bench meetings` and compares all results with the truth.

usage: measure.py OUT quick|full FOLDER:RADIUS... -- FOLDER:RADIUS...      the latter are swept by the simple rules only"""
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

import scoring
from records import RECORD, read_records

OURS = "UdaConnect"
SIMPLE = {"samples": ("samples_peer.py", [[]]), "segmentation": ("segmentation_peer.py", [["400"], ["1500"]])}
LIBRARIES = {"MEOS": ("meos_peer.py", [[]]), "trackintel": ("trackintel_peer.py", [[]]),
             "movingpandas": ("movingpandas_peer.py", [[]])}
"""Programs with the parameters to try; the best result counts for each figure."""
LIMIT = 180
"""Maximum seconds of a program for one data set. The results leave out programs that need longer."""
DEFAULT = 0.5
"""The default minimum probability of a meeting."""


def totals(records, threshold):
    """The seconds of each pair, from the records with a sufficient score."""
    records = records[records["score"] >= threshold]
    pairs, where = np.unique(scoring.keys(records), return_inverse=True)
    found = np.zeros(len(pairs), RECORD)
    found["first"], found["second"] = pairs >> 32, pairs & 0xFFFFFFFF
    found["score"] = np.bincount(where, scoring.spans(records), len(pairs))
    return found


def figures_of_peer(truth, records):
    """The figures of a peer, each at the threshold that suits the peer best."""
    if not len(records):
        return {"time F1": 0.0, "average precision": 0.0, "of ten": 0.0}
    thresholds = np.unique(np.quantile(records["score"], np.linspace(0, 0.98, 15)))
    pairs = [totals(records, threshold) for threshold in thresholds]
    best = scoring.time_f1(truth, records)
    precision, recall = scoring.matched(truth, records[records["score"] >= best[3]])
    return {"time F1": best[0], "average precision": max(scoring.average_precision(truth, found) for found in pairs),
            "of ten": max(scoring.of_ten(truth, found) for found in pairs),
            "meetings precision": precision, "meetings recall": recall}


def figures_of_ours(truth, folder):
    pieces, meetings, people, seconds = [read_records(folder / f"ours-{name}.bin")
                                         for name in ("pieces", "meetings", "people", "seconds")]
    default = scoring.time_f1(truth, meetings, 0.0)
    precision, recall = scoring.matched(truth, meetings)
    error, rows = scoring.calibration(truth, meetings)
    print(f"{folder.name}: meetings by probability, said/true(count):",
          " ".join("%.2f/%.2f(%d)" % row for row in rows), file=sys.stderr)
    return {"time F1": scoring.time_f1(truth, pieces)[0], "average precision": scoring.average_precision(truth, people),
            "of ten": scoring.of_ten(truth, seconds), "time F1 by default": default[0],
            "time precision by default": default[1], "time recall by default": default[2],
            "meetings precision": precision, "meetings recall": recall, "calibration error": error}


def run(program, folder, radius, parameters):
    """The records of a peer; `None` if it takes too long."""
    name = Path(program).stem
    out = folder / (name + ".bin")
    print(f"bench: {folder.name}: {name}", file=sys.stderr)
    command = [sys.executable, str(Path(__file__).parent / program), str(folder), radius, str(out), *parameters]
    try:
        subprocess.run(command, check=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        print(f"bench: {folder.name}: {name} has not finished within {LIMIT} s", file=sys.stderr)
        return None
    return read_records(out)


def measure(argument, peers):
    folder, radius = argument.rsplit(":", 1)
    folder = Path(folder)
    truth = scoring.Truth(read_records(folder / "truth.bin"))
    methods = {OURS: figures_of_ours(truth, folder)}
    for name, (program, choices) in peers.items():
        tries = [run(program, folder, radius, parameters) for parameters in choices]
        tries = [figures_of_peer(truth, records) for records in tries if records is not None]
        if tries:
            methods[name] = {figure: max(found.get(figure, 0.0) for found in tries) for figure in tries[0]}
    return [{"data": folder.name, "method": method, "figure": figure, "value": float(value)}
            for method, figures in methods.items() for figure, value in figures.items()]


def main(out, size, *arguments):
    split = arguments.index("--")
    peers = SIMPLE if size == "quick" else SIMPLE | LIBRARIES
    rows = [row for argument in arguments[:split] for row in measure(argument, peers)]
    rows += [row for argument in arguments[split + 1:] for row in measure(argument, SIMPLE)]
    Path(out).write_text(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
