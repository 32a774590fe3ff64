"""Lints, types and tests the Python server of bundles, and checks the script that recomputes claims.

    pip install ruff mypy pytest fastapi numpy onnxruntime prometheus_client
    python tools/server/check.py
"""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGETS = HERE.parents[1] / "src" / "engine" / "deploy" / "targets"
CONFIG = HERE / "pyproject.toml"
CLAIMS = [HERE.parent / "recompute-claims.py", HERE.parent / "results.py"]

commands = [
    ["ruff", "check", "--config", CONFIG, HERE, TARGETS, *CLAIMS],
    ["mypy", "--config-file", CONFIG, *CLAIMS],
    # Modules of the server import each other by name, so each folder is checked by itself.
    *(["mypy", "--config-file", CONFIG, *sorted(folder.glob("*.py"))] for folder in (TARGETS / "server", TARGETS / "rollout")),
    ["pytest", "-q", "-c", CONFIG, HERE],
]
failed = [command[0] for command in commands if subprocess.run([sys.executable, "-m", *map(str, command)], check=False).returncode]
sys.exit(f"Failed: {', '.join(failed)}." if failed else 0)
