"""Prints the tables of a script in tools/, and writes them as a result page: docs/results/<name>.json and the page beside it.

Tables are dicts with columns (names), rows (lists of texts) and, if there are several, a title.
"""

import json
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]


def print_tables(tables):
    for table in tables:
        for row in [table["columns"], *table["rows"]]:
            print(" | ".join(row))


def write_results(name, tables, versions=()):
    measurement = {
        "command": command_line(),
        "machine": ", ".join([f"{os.cpu_count()} × {processor()}", f"Python {platform.python_version()}", *versions]),
        "tables": [{**table, "columns": [{"name": column} for column in table["columns"]]} for table in tables],
    }
    subprocess.run(["node", "scripts/write-results.mjs", name], cwd=ROOT, check=True, input=json.dumps(measurement), text=True)


def command_line():
    words = [pathlib.Path(word).name if "/" in word else word for word in sys.argv[1:] if word != "--write"]
    return " ".join(["python", f"tools/{pathlib.Path(sys.argv[0]).name}", *words])


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
