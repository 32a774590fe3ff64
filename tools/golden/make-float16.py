"""Writes what ONNX Runtime's converter makes of the models of quantize-static in float16.

    python tools/golden/make-float16.py src/engine/passes/quantize/static/fixtures src/engine/passes/float16/convert/fixtures

Needs onnxruntime 1.32 and onnx 1.23 from PyPI. <model>.<kept|converted>.onnx: inputs and outputs float32, or float16 as well.
"""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.transformers.float16 import convert_float_to_float16

SOURCE, OUT = sys.argv[1:]


def edges():
    """Numbers at the ends of float16, and operators that say which type they make."""
    numbers = np.array([0, -0.0, 1e-9, -3e-8, 5.9e-8, 6.1e-5, 65504, -65504, 1 / 3, np.inf], np.float32)
    nodes = [
        helper.make_node("Cast", ["i"], ["c"], "cast", to=TensorProto.FLOAT),
        helper.make_node("Mul", ["c", "numbers"], ["m"], "product"),
        helper.make_node("Max", ["m", "floor"], ["k"], "larger"),
        helper.make_node("Add", ["k", "x"], ["y"], "sum"),
    ]
    inputs = [
        helper.make_tensor_value_info("i", TensorProto.INT64, [10]),
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [10]),
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [10])]
    # A weight that both types of operators read is kept in both by the pass, and cast back from float16 by the tool.
    weights = {"numbers": numbers, "floor": np.array([-1 / 7], np.float32)}
    tensors = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "golden", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="golden")


def main():
    os.makedirs(OUT, exist_ok=True)
    onnx.save(edges(), os.path.join(OUT, "edges.onnx"))
    for name in ["pictures", "sentences", "edges"]:
        for variant, keep in [("kept", True), ("converted", False)]:
            model = onnx.load(os.path.join(OUT if name == "edges" else SOURCE, f"{name}.onnx"))
            made = convert_float_to_float16(model, keep_io_types=keep)
            del made.graph.value_info[:]
            onnx.save(made, os.path.join(OUT, f"{name}.{variant}.onnx"))


main()
