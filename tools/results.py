"""Writes tables of a script in tools/ as a result page: docs/results/<name>.json and the page beside it."""

import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
# What a result depends on.
SOURCES = ["src", "cli", "workers", "bench", "tools", "public", "package-lock.json"]


def write_results(name, tables, versions=()):
    """Tables are dicts with columns (names), rows (lists of texts) and, if there are several, a title."""
    pages = json.loads((ROOT / "bench/result-pages.json").read_text())
    page = next((listed for listed in pages if listed["name"] == name), None)
    if page is None:
        raise SystemExit(f'bench/result-pages.json does not list "{name}". Add it with its title.')
    document = {
        "title": page["title"],
        "shows": page["shows"],
        "command": command_line(),
        "commit": commit_of_sources(),
        "machine": ", ".join([f"{os.cpu_count()} × {processor()}", f"Python {platform.python_version()}", *versions]),
        "date": datetime.date.today().isoformat(),
        "tables": [{**table, "columns": [{"name": column} for column in table["columns"]]} for table in tables],
    }
    target = ROOT / f"docs/results/{name}.json"
    target.write_text(json.dumps(document, ensure_ascii=False))
    subprocess.run(["npx", "prettier", "--write", str(target)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["node", "scripts/write-results.mjs"], cwd=ROOT, check=True)


def command_line():
    words = [pathlib.Path(word).name if "/" in word else word for word in sys.argv[1:] if word != "--write"]
    return " ".join(["python", f"tools/{pathlib.Path(sys.argv[0]).name}", *words])


def commit_of_sources():
    git = lambda *words: subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    commit = git("rev-parse", "--short=10", "HEAD")
    return f"{commit} with uncommitted changes" if git("status", "--porcelain", "--", *SOURCES) else commit


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
