"""Writes the golden fixtures of the pass quantize-dynamic: small models, and what the real tool makes of them.

    python tools/golden/make-quantize-dynamic.py src/engine/passes/quantize/dynamic/fixtures

Needs onnxruntime 1.32 and onnx 1.23 from PyPI. Everything is seeded: the same versions give the same bytes.
models/<model>.onnx is the input, quantized/<model>.<variant>.onnx the tool's output, cases.json lists the pairs with
the options in the pass's own terms. scales.json holds scale and zero point of random ranges, straight from the tool.

Where 1.32 differs from the older 1.21, the fixtures show 1.32:
- Gemm with transB: the weight is copied to `<B>_Transposed` before it is quantized (1.21 transposed it in place).
- The real range is computed in float64 (1.21: in the weight's own type), so asymmetric scales may differ in the last bit.
- uint8 symmetric uses 0..255 with zero point 128 (1.21: 0..254, 127).
- float16 scales may be subnormal (1.21: scale 1 below 6.1e-5).
- Opsets below 10 are converted with onnx.version_converter (1.21 only rewrote the number).
"""

import json
import logging
import os
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.quant_utils import compute_scale_zp, get_qmin_qmax_for_qType

logging.disable(logging.WARNING)
OUT = sys.argv[1]
F = TensorProto.FLOAT
random = np.random.default_rng(20261124)


def normal(*shape, scale=0.2):
    return (random.standard_normal(shape) * scale).astype(np.float32)


def value(name, shape, dtype=F):
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, inputs, outputs, weights, opset=17, ms=False, ir=8):
    imports = [helper.make_opsetid("", opset)] + ([helper.make_opsetid("com.microsoft", 1)] if ms else [])
    tensors = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "golden", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=imports, ir_version=ir, producer_name="golden")


node = helper.make_node
VARIANTS = {
    "int8": {},
    "uint8": {"weightType": "uint8"},
    "per-channel": {"perChannel": True},
    "per-channel-uint8": {"perChannel": True, "weightType": "uint8"},
    "reduce-range": {"reduceRange": True},
    "reduce-range-uint8": {"reduceRange": True, "weightType": "uint8"},
    "per-channel-reduce-range": {"perChannel": True, "reduceRange": True},
    "symmetric": {"symmetric": True},
    "symmetric-uint8": {"symmetric": True, "weightType": "uint8"},
    "per-channel-symmetric-uint8": {"perChannel": True, "symmetric": True, "weightType": "uint8"},
}
EVERY = list(VARIANTS)
SOME = ["int8", "uint8", "per-channel", "per-channel-uint8"]


def matmul_2d():
    nodes = [node("MatMul", ["x", "w1"], ["h"], "fc1"), node("Relu", ["h"], ["r"], "act"), node("MatMul", ["r", "w2"], ["y"], "fc2")]
    return model(nodes, [value("x", ["n", 12])], [value("y", ["n", 5])], {"w1": normal(12, 7), "w2": normal(7, 5, scale=3)})


def matmul_3d():
    nodes = [node("MatMul", ["x", "w"], ["y"], "batched")]
    return model(nodes, [value("x", [3, 4, 10])], [value("y", [3, 4, 6])], {"w": normal(3, 10, 6)})


def matmul_activation_3d():
    nodes = [node("MatMul", ["x", "w"], ["y"], "fc"), node("Tanh", ["y"], ["z"], "act")]
    return model(nodes, [value("x", ["n", "t", 33])], [value("z", ["n", "t", 17])], {"w": normal(33, 17)})


def matmul_shared_weight():
    nodes = [
        node("MatMul", ["a", "w"], ["ya"], "first"),
        node("MatMul", ["b", "w"], ["yb"], "second"),
        node("MatMul", ["a", "v"], ["yc"], "same_input"),
        node("MatMul", ["ya", "yb"], ["dynamic"], "two_activations"),
    ]
    return model(nodes, [value("a", [8, 8]), value("b", [8, 8])], [value("dynamic", [8, 8]), value("yc", [8, 3])], {"w": normal(8, 8), "v": normal(8, 3)})


