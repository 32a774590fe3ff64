"""All checks of bundles and their servers, one after the other. Not part of npm test. README.md says which need a quiet machine.

    pip install fastapi uvicorn onnxruntime prometheus_client numpy onnx
    python tools/deploy-check/run_all.py [--without-timing] [--keep <folder>]

Needs Node for the command line of this repository. check_bundle.py needs the tools of other targets and runs only if they are there.
"""
import argparse
import importlib.util
import pathlib
import subprocess
import sys

from check_serving import ROOT, Bundles, kept_folder

HERE = pathlib.Path(__file__).resolve().parent
# Checks of wall-clock time: they fail beside other work.
TIMING = {
    "check_serving.py": ("goodput", "large_body", "slow_bodies"),
    "check_models.py": ("isolation",),
    "check_lab.py": ("prediction,ranking", "search"),
}
STEADY = {
    "check_serving.py": ("verdicts", "right_answers", "bad_among_good", "equal_requests", "hang_ups", "mixed_requests", "texts_and_maps", "protocol"),
    "check_models.py": ("names", "several", "eviction", "rounded_and_warm", "shadow", "ids", "lengths", "measured"),
}
OTHER_TOOLS = ("yaml", "google.protobuf", "tritonclient", "httpx")


def run(script, *given):
    print(f"\n{script} {' '.join(map(str, given))}", flush=True)
    return subprocess.run([sys.executable, HERE / script, *map(str, given)]).returncode == 0


def has(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--without-timing", action="store_true")
    parser.add_argument("--keep")
    given = parser.parse_args()
    with kept_folder(given.keep) as folder:
        held = {}
        for script, checks in STEADY.items():
            for check in checks:
                held[f"{script} {check}"] = run(script, "--only", check, "--keep", folder)
        bundle = folder / "digits"
        if not bundle.exists():
            Bundles.make(ROOT / "public" / "samples" / "digits-mlp.onnx", bundle)
        held["check_rollout.py"] = run("check_rollout.py", bundle)
        missing = [one for one in OTHER_TOOLS if not has(one)]
        if missing:
            print(f"\ncheck_bundle.py was not run: {', '.join(missing)} are missing.")
        else:
            held["check_bundle.py"] = run("check_bundle.py", bundle)
        if not given.without_timing:
            for script, checks in TIMING.items():
                for check in checks:
                    held[f"{script} {check}"] = run(script, "--only", check, "--keep", folder)
    failed = [name for name, holds in held.items() if not holds]
    print(f"\n{len(held) - len(failed)} of {len(held)} checks hold" + "".join(f"\nfailed: {name}" for name in failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
