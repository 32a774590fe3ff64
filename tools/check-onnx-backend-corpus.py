"""Takes the models inside the onnx package through Pareto. `--write` makes the counts a result page.

    python tools/check-onnx-backend-corpus.py [--write]

Every model.onnx of the package's backend test data, with its recorded inputs and outputs: it is opened, inferred,
simplified, checked and run. The nine light models come with outputs only; ONNX feeds them a ramp of 0 to 1. Needs onnx,
onnxruntime and numpy from PyPI, the packages of this checkout, and the locale en_US.UTF-8 for the models of strings.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper

from results import print_tables, write_results

ROOT = pathlib.Path(__file__).parents[1]
DATA = pathlib.Path(onnx.__file__).parent / "backend/test/data"
# Largest difference, as a share of the largest number of the output; from what was recorded, and from the original.
RECORDED_TOLERANCE = {"float16": 1e-2, "float32": 1e-4, "float64": 1e-7}
SIMPLIFIED_TOLERANCE = {"float16": 1e-3, "float32": 2e-6, "float64": 1e-12}
# ONNX Runtime has no kernels for what the operators of opset 6 mean: such a model is converted to run it.
CONVERT = ("--pass", "convert-opset", "--set", "target=13")
NO_KERNEL = {"Gradient": "an operator of training, which ONNX Runtime does not run"}


def main():
    ort.set_default_logger_severity(4)
    with tempfile.TemporaryDirectory() as folder:
        rows = [check(path, pathlib.Path(folder)) for path in sorted(DATA.rglob("*.onnx"))]
    tables = tables_of(rows)
    print_tables(tables)
    if "--write" in sys.argv:
        write_results("onnx-corpus", tables, [f"onnx {onnx.__version__}", f"ONNX Runtime {ort.__version__}"])


def check(path, folder):
    """The outcome of one model: a row of the table."""
    model = onnx.load(path)
    row = {"name": name_of(path), "notes": []}
    for step in (open_and_infer, simplify, run_and_compare):
        try:
            step(path, model, folder, row)
        except Exception as problem:  # A model that fails is a result.
            row["notes"].append(f"{step.__name__}: {str(problem).splitlines()[0][:150]}")
    return row


def name_of(path):
    return str(path.parent.relative_to(DATA) if path.name == "model.onnx" else path.relative_to(DATA))


def pareto(*arguments):
    command = ["node", "cli/pareto.mjs", *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)


def open_and_infer(path, model, folder, row):
    """Infers what the file does not say: the shapes that it states of values and outputs are taken out first."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.graph.value_info[:]
    for output in bare.graph.output:
        if output.type.HasField("tensor_type"):
            output.type.tensor_type.ClearField("shape")
    target = folder / "bare.onnx"
    onnx.save(bare, target)
    row["values"] = pareto("inspect", target)["values"]


def simplify(path, model, folder, row):
    target = folder / "simplified.onnx"
    target.unlink(missing_ok=True)
    done = pareto("optimize", path, "-o", target, "--pass", "simplify")
    row["nodes"] = (done["model"]["nodes"], done["variant"]["nodes"])
    row["checked"] = complaint(onnx.load(target), model)


def complaint(simplified, original):
    """The error of onnx.checker for the simplified model. An error that the original has too is marked."""
    try:
        onnx.checker.check_model(simplified, full_check=True)
        return "ok"
    except Exception as problem:
        try:
            onnx.checker.check_model(original, full_check=True)
        except Exception:
            return "as the original"
        return f"fails: {str(problem).splitlines()[0]}"


def run_and_compare(path, model, folder, row):
    for operator in {node.op_type for node in model.graph.node} & NO_KERNEL.keys():
        row["notes"].append(f"{operator}: {NO_KERNEL[operator]}")
        return
    original, simplified = runnable(path, folder, row), runnable(folder / "simplified.onnx", folder, row)
    row["recorded"], row["simplified"] = 0.0, 0.0
    for feeds, recorded in data_sets(path, model, original):
        plain, simple = original.run(None, feeds), simplified.run(None, feeds)
        row["recorded"] = max(row["recorded"], difference(recorded, simple, RECORDED_TOLERANCE))
        row["simplified"] = max(row["simplified"], difference(plain, simple, SIMPLIFIED_TOLERANCE))
        if not row.get("converted"):
            compare_inferred(model, feeds, row)
        else:
            names = [output.name for output in model.graph.output]
            compare_with_run(dict(zip(names, recorded)), row)


def runnable(path, folder, row):
    try:
        return session_of(path)
    except ort.capi.onnxruntime_pybind11_state.NotImplemented:
        target = folder / "converted.onnx"
        pareto("optimize", path, "-o", target, *CONVERT)
        row["converted"] = True
        return session_of(target)


