"""Converts the node tests of the onnx package to newer operator sets. `--write` makes the counts a result page.

    python tools/check-opset-conversion.py [--write]

Every node test of an operator set from 6 to 22 is converted to the next target of the pass; tests older than all
targets are converted to each. Each runs in ONNX Runtime before and after, with the recorded inputs. Needs onnx,
onnxruntime and numpy from PyPI, and the packages of this checkout.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnx.backend.test.case.node as node_tests
import onnxruntime as ort

from results import print_tables, write_results

ROOT = pathlib.Path(__file__).parents[1]
OLDEST = 6
TARGETS = [13, 17, 21, 23]
# Newer kernels may add in another order.
TOLERANCE = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 1e-6, "float64": 1e-12}


def main():
    ort.set_default_logger_severity(4)
    outcomes = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for case in sorted(node_tests.collect_testcases(None), key=lambda case: case.name):
            version = opset_of(case.model) if case.model is not None else None
            if version is None or version < OLDEST:
                continue
            for target in targets_of(version):
                outcome, detail = convert(case, pathlib.Path(folder), target)
                outcomes[target, outcome].append((case.name, version, detail))
    tables = tables_of(outcomes)
    print_tables(tables)
    if "--write" in sys.argv:
        write_results("opset-conversion", tables, [f"onnx {onnx.__version__}", f"ONNX Runtime {ort.__version__}"])


def targets_of(version):
    """Every newer target for tests older than all of them, which pass through all stages; else the next one."""
    newer = [target for target in TARGETS if target > version]
    return newer if len(newer) == len(TARGETS) else newer[:1]


def opset_of(model):
    return next((entry.version for entry in model.opset_import if entry.domain == ""), None)


def convert(case, folder, target):
    """The outcome of one test: `same`, `differs`, `refused`, `not run` or `fails`, and the detail."""
    source, converted = folder / "source.onnx", folder / "converted.onnx"
    onnx.save(case.model, source)
    command = ["node", "cli/pareto.mjs", "optimize", str(source), "-o", str(converted), "--json"]
    done = subprocess.run(
        [*command, "--pass", "convert-opset", "--set", f"target={target}"], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode != 0:
        return "fails", done.stderr.strip()
    refusals = json.loads(done.stdout)["passes"][0]["refusals"]
    if refusals:
        return "refused", refusals[0]["reason"].removeprefix("The model stays as it is: ")
    try:
        onnx.checker.check_model(onnx.load(converted), full_check=True)
    except Exception as problem:
        if is_valid(case.model):
            return "fails", f"onnx.checker: {first_line(problem)}"
    try:
        expected = run(source, case)
    except Exception:
        return "not run", ""
    try:
        return compare(expected, run(converted, case))
    except Exception as problem:
        return "fails", first_line(problem)


def is_valid(model):
    try:
        onnx.checker.check_model(model, full_check=True)
        return True
    except Exception:
        return False


def first_line(problem):
    return str(problem).splitlines()[0][:160]


def run(path, case):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    inputs, _ = case.data_sets[0]
    names = [value.name for value in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs)))


def compare(expected, actual):
    for one, other in zip(flat(expected), flat(actual), strict=True):
        if one is None or other is None:
            if one is not other:
                return "differs", "one is missing"
            continue
        one, other = np.asarray(one), np.asarray(other)
        if (one.shape, one.dtype) != (other.shape, other.dtype):
            return "differs", f"{other.dtype}{list(other.shape)}, not {one.dtype}{list(one.shape)}"
        tolerance = TOLERANCE.get(one.dtype.name)
        if tolerance is None:
            if not np.array_equal(one, other):
                return "differs", "another value"
        elif not np.allclose(one.astype(np.float64), other.astype(np.float64), tolerance, tolerance, equal_nan=True):
            largest = np.nanmax(np.abs(one.astype(np.float64) - other.astype(np.float64)))
            return "differs", f"by {largest:.1e}"
    return "same", ""


def flat(values):
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def tables_of(outcomes):
    kinds = ["same", "differs", "fails", "refused", "not run"]
    counts = [[str(target), *[str(len(outcomes[target, kind])) for kind in kinds]] for target in TARGETS]
    others = [
        [name, str(version), str(target), kind, detail]
        for kind in kinds[1:4]
        for target in TARGETS
        for name, version, detail in outcomes[target, kind]
    ]
    return [
        {"title": "Tests by outcome", "columns": ["target", *kinds], "rows": counts},
        {"title": "Tests that are not the same", "columns": ["test", "opset", "target", "outcome", "reason"], "rows": others},
    ]


if __name__ == "__main__":
    main()
