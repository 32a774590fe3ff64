"""Checks `restore-float` on quantized models from other tools, and prints a table.

    python tools/check-restored-models.py <model.onnx>… [--inputs <folder>] [--write]

Every quantized weight is computed here as scale × (integer − zero point) and must be in the restored file bit for bit.
No operator on integers may be left. Outputs must agree with those of the received file in ONNX Runtime for the CPU by
at least 30 dB. After quantize-dynamic (with tables and LSTMs, as in the received file) the file may have at most 1.05
times the bytes of the received one. `<folder>/<model>.npz` holds the inputs of a model by name, sample by sample along
the first axis; without it they are random. Exits with 1 if a model fails. Needs onnx, onnxruntime and numpy from PyPI,
and the packages of this checkout.
"""

import argparse
import math
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper

from results import write_results

ROOT = pathlib.Path(__file__).parents[1]
LEAST_DB = 30
MOST_BYTES = 1.05
SAMPLES = 8
LENGTH = 48
QUANTIZING = re.compile(r"Quantize|Integer|NBits$|^Q[A-Z]|Bnb4$")


def pareto(*words):
    subprocess.run(["node", "cli/pareto.mjs", *map(str, words)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def graphs_of(graph):
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from graphs_of(attribute.g)


def constants_of(model):
    found = {}
    for graph in graphs_of(model.graph):
        found.update({tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer})
        for node in graph.node:
            if node.op_type == "Constant" and node.attribute[0].name == "value":
                found[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return found


def nodes_of(model):
    return [node for graph in graphs_of(model.graph) for node in graph.node]


def dequantize(codes, scale, zero_point, axis=None):
    """In float32 at each step, as DequantizeLinear does it."""
    if scale.size > 1:
        shape = [1] * codes.ndim
        shape[axis] = -1
        scale, zero_point = scale.reshape(shape), zero_point.reshape(shape) if zero_point.size > 1 else zero_point
    return (codes.astype(np.int64) - zero_point.astype(np.int64)).astype(np.float32) * scale.astype(np.float32)


def expected_weights(model):
    """Names and floats of every constant of integers, by the operator that reads it."""
    constants = constants_of(model)
    readers = {}
    producers = {}
    for node in nodes_of(model):
        for name in node.input:
            readers.setdefault(name, []).append(node)
        for name in node.output:
            producers[name] = node
    zero = lambda names, index, codes: (
        constants[names[index]] if index < len(names) and names[index] else np.zeros((), codes.dtype)
    )
    for node in nodes_of(model):
        names = list(node.input)
        if node.op_type == "DequantizeLinear":
            codes, scale = names[0], constants.get(names[1])
            source = producers.get(codes)
            # A table whose rows are read before they are scaled.
            codes = source.input[0] if source is not None and source.op_type == "Gather" else codes
            if codes in constants and scale is not None:
                axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 1)
                yield codes, dequantize(constants[codes], scale, zero(names, 2, constants[codes]), axis)
        elif node.op_type == "Mul":
            # A weight of integers behind a Cast, whose scale is broadcast.
            for name, scale in (names, names[::-1]):
                cast = producers.get(name)
                codes = constants.get(cast.input[0]) if cast is not None and cast.op_type == "Cast" else None
                if codes is not None and codes.dtype.itemsize == 1 and scale in constants:
                    yield cast.input[0], codes.astype(np.float32) * constants[scale].astype(np.float32)
        elif node.op_type in ("MatMulInteger", "ConvInteger") and names[1] in constants:
            codes = constants[names[1]]
            scale = scale_of_sums(node, names[1], constants, readers, producers)
            axis = codes.ndim - 1 if node.op_type == "MatMulInteger" else 0
            yield names[1], dequantize(codes, scale, zero(names, 3, codes), axis)
        elif node.op_type == "DynamicQuantizeLSTM":
            for index, scale_index in ((1, 8), (2, 10)):
                codes, scale = constants[names[index]], constants[names[scale_index]]
                zero_point = zero(names, scale_index + 1, codes)
                parts = [
                    dequantize(codes[at], *(each[at] if each.ndim else each for each in (scale, zero_point)), axis=1)
                    for at in range(len(codes))
                ]
                yield names[index], np.stack(parts).transpose(0, 2, 1)


def scale_of_sums(node, weight, constants, readers, producers):
    """The constant factor of the product of scales, behind the Cast."""
    cast = readers[node.output[0]][0]
    # Some versions of ONNX Runtime's tool add the bias as int32.
    cast = readers[cast.output[0]][0] if cast.op_type == "Add" else cast
    scaled = readers[cast.output[0]][0]
    product = producers[next(name for name in scaled.input if name != cast.output[0])]
    return next(constants[name] for name in product.input if name in constants)


def count_equal(received, restored):
    floats = {}
    for array in constants_of(restored).values():
        if array.dtype == np.float32:
            floats.setdefault(array.shape, []).append(array)
    expected = dict(expected_weights(received))
    equal = [
        name
        for name, array in expected.items()
        if any(array.tobytes() == other.tobytes() for other in floats.get(array.shape, []))
    ]
    return len(equal), len(expected)


def feeds_of(model, rng):
    """Random numbers; ids within the tables that they choose from."""
    constants = constants_of(model)
    sizes = {}
    feeds = {}
    for value in model.graph.input:
        if value.name in constants:
            continue
        tensor = value.type.tensor_type
        dims = []
        for axis, dim in enumerate(tensor.shape.dim):
            is_batch = axis == 0 or "batch" in dim.dim_param
            free = sizes.setdefault(dim.dim_param or f"{value.name}.{axis}", 2 if is_batch else LENGTH)
            size = dim.dim_value or free
            dims.append(size)
        tables = [node.input[0] for node in nodes_of(model) if node.op_type == "Gather" and node.input[1] == value.name]
        rows = [len(constants[name]) for name in tables if name in constants]
        if tensor.elem_type == onnx.TensorProto.INT64:
            feeds[value.name] = rng.integers(1, min(rows or [32]), dims).astype(np.int64)
        else:
            feeds[value.name] = rng.normal(size=dims).astype(np.float32)
    return feeds


def outputs_db(received, restored, feeds_of_samples):
    """SQNR over all float outputs and samples; and the share of equal choices where outputs are integers."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = [ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]) for path in (received, restored)]
    worst, equal = math.inf, []
    errors, totals = {}, {}
    for feeds in feeds_of_samples:
        names = [output.name for output in sessions[0].get_outputs()]
        for name, first, second in zip(names, *(session.run(names, feeds) for session in sessions)):
            if first.dtype.kind == "f":
                errors[name] = errors.get(name, 0) + float(np.sum((first.astype(np.float64) - second) ** 2))
                totals[name] = totals.get(name, 0) + float(np.sum(first.astype(np.float64) ** 2))
            else:
                equal.append(float(np.mean(first == second)))
    for name, error in errors.items():
        worst = min(worst, math.inf if error == 0 else 10 * math.log10(totals[name] / error))
    return worst, float(np.mean(equal)) if equal else None


def samples_of(path, model, inputs):
    stored = inputs and inputs / f"{path.stem}.npz"
    if stored and stored.exists():
        arrays = dict(np.load(stored))
        return [{name: array[at : at + 1] for name, array in arrays.items()} for at in range(len(next(iter(arrays.values()))))]
    rng = np.random.default_rng(1)
    return [feeds_of(model, rng) for _ in range(SAMPLES)]


def check(path, folder, inputs):
    restored, again = folder / "restored.onnx", folder / "again.onnx"
    pareto("optimize", path, "--pass", "restore-float", "-o", restored)
    pareto(
        *["optimize", restored, "--pass", "quantize-dynamic", "--set", "opTypes=MatMul,Gemm,LSTM,Gather,Conv"],
        *["-o", again],
    )
    received, model = onnx.load(path), onnx.load(restored)
    onnx.checker.check_model(model)
    equal, weights = count_equal(received, model)
    left = sum(1 for node in nodes_of(model) if QUANTIZING.search(node.op_type))
    decibels, choices = outputs_db(path, restored, samples_of(path, received, inputs))
    ratio = again.stat().st_size / path.stat().st_size
    agrees = decibels >= LEAST_DB and (choices is None or choices >= 0.99)
    passed = equal == weights and weights > 0 and left == 0 and agrees and ratio <= MOST_BYTES
    row = [
        path.name,
        f"{path.stat().st_size / 1e6:.2f} MB",
        f"{equal} of {weights}",
        str(left),
        "" if math.isinf(decibels) else f"{decibels:.1f} dB",
        "" if choices is None else f"{100 * choices:.1f} %",
        f"{ratio:.3f}×",
        "yes" if passed else "no",
    ]
    print(*row, sep="\t", flush=True)
    return passed, row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--inputs", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = [check(path.resolve(), pathlib.Path(folder), given.inputs) for path in given.models]
    columns = ["model", "received", "equal weights", "integer operators left", "SQNR", "equal choices", "quantized again", "passed"]
    if given.write:
        table = {"columns": columns, "rows": [row for _, row in results]}
        write_results("restored-models", [table], [f"onnxruntime {ort.__version__}"])
    return 0 if all(passed for passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
