"""Chooses the inputs that reach most together, from what libFuzzer says of each when it merges.

usage: minimise.py CONTROL_FILE FOLDER COUNT     copies COUNT inputs at most into the folder, under the name of their bytes"""

import hashlib
import pathlib
import sys


def edges_of_inputs(control_file):
    """The paths and the edges of each."""
    lines = pathlib.Path(control_file).read_text().splitlines()
    count = int(lines[0])
    paths = lines[2 : 2 + count]
    edges = {}
    for line in lines[2 + count :]:
        kind, index, *values = line.split()
        if kind == "COV":
            edges[paths[int(index)]] = set(values)
    return edges


def main():
    control_file, folder, count = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    edges = edges_of_inputs(control_file)
    # An input's edges are only those that no input before it had reached, so each is worth what it adds.
    found = [path for path in edges if pathlib.Path(path).parent != folder]
    chosen = sorted(found, key=lambda path: (-len(edges[path]), path))[:count]
    for path in chosen:
        content = pathlib.Path(path).read_bytes()
        (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)


main()