def matmul_weight_also_float():
    nodes = [
        node("Add", ["x", "w"], ["s"], "before"),
        node("MatMul", ["s", "w"], ["m"], "fc"),
        node("Mul", ["m", "w"], ["y"], "after"),
    ]
    return model(nodes, [value("x", [6, 6])], [value("y", [6, 6])], {"w": normal(6, 6)})


def matmul_unnamed():
    nodes = [node("MatMul", ["x", "w1"], ["h"]), node("MatMul", ["x", "w1"], ["k"]), node("Add", ["h", "k"], ["s"]), node("MatMul", ["s", "w2"], ["y"])]
    return model(nodes, [value("x", [2, 9])], [value("y", [2, 4])], {"w1": normal(9, 9), "w2": normal(9, 4)})


def matmul_large_k():
    shapes = {"w0": (257, 31), "w1": (31, 129), "w2": (129, 1), "w3": (1, 64)}
    nodes, last = [], "x"
    for i, name in enumerate(shapes):
        nodes.append(node("MatMul", [last, name], [f"y{i}"], f"layer{i}"))
        last = f"y{i}"
    return model(nodes, [value("x", ["n", 257])], [value(last, ["n", 64])], {n: normal(*s, scale=2.0**-i) for i, (n, s) in enumerate(shapes.items())})


def matmul_edge_ranges():
    tiny = np.float32(1.4e-45)
    arrays = {
        "zeros": np.zeros((4, 3)),
        "positive": np.abs(normal(4, 3)) + 1,
        "negative": -np.abs(normal(4, 3)) - 1,
        "subnormal": np.full((4, 3), tiny),
        "nearly_subnormal": normal(4, 3) * np.float32(1e-36),
        "huge": normal(4, 3) * np.float32(1e38),
        "largest": np.full((4, 3), 3.4028235e38) * np.sign(normal(4, 3)),
        "single": np.full((4, 3), 0.7),
        "outlier": np.concatenate([normal(3, 3), [[1000, -5, 0.1]]]),
        "ties": np.array([[127, 0.5, 1.5], [2.5, -0.5, -1.5], [-2.5, 3.5, 126.5], [-126.5, 63.5, -127]]),
        "one_zero_channel": np.concatenate([normal(4, 2), np.zeros((4, 1))], axis=1),
        "negative_zero": np.array([[-0.0, 1, 2]] * 4),
    }
    nodes = [node("MatMul", ["x", name], [f"y_{name}"], f"fc_{name}") for name in arrays]
    weights = {name: np.asarray(array).astype(np.float32) for name, array in arrays.items()}
    return model(nodes, [value("x", [2, 4])], [value(f"y_{name}", [2, 3]) for name in arrays], weights)


def matmul_constant_operands():
    nodes = [node("MatMul", ["c", "w"], ["k"], "constants"), node("Add", ["x", "k"], ["y"], "add")]
    return model(nodes, [value("x", [2, 4])], [value("y", [2, 4])], {"c": normal(2, 3), "w": normal(3, 4)})


def gemm():
    nodes = [
        node("Gemm", ["x", "w_plain", "b"], ["y_plain"], "plain"),
        node("Gemm", ["x", "w_transposed", "b"], ["y_transposed"], "transposed", transB=1),
        node("Gemm", ["x", "w_no_bias"], ["y_no_bias"], "no_bias", transB=1),
        node("Gemm", ["x", "w_alpha", "b"], ["y_alpha"], "with_alpha", alpha=0.5),
        node("Gemm", ["x", "w_beta", "b"], ["y_beta"], "with_beta", beta=2.0, transB=1),
        node("Gemm", ["xt", "w_trans_a", "b"], ["y_trans_a"], "trans_a", transA=1),
        node("Gemm", ["x", "w_unnamed", "b"], ["y_unnamed"], transB=1),
        node("Gemm", ["x", "w_explicit", "b"], ["y_explicit"], "explicit_defaults", alpha=1.0, beta=1.0, transA=0, transB=0),
    ]
    names = ["plain", "transposed", "no_bias", "alpha", "beta", "trans_a", "unnamed", "explicit"]
    transposed = {"transposed", "no_bias", "beta", "unnamed"}
    weights = {f"w_{n}": normal(5, 11) if n in transposed else normal(11, 5) for n in names}
    weights["b"] = normal(5)
    return model(nodes, [value("x", [2, 11]), value("xt", [11, 2])], [value(f"y_{n}", [2, 5]) for n in names], weights)


