"""The command of the image: export TARGET, or query TARGET [NAME|SQL]; see README.md."""
import runpy
import sys

if len(sys.argv) < 2 or sys.argv[1] not in ("export", "query"):
    sys.exit("usage: warehouse export TARGET\n       warehouse query TARGET NAME|SQL")
runpy.run_module(sys.argv.pop(1), run_name="__main__")
