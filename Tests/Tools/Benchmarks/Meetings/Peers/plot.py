"""Plots the results of `scripts/bench meetings`: time F1 and average precision, against the error and the interval.

usage: plot.py MEASUREMENTS.json OUT      writes OUT-sigma.png and OUT-interval.png"""
import json
import re
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

STYLES = {"UdaConnect": ("#d62728", "o"), "segmentation": ("#1f77b4", "s"), "samples": ("#7f7f7f", "^")}
SWEEPS = {
    "sigma": (r"ward-([\d.]+)-\1m$", "standard deviation of the phones' error, metres"),
    "interval": (r"ward-0\.5-2\.0m-(\d+)s$", "seconds between two fixes"),
}


def draw(rows, pattern, label, out):
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for axis, wanted in zip(axes, ("time F1", "average precision")):
        for method, (color, marker) in STYLES.items():
            points = sorted((float(found[1]), row["value"]) for row in rows
                            for found in [re.match(pattern, row["data"])]
                            if found and row["method"] == method and row["figure"] == wanted)
            axis.plot(*zip(*points), color=color, marker=marker, label=method)
        axis.set(title=f"hospital ward: {wanted}", xlabel=label, xscale="log", ylim=(0, 1))
        ticks = sorted({point for line in axis.lines for point in line.get_xdata()})
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0].legend()
    figure.savefig(out, dpi=110)


def main(measurements, out):
    with open(measurements, encoding="utf-8") as file:
        rows = json.load(file)
    for name, (pattern, label) in SWEEPS.items():
        draw(rows, pattern, label, f"{out}-{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
