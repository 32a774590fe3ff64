"""Writes the golden fixtures of the pass quantize-static: small models, and what ONNX Runtime's tool makes of them.

    python tools/golden/make-quantize-static.py src/engine/passes/quantize/static/fixtures

Needs onnxruntime 1.32 and onnx 1.23 from PyPI. Everything is seeded: the same versions give the same bytes.
<model>.onnx is the input, <model>.<variant>.onnx the tool's output, cases.json lists the pairs with the options in the pass's
own terms, and the samples that both calibrate with.
"""

import contextlib
import io
import json
import logging
import os
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, version_converter
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

logging.disable(logging.WARNING)
OUT = sys.argv[1]
random = np.random.default_rng(20261126)
node = helper.make_node


def normal(*shape, scale=0.3):
    return (random.standard_normal(shape) * scale).astype(np.float32)


def value(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def model(nodes, inputs, outputs, weights):
    tensors = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "golden", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="golden")


def pictures():
    """Everything that a picture classifier has: a residual sum, bounds that are absorbed and one that is not, pools, Gemm."""
    weights = {
        "w1": normal(6, 2, 3, 3), "b1": normal(6), "w2": normal(6, 1, 3, 3), "b2": normal(6), "w3": normal(6, 6, 1, 1),
        "zero": np.float32(0), "six": np.float32(6), "w5": normal(5, 12), "b5": normal(5),
    }
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["c1"], "conv1", pads=[1, 1, 1, 1]),
        node("Relu", ["c1"], ["r1"], "relu1"),
        node("Conv", ["r1", "w2", "b2"], ["c2"], "depthwise", group=6, pads=[1, 1, 1, 1]),
        node("Clip", ["c2", "zero", "six"], ["k2"], "clip"),
        node("Conv", ["k2", "w3"], ["c3"], "pointwise"),
        node("Add", ["c3", "r1"], ["sum"], "residual"),
        node("MaxPool", ["sum"], ["pool"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        node("HardSwish", ["pool"], ["swish"], "swish"),
        node("Concat", ["pool", "swish"], ["both"], "concat", axis=1),
        node("GlobalAveragePool", ["both"], ["mean"], "mean"),
        node("Flatten", ["mean"], ["flat"], "flatten"),
        node("Gemm", ["flat", "w5", "b5"], ["y"], "fc", transB=1),
    ]
    return model(nodes, [value("x", ["n", 2, 6, 6])], [value("y", ["n", 5])], weights)


def sentences():
    """Products of weights and of activations, a softmax, shapes that only move elements."""
    weights = {"w1": normal(8, 12), "b1": normal(12), "w2": normal(12, 8), "scale": np.float32(0.35),
               "shape": np.array([1, 4, 2, 6], np.int64), "back": np.array([1, 4, 12], np.int64)}
    nodes = [
        node("MatMul", ["x", "w1"], ["m1"], "query"),
        node("Add", ["m1", "b1"], ["a1"], "bias"),
        node("Reshape", ["a1", "shape"], ["s"], "heads"),
        node("Transpose", ["s"], ["q"], "left", perm=[0, 2, 1, 3]),
        node("Transpose", ["s"], ["k"], "right", perm=[0, 2, 3, 1]),
        node("MatMul", ["q", "k"], ["scores"], "scores"),
        node("Mul", ["scores", "scale"], ["scaled"], "scaled"),
        node("Softmax", ["scaled"], ["p"], "softmax", axis=-1),
        node("MatMul", ["p", "q"], ["mixed"], "mix"),
        node("Transpose", ["mixed"], ["t"], "turn", perm=[0, 2, 1, 3]),
        node("Reshape", ["t", "back"], ["flat"], "join"),
        node("MatMul", ["flat", "w2"], ["y"], "out"),
    ]
    return model(nodes, [value("x", [1, 4, 8])], [value("y", [1, 4, 8])], weights)


def pieces():
    """Features that the other models lack: tables, parts, frames, gates, an upsampling, a Gemm with factors."""
    weights = {
        "w1": normal(4, 2, 3, 3), "b1": normal(4), "frame": np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64),
        "zero": np.float32(0), "half": np.float32(0.5), "sizes": np.array([2, 2], np.int64),
        "w2": normal(2, 3, 2, 2), "b2": normal(3), "w3": normal(27, 4), "b3": normal(4), "table": normal(5, 4),
        "rows": np.array([3], np.int64), "flat": np.array([1, 27], np.int64),
    }
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["c"], "conv", pads=[1, 1, 1, 1]),
        node("LeakyRelu", ["c"], ["l"], "leaky", alpha=0.2),
        node("AveragePool", ["l"], ["a"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        node("Pad", ["a", "frame", "half"], ["p"], "halves"),
        node("Pad", ["p", "frame", "zero"], ["z"], "zeros"),
        node("MaxPool", ["z"], ["m"], "most", kernel_shape=[4, 4], strides=[3, 3]),
        node("Split", ["m", "sizes"], ["s1", "s2"], "parts", axis=1),
        node("Sigmoid", ["s1"], ["g"], "gate"),
        node("Mul", ["g", "s2"], ["u"], "gated"),
        node("ConvTranspose", ["u", "w2", "b2"], ["t"], "transposed"),
        node("Reshape", ["t", "flat"], ["f"], "flatten"),
        node("Gemm", ["f", "w3", "b3"], ["k"], "fc"),
        node("Gather", ["table", "rows"], ["e"], "embed"),
        node("Add", ["k", "e"], ["y"], "sum"),
    ]
    return model(nodes, [value("x", [1, 2, 6, 6])], [value("y", [1, 4])], weights)


PRODUCTS = ["Conv", "Gemm", "MatMul"]
# Options of the pass, and what says the same to the tool where `quantized` does not.
VARIANTS = {
    "per-channel": ({"perChannel": True}, {}),
    "per-tensor": ({"perChannel": False}, {}),
    "int8": ({"activationType": "int8"}, {}),
    "reduce-range": ({"reduceRange": True}, {}),
    "uint8-weights": ({"weightType": "uint8"}, {}),
    "uint8-weights-per-tensor": ({"weightType": "uint8", "perChannel": False}, {}),
    "uint16": ({"activationType": "uint16"}, {}),
    "int16": ({"activationType": "int16", "weightType": "int16", "perChannel": False}, {}),
    "int4-weights": ({"weightType": "int4"}, {}),
    "uint4-weights": ({"weightType": "uint4"}, {}),
    "int4-weights-per-tensor": ({"weightType": "int4", "perChannel": False, "activationType": "int16"}, {}),
    "uint4-weights-per-tensor": ({"weightType": "uint4", "perChannel": False}, {}),
    "symmetric": (
        {"activationType": "int8", "symmetricActivations": True, "symmetricWeights": "true"},
        {"extra_options": {"ActivationSymmetric": True, "WeightSymmetric": True}},
    ),
    "entropy": ({"calibrator": "entropy", "bins": 128}, {"calibrate_method": CalibrationMethod.Entropy}),
    "percentile": ({"calibrator": "percentile"}, {"calibrate_method": CalibrationMethod.Percentile}),
    "moving-average": ({"calibrator": "moving-average"}, {"extra_options": {"CalibMovingAverage": True}}),
    "qoperator": ({"format": "qoperator"}, {"quant_format": QuantFormat.QOperator}),
    "qoperator-per-tensor": (
        {"format": "qoperator", "perChannel": False, "activationType": "int8", "reduceRange": True},
        {"quant_format": QuantFormat.QOperator},
    ),
    "tensorrt": (
        {"target": "tensorrt"},
        {
            "activation_type": QuantType.QInt8,
            "op_types_to_quantize": PRODUCTS,
            "extra_options": {
                "ActivationSymmetric": True,
                "WeightSymmetric": True,
                "QuantizeBias": False,
                "OpTypesToExcludeOutputQuantization": PRODUCTS,
            },
        },
    ),
}
PIECE_VARIANTS = ["per-channel", "int4-weights", "symmetric", "qoperator", "qoperator-per-tensor"]
TYPES = {
    "int4": QuantType.QInt4, "uint4": QuantType.QUInt4, "int8": QuantType.QInt8, "uint8": QuantType.QUInt8,
    "int16": QuantType.QInt16, "uint16": QuantType.QUInt16,
}


def quantized(path, samples, options, more):
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "out.onnx")
        given = {
            "quant_format": QuantFormat.QDQ,
            "activation_type": TYPES[options.get("activationType", "uint8")],
            "weight_type": TYPES[options.get("weightType", "int8")],
            "per_channel": options.get("perChannel", True),
            "reduce_range": options.get("reduceRange", False),
            **more,
        }
        if options.get("weightType", "").endswith("int4"):
            # The tool would write operators of com.microsoft for older operator sets; the pass converts the model
            # first.
            source = os.path.join(folder, "in.onnx")
            onnx.save(version_converter.convert_version(onnx.load(path), 21), source)
            path = source
        with contextlib.redirect_stdout(io.StringIO()):
            quantize_static(path, target, Samples(samples), **given)
        return onnx.load(target)