def gemm_shared():
    nodes = [
        node("Gemm", ["x", "w", "b"], ["h"], "first", transB=1),
        node("Gemm", ["h", "w", "b"], ["k"], "second", transB=1),
        node("MatMul", ["k", "w"], ["m"], "straight"),
        node("Gemm", ["m", "w", "b"], ["y"], "float", transB=1, alpha=2.0),
    ]
    return model(nodes, [value("x", [3, 6])], [value("y", [3, 6])], {"w": normal(6, 6), "b": normal(6)})


def conv():
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["c1"], "conv1", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        node("Relu", ["c1"], ["r1"], "relu1"),
        node("Conv", ["r1", "w2"], ["c2"], "conv2", kernel_shape=[3, 3], strides=[2, 2], dilations=[1, 1]),
        node("Conv", ["c2", "w3", "b3"], ["c3"], "depthwise", kernel_shape=[1, 1], group=4),
        node("Conv", ["c3", "w4", "b4"], ["y"], auto_pad="SAME_UPPER"),
    ]
    weights = {"w1": normal(6, 3, 3, 3), "b1": normal(6), "w2": normal(4, 6, 3, 3), "w3": normal(4, 1, 1, 1), "b3": normal(4), "w4": normal(2, 4, 3, 3), "b4": normal(2)}
    return model(nodes, [value("x", [1, 3, 9, 9])], [value("y", None)], weights)


def conv_1d():
    nodes = [node("Conv", ["x", "w1", "b1"], ["h"], "wide", kernel_shape=[5], pads=[2, 2]), node("Conv", ["h", "w2"], ["y"], "narrow", kernel_shape=[1])]
    return model(nodes, [value("x", ["n", 4, "t"])], [value("y", None)], {"w1": normal(8, 4, 5), "b1": normal(8), "w2": normal(3, 8, 1)})


def lstm():
    hidden, size = 5, 7
    nodes = [
        node("LSTM", ["x", "w", "r", "b"], ["y", "yh", "yc"], "forward", hidden_size=hidden),
        node("LSTM", ["x", "w2", "r2", "b2", "", "h0", "c0"], ["z", "", ""], "both", hidden_size=hidden, direction="bidirectional"),
        node("LSTM", ["x", "w3", "r3"], ["q"], hidden_size=hidden, direction="reverse"),
    ]
    weights = {
        "w": normal(1, 4 * hidden, size), "r": normal(1, 4 * hidden, hidden), "b": normal(1, 8 * hidden),
        "w2": normal(2, 4 * hidden, size) * np.array([1, 5], np.float32)[:, None, None], "r2": normal(2, 4 * hidden, hidden), "b2": normal(2, 8 * hidden),
        "w3": normal(1, 4 * hidden, size), "r3": normal(1, 4 * hidden, hidden),
    }
    inputs = [value("x", [4, 1, size]), value("h0", [2, 1, hidden]), value("c0", [2, 1, hidden])]
    outputs = [value(n, None) for n in ["y", "yh", "yc", "z", "q"]]
    return model(nodes, inputs, outputs, weights)


def gather():
    nodes = [
        node("Gather", ["table", "ids"], ["e"], "embed"),
        node("MatMul", ["e", "w"], ["m"], "project"),
        node("Add", ["m", "e"], ["y"], "residual"),
        node("Gather", ["other", "ids"], ["z"], "output_directly"),
        node("Gather", ["shape", "index"], ["dim"], "of_integers"),
    ]
    weights = {"table": normal(20, 8), "other": normal(6, 3) + 1, "w": normal(8, 8), "shape": np.array([1, 2], np.int64), "index": np.array(1, np.int64)}
    inputs = [value("ids", ["n"], TensorProto.INT64)]
    return model(nodes, inputs, [value("y", ["n", 8]), value("z", ["n", 3]), value("dim", [], TensorProto.INT64)], weights)


