"""Writes the golden fixtures of whole files of quantize-weights: a small model, and what ONNX Runtime's tool makes of it.

    python tools/golden/make-weight-files.py src/engine/passes/quantize/weights/fixtures

Needs onnxruntime 1.32 and onnx 1.23 from PyPI. products.onnx is the input, products.<variant>.onnx what MatMulNBitsQuantizer
makes of it: MatMulNBits (QOperator), or DequantizeLinear in blocks (QDQ).
"""

import logging
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantFormat
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

logging.disable(logging.WARNING)
OUT = sys.argv[1]
random = np.random.default_rng(20261127)
node = helper.make_node

# Variant: format, bits, block, symmetric.
VARIANTS = {
    "nbits-4": (QuantFormat.QOperator, 4, 32, False),
    "nbits-4-symmetric": (QuantFormat.QOperator, 4, 16, True),
    "nbits-8": (QuantFormat.QOperator, 8, 64, False),
    "qdq-4": (QuantFormat.QDQ, 4, 32, False),
    "qdq-4-symmetric": (QuantFormat.QDQ, 4, 16, True),
}


def heavy(*shape):
    return (random.standard_t(4, size=shape) * 0.05).astype(np.float32)


def products():
    """Blocks that end early, one sign, numbers half-way between codes, a node without a name."""
    # A multiple of 16 outputs goes through vector instructions, others do not.
    first, second, third = heavy(80, 48), heavy(48, 40), heavy(40, 6)
    first[:, 1] = np.abs(first[:, 1])
    first[:16, 2] = np.arange(16) - 7.5
    second[:16, 0] = (np.arange(16) - 7) / 2
    weights = {"w1": first, "w2": second, "w3": third}
    nodes = [
        node("MatMul", ["x", "w1"], ["a"], "first"),
        node("Relu", ["a"], ["b"], "relu"),
        node("MatMul", ["b", "w2"], ["c"], "second"),
        node("MatMul", ["c", "w3"], ["y"]),
    ]
    tensors = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size]) for name, size in [("x", 80), ("y", 6)]]
    graph = helper.make_graph(nodes, "golden", ends[:1], ends[1:], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10, producer_name="golden")


def main():
    model = products()
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, os.path.join(OUT, "products.onnx"))
    for variant, (form, bits, block, symmetric) in VARIANTS.items():
        config = DefaultWeightOnlyQuantConfig(block_size=block, is_symmetric=symmetric, quant_format=form, bits=bits)
        quantizer = MatMulNBitsQuantizer(onnx.load_from_string(model.SerializeToString()), algo_config=config)
        quantizer.process()
        onnx.save(quantizer.model.model, os.path.join(OUT, f"products.{variant}.onnx"))


main()
