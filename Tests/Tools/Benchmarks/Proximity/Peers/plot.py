"""Draws what `scripts/bench proximity` has measured: time against size, and against people elsewhere.

usage: plot.py MEASUREMENTS.json OUT.png"""
import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

TITLES = {"day60": "one person, one day, 5 m and 60 s", "all60": "one person, five days, 5 m and 60 s",
          "day": "one person, one day, 5 m", "all": "one person, five days, 5 m"}
OURS = "UdaConnect"
STYLES = {OURS: ("#d62728", "o"), "R-tree": ("#7f7f7f", "s"), "cKDTree": ("#2ca02c", "^"), "DuckDB": ("#bcbd22", "D"),
          "PostGIS": ("#1f77b4", "v"), "legacy query": ("#000000", "x")}


def draw(axes, measurements, work):
    for peer, (color, marker) in STYLES.items():
        points = sorted((entry["size"], np.median(entry["seconds"]) * 1e3) for entry in measurements
                        if entry["work"] == work and entry["peer"] == peer)
        if points:
            axes.plot(*zip(*points), color=color, marker=marker, label=peer, linewidth=2.5 if peer == OURS else 1.2)
    axes.set(title=TITLES[work], xlabel="locations", ylabel="ms, median", xscale="log", yscale="log")
    axes.grid(alpha=0.3)


def draw_growth(axes, growth):
    for work, title in TITLES.items():
        points = sorted((entry["factor"], np.median(entry["seconds"]) * 1e3) for entry in growth
                        if entry["work"] == work)
        if points:
            axes.plot(*zip(*points), marker="o", label=title)
    axes.set(title="UdaConnect, more people elsewhere", xlabel="times as many locations", ylabel="ms, median",
             xscale="log", yscale="log")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    figure, all_axes = plt.subplots(2, 3, figsize=(15, 9), layout="constrained")
    for axes, work in zip(all_axes.flat, TITLES):
        draw(axes, results["measurements"], work)
    all_axes.flat[3].legend(fontsize=8)
    draw_growth(all_axes.flat[4], results["growth"])
    all_axes.flat[5].set_axis_off()
    figure.savefig(sys.argv[2], dpi=110)


if __name__ == "__main__":
    main()