def gather_tied():
    nodes = [
        node("Gather", ["table", "ids"], ["e"], "embed", axis=0),
        node("Transpose", ["e"], ["t"], "flip", perm=[1, 0]),
        node("MatMul", ["t", "w"], ["m"], "project"),
        node("MatMul", ["m", "table"], ["y"], "tied"),
    ]
    return model(nodes, [value("ids", [6], TensorProto.INT64)], [value("y", [9, 9])], {"table": normal(9, 9), "w": normal(6, 9)})


def transpose():
    nodes = [
        node("MatMul", ["x", "w"], ["m"], "fc"),
        node("Transpose", ["x"], ["t"], "after_quantized", perm=[1, 0]),
        node("MatMul", ["t", "v"], ["k"], "fc2"),
        node("Relu", ["t"], ["r"], "float_user"),
        node("Transpose", ["m"], ["y"], "float_input", perm=[1, 0]),
    ]
    return model(nodes, [value("x", [4, 6])], [value("y", [5, 4]), value("k", [6, 3]), value("r", [6, 4])], {"w": normal(6, 5), "v": normal(4, 3)})


def attention():
    nodes = [node("Attention", ["x", "w", "b", "mask"], ["y"], "attention", domain="com.microsoft", num_heads=2), node("Attention", ["x", "w2", "b"], ["z"], domain="com.microsoft", num_heads=2, unidirectional=1)]
    weights = {"w": normal(8, 24), "b": normal(24), "w2": normal(8, 24)}
    inputs = [value("x", [1, 5, 8]), value("mask", [1, 5], TensorProto.INT32)]
    return model(nodes, inputs, [value("y", [1, 5, 8]), value("z", [1, 5, 8])], weights, ms=True)


def embed_layer_normalization():
    nodes = [node("EmbedLayerNormalization", ["ids", "segments", "word", "position", "segment", "gamma", "beta"], ["y", "mask"], "embed", domain="com.microsoft", epsilon=1e-5)]
    weights = {"word": normal(30, 8), "position": normal(12, 8), "segment": normal(2, 8), "gamma": normal(8) + 1, "beta": normal(8)}
    inputs = [value("ids", [1, 6], TensorProto.INT32), value("segments", [1, 6], TensorProto.INT32)]
    return model(nodes, inputs, [value("y", [1, 6, 8]), value("mask", [1], TensorProto.INT32)], weights, ms=True)


def selection():
    nodes = [node("MatMul", ["x", f"w{i}"], [f"y{i}"], f"fc{i}") for i in range(4)] + [node("Gather", ["table", "ids"], ["e"], "embed")]
    weights = {f"w{i}": normal(5, 5) for i in range(4)} | {"table": normal(7, 4)}
    inputs = [value("x", [3, 5]), value("ids", [2], TensorProto.INT64)]
    return model(nodes, inputs, [value(f"y{i}", [3, 5]) for i in range(4)] + [value("e", [2, 4])], weights)


def opset_11():
    nodes = [node("MatMul", ["x", "w"], ["h"], "fc"), node("Clip", ["h", "low", "high"], ["c"], "clip"), node("Gemm", ["c", "v", "b"], ["y"], "out")]
    weights = {"w": normal(6, 4), "v": normal(4, 3), "b": normal(3), "low": np.array(0, np.float32), "high": np.array(6, np.float32)}
    return model(nodes, [value("x", ["n", 6])], [value("y", ["n", 3])], weights, opset=11, ir=6)


