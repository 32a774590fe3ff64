"""Collects the node tests of the onnx package as one corpus for shape inference.

    python tools/golden/make-operator-shapes.py

Writes src/engine/onnx/ops/fixtures/operator-shapes.zip. It has models.bin, one tiny model for each test whose outputs
have the recorded shapes, and corpus.json with the shapes that ONNX's own inference finds without them. Models over 20
kB are left out and counted. Tests that are fed with short lists, which may be sizes or axes, are there once more with
these as constants.

Needs onnx 1.23 and numpy.
"""

import json
import pathlib
import zipfile

import numpy as np
import onnx
import onnx.backend.test.case.node as node_tests
from onnx import numpy_helper, shape_inference

TARGET = pathlib.Path(__file__).parents[2] / "src/engine/onnx/ops/fixtures/operator-shapes.zip"
LARGEST_BYTES = 20_000


def shape_of(value):
    kind = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not kind.HasField("shape"):
        return None
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in kind.shape.dim]


def with_constant_lists(case):
    """The model with short inputs as initializers; `None` where there are none."""
    inputs, _ = case.data_sets[0]
    lists = [
        (value.name, array)
        for value, array in zip(case.model.graph.input, inputs)
        if isinstance(array, np.ndarray) and array.ndim <= 1 and array.size <= 16 and array.dtype in (np.int64, np.float32)
    ]
    if not lists or max(array.dtype == np.int64 for _, array in lists) == 0 and "resize" not in case.name:
        return None
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    names = [name for name, _ in lists]
    rest = [value for value in model.graph.input if value.name not in names]
    del model.graph.input[:]
    model.graph.input.extend(rest)
    model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in lists)
    return model


def inferred_by_onnx(model):
    stripped = onnx.ModelProto()
    stripped.CopyFrom(model)
    for output in stripped.graph.output:
        if output.type.HasField("tensor_type"):
            output.type.tensor_type.ClearField("shape")
    try:
        inferred = shape_inference.infer_shapes(stripped, data_prop=True)
    except Exception:  # an operator of a domain that it does not know
        return {}
    return {output.name: shape_of(output) for output in inferred.graph.output}


def main():
    corpus, models, left_out = [], [], 0

    def add(name, model):
        content = model.SerializeToString()
        models.append(content)
        corpus.append({"name": name, "bytes": len(content), "inferred": inferred_by_onnx(model)})

    for case in sorted(node_tests.collect_testcases(None), key=lambda case: case.name):
        content = case.model.SerializeToString() if case.model is not None else b""
        if case.model is None or len(content) > LARGEST_BYTES:
            left_out += 1
            continue
        add(case.name, case.model)
        told = with_constant_lists(case)
        if told is not None:
            add(f"{case.name}, told its lists", told)
    TARGET.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(TARGET, "w") as archive:
        # One after the other in one entry: alike as they are, they compress to a tenth.
        write(archive, "models.bin", b"".join(models))
        write(archive, "corpus.json", json.dumps({"onnx": onnx.__version__, "leftOut": left_out, "models": corpus}))
    print(f"{len(corpus)} models, {left_out} left out, {TARGET.stat().st_size} bytes")


def write(archive, name, content):
    entry = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, compresslevel=9)


main()