class Samples(CalibrationDataReader):
    def __init__(self, samples):
        self.samples = iter(samples)

    def get_next(self):
        sample = next(self.samples, None)
        return None if sample is None else {"x": sample}


def main():
    os.makedirs(OUT, exist_ok=True)
    cases, all_samples = [], {}
    for make, shape in [(pictures, (1, 2, 6, 6)), (sentences, (1, 4, 8)), (pieces, (1, 2, 6, 6))]:
        name = make.__name__
        made = make()
        onnx.checker.check_model(made, full_check=True)
        path = os.path.join(OUT, f"{name}.onnx")
        onnx.save(made, path)
        samples = [normal(*shape, scale=1.0) for _ in range(6)]
        all_samples[name] = {"dims": list(shape), "values": [sample.ravel().tolist() for sample in samples]}
        for variant, (options, more) in VARIANTS.items():
            if make is pieces and variant not in PIECE_VARIANTS:
                continue
            made_by_tool = quantized(path, samples, options, more)
            # Descriptions of values are the tool's shape inference, not its quantization.
            del made_by_tool.graph.value_info[:]
            onnx.save(made_by_tool, os.path.join(OUT, f"{name}.{variant}.onnx"))
            cases.append({"model": name, "variant": variant, "options": options})
    with open(os.path.join(OUT, "cases.json"), "w") as file:
        json.dump({"cases": cases, "samples": all_samples}, file)
        file.write("\n")


main()