def session_of(source):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    source = source if isinstance(source, bytes) else str(source)
    return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def data_sets(path, model, session):
    """Inputs by name, and the recorded outputs."""
    names = [value.name for value in session.get_inputs()]
    if path.name != "model.onnx":
        (shape,) = [value.shape for value in session.get_inputs()]
        size = int(np.prod(shape))
        feeds = {names[0]: (np.arange(size).reshape(shape) / size).astype(np.float32)}
        yield feeds, [read(path.with_name(f"{path.stem}_output_0.pb"), model.graph.output[0])]
        return
    for folder in sorted(path.parent.glob("test_data_set_*")):
        inputs = [read(folder / f"input_{index}.pb", model.graph.input[index]) for index in range(count(folder, "input"))]
        outputs = [read(folder / f"output_{index}.pb", value) for index, value in enumerate(model.graph.output)]
        declared = [value.name for value in model.graph.input]
        yield dict(zip(declared, inputs)), outputs


def count(folder, kind):
    return len(list(folder.glob(f"{kind}_*.pb")))


def read(path, value):
    content = path.read_bytes()
    if value.type.HasField("sequence_type"):
        sequence = onnx.SequenceProto()
        sequence.ParseFromString(content)
        return numpy_helper.to_list(sequence)
    tensor = onnx.TensorProto()
    tensor.ParseFromString(content)
    return numpy_helper.to_array(tensor)


def difference(expected, actual, tolerances):
    """The largest difference as a share of the largest number; raises where one is over its tolerance."""
    largest = 0.0
    for one, other in zip(flat(expected), flat(actual), strict=True):
        one, other = np.asarray(one), np.asarray(other)
        if one.shape != other.shape:
            raise RuntimeError(f"an output has the shape {other.shape}, not {one.shape}")
        tolerance = tolerances.get(one.dtype.name)
        if tolerance is None:
            if not np.array_equal(one.astype(object), other.astype(object)):
                raise RuntimeError("an output that is no number with a fraction differs")
            continue
        if not np.array_equal(np.isfinite(one), np.isfinite(other)):
            raise RuntimeError("infinite numbers differ")
        finite = np.isfinite(one)
        if not finite.any():
            continue
        a, b = one[finite].astype(np.float64), other[finite].astype(np.float64)
        share = float(np.abs(a - b).max() / max(np.abs(a).max(), 1e-30)) if (a != b).any() else 0.0
        if share > tolerance:
            raise RuntimeError(f"an output differs by {share:.1e} of its largest number")
        largest = max(largest, share)
    return largest


def flat(values):
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def compare_inferred(model, feeds, row):
    """Runs the model with every value as an output, and compares types and shapes with those inferred."""
    names = [name for node in model.graph.node for name in node.output if name]
    wide = onnx.ModelProto()
    wide.CopyFrom(model)
    given = {output.name for output in model.graph.output}
    wide.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in given)
    session = session_of(wide.SerializeToString())
    results = dict(zip([output.name for output in wide.graph.output], session.run(None, feeds)))
    compare_with_run({name: result for name, result in results.items() if name in names}, row)


def compare_with_run(results, row):
    known = 0
    tensors = {name: result for name, result in results.items() if isinstance(result, np.ndarray)}
    for name, result in tensors.items():
        value = row["values"].get(name, {"dtype": None, "shape": None})
        dtype = "string" if result.dtype == object else result.dtype.name
        shape = value["shape"]
        if value["dtype"] not in (None, dtype):
            raise RuntimeError(f"{name} is {dtype}, not {value['dtype']}")
        if shape is None:
            continue
        sizes = [size if isinstance(size, int) else None for size in shape]
        if len(sizes) != result.ndim or any(a is not None and a != b for a, b in zip(sizes, result.shape)):
            raise RuntimeError(f"{name} has the shape {result.shape}, not {shape}")
        known += None not in sizes
    row["known"] = (known, len(tensors))


def tables_of(rows):
    """Counts of all models, and what was found of those that do not pass every step."""
    failed = [row for row in rows if row["notes"]]
    known = [sum(row["known"][index] for row in rows if "known" in row) for index in range(2)]
    nodes = [sum(row["nodes"][index] for row in rows if "nodes" in row) for index in range(2)]
    largest = lambda key: max(row[key] for row in rows if row.get(key) is not None)
    counts = [
        ["models that pass every step", f"{len(rows) - len(failed)} of {len(rows)}"],
        ["models that run as operator set 13, since older operators have no kernels", str(sum(bool(row.get("converted")) for row in rows))],
        ["values whose whole shape is known before a run", f"{known[0]} of {known[1]} ({known[0] / known[1]:.1%})"],
        ["nodes before and after simplify", f"{nodes[0]} → {nodes[1]}"],
        ["largest relative difference, simplified against original", f"{largest('simplified'):.1e}"],
        ["largest relative difference, simplified against the recorded outputs", f"{largest('recorded'):.1e}"],
    ]
    columns = ["model", "values known", "nodes", "simplified", "checker", "recorded", "note"]
    return [
        {"title": "All models", "columns": ["figure", "value"], "rows": counts},
        {"title": "Models that do not pass", "columns": columns, "rows": [cells_of(row) for row in failed]},
    ]


def cells_of(row):
    share = lambda value: "—" if value is None else f"{value:.1e}"
    return [
        row["name"],
        "{} of {}".format(*row["known"]) if "known" in row else "—",
        "{} → {}".format(*row["nodes"]) if "nodes" in row else "—",
        share(row.get("simplified")),
        row.get("checked", "—"),
        share(row.get("recorded")),
        "; ".join(row["notes"]),
    ]


if __name__ == "__main__":
    main()