CASES = {
    "matmul-2d": (matmul_2d, EVERY),
    "matmul-3d": (matmul_3d, ["int8", "uint8"]),
    "matmul-activation-3d": (matmul_activation_3d, EVERY),
    "matmul-shared-weight": (matmul_shared_weight, SOME),
    "matmul-weight-also-float": (matmul_weight_also_float, SOME),
    "matmul-unnamed": (matmul_unnamed, SOME),
    "matmul-large-k": (matmul_large_k, EVERY),
    "matmul-edge-ranges": (matmul_edge_ranges, EVERY),
    "matmul-constant-operands": (matmul_constant_operands, SOME),
    "gemm": (gemm, EVERY),
    "gemm-shared": (gemm_shared, ["int8", "uint8"]),
    "conv": (conv, ["uint8", "reduce-range-uint8", "symmetric-uint8"]),
    "conv-1d": (conv_1d, ["uint8", "per-channel-uint8"]),
    "lstm": (lstm, SOME + ["reduce-range", "per-channel-reduce-range"]),
    "gather": (gather, EVERY),
    "gather-tied": (gather_tied, ["int8", "uint8"]),
    "transpose": (transpose, SOME),
    "attention": (attention, EVERY),
    "embed-layer-normalization": (embed_layer_normalization, ["int8", "uint8", "symmetric-uint8"]),
    "opset-11": (opset_11, ["int8", "per-channel"]),
}
SELECTIONS = {
    "include": ({"include": ["fc1", "fc3"]}, {"nodes_to_quantize": ["fc1", "fc3"]}),
    "exclude": ({"exclude": ["fc0", "embed"]}, {"nodes_to_exclude": ["fc0", "embed"]}),
    "op-types": ({"opTypes": ["Gather"]}, {"op_types_to_quantize": ["Gather"]}),
}


def run_tool(name, source, variant, options, extra):
    out = os.path.join(OUT, "quantized", f"{name}.{variant}.onnx")
    extra_options = {"WeightSymmetric": True} if options.get("symmetric") else {}
    quantize_dynamic(
        source, out,
        per_channel=options.get("perChannel", False),
        reduce_range=options.get("reduceRange", False),
        weight_type=QuantType.QUInt8 if options.get("weightType") == "uint8" else QuantType.QInt8,
        extra_options=extra_options, **extra,
    )
    produced = onnx.load(out)
    produced.graph.ClearField("value_info")
    onnx.save(produced, out)


def write_cases():
    cases = []
    for name, (build, variants) in CASES.items():
        source = os.path.join(OUT, "models", f"{name}.onnx")
        onnx.save(build(), source)
        for variant in variants:
            options = {"opTypes": ["all"], **VARIANTS[variant]}
            try:
                run_tool(name, source, variant, options, {})
            except Exception as error:
                print(f"{name}.{variant}: the tool fails: {type(error).__name__}: {error}")
                continue
            cases.append({"model": name, "variant": variant, "options": options})
    source = os.path.join(OUT, "models", "selection.onnx")
    onnx.save(selection(), source)
    for variant, (options, extra) in SELECTIONS.items():
        run_tool("selection", source, variant, options, extra)
        cases.append({"model": "selection", "variant": variant, "options": options})
    with open(os.path.join(OUT, "cases.json"), "w") as file:
        json.dump(cases, file, indent=1)


def write_scales():
    """Ranges as hexadecimal float64 bits would be unreadable: float32 and float16 values print exactly as doubles."""
    rows = []
    types = {"int8": TensorProto.INT8, "uint8": TensorProto.UINT8}
    for index in range(600):
        dtype = np.float16 if index % 3 == 0 else np.float32
        exponent = random.uniform(-7, 3) if dtype == np.float16 else random.uniform(-44, 37)
        low, high = np.sort((random.standard_normal(2) * 10.0**exponent).astype(dtype))
        if index % 7 == 0:
            low = dtype(0)
        if not (np.isfinite(low) and np.isfinite(high)):
            continue
        name = "int8" if index % 2 else "uint8"
        symmetric, reduce_range = bool(index % 5 == 0), bool(index % 4 == 0)
        qmin, qmax = get_qmin_qmax_for_qType(types[name], reduce_range, symmetric)
        zero_point, scale = compute_scale_zp(np.array(low, dtype), np.array(high, dtype), qmin, qmax, symmetric)
        rows.append([np.dtype(dtype).name, float(low), float(high), name, symmetric, reduce_range, float(scale), int(zero_point)])
    with open(os.path.join(OUT, "scales.json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


for folder in ("models", "quantized"):
    os.makedirs(os.path.join(OUT, folder), exist_ok=True)
write_cases()
write_scales()
