"""Fixtures for the ways in which quantize-weights chooses whole numbers from the weights alone.

    python tools/golden/make-weight-grids.py

Writes src/engine/passes/quantize/weights/fixtures/grids.json. Round to nearest in 2, 4 and 8 bits and k-quant come from
ONNX Runtime's own kernels and tool. The range of least squared error is computed here in NumPy from its formula. Needs
onnxruntime (1.32) and numpy from PyPI.
"""

import json
from pathlib import Path

import numpy as np
from onnxruntime.capi._pybind_state import (
    quantize_matmul_2bits,
    quantize_matmul_8bits,
    quantize_qdq_matmul_4bits,
)
from onnxruntime.quantization.neural_compressor.weight_only import quant_tensor_k_quant_cpu

TARGET = Path(__file__).parents[2] / "src/engine/passes/quantize/weights/fixtures/grids.json"
COLUMNS, ROWS, BLOCK = 96, 6, 32
BLOCKS = COLUMNS // BLOCK

random = np.random.default_rng(3)
# Heavier tails than normal ones, a row of one sign, a block of zeros and a row of other size.
weight = (random.standard_t(4, size=(ROWS, COLUMNS)) * 0.05).astype(np.float32)
weight[1] = np.abs(weight[1])
weight[2, BLOCK : 2 * BLOCK] = 0
weight[3] *= 1000


def unpack(packed, bits):
    flat = packed.reshape(-1)
    codes = [(flat >> shift) & (2**bits - 1) for shift in range(0, 8, bits)]
    return np.stack(codes, axis=-1).reshape(-1)


def case(method, bits, symmetric, codes, scales, zero_points):
    return {
        "method": method,
        "bits": bits,
        "symmetric": symmetric,
        "codes": np.asarray(codes).astype(int).reshape(-1).tolist(),
        "scales": [float(np.float32(scale)) for scale in np.asarray(scales).reshape(-1)],
        "zeroPoints": np.asarray(zero_points).astype(int).reshape(-1).tolist(),
    }


def nearest_for_dequantize(symmetric):
    """quantize_qdq_matmul_4bits: values [columns, rows], scales [blocks, rows]."""
    packed = np.zeros(ROWS * COLUMNS // 2, dtype=np.uint8)
    zero_points = np.zeros((ROWS * BLOCKS + 1) // 2, dtype=np.uint8)
    scales = np.zeros((BLOCKS, ROWS), dtype=np.float32)
    transposed = np.ascontiguousarray(weight.T)
    quantize_qdq_matmul_4bits(packed, transposed, scales, zero_points, BLOCK, ROWS, COLUMNS, symmetric)
    codes = unpack(packed, 4).reshape(COLUMNS, ROWS).T
    if symmetric:
        codes = (codes + 8) % 16
        points = np.full((ROWS, BLOCKS), 8)
    else:
        points = unpack(zero_points, 4)[: ROWS * BLOCKS].reshape(BLOCKS, ROWS).T
    return case("rtn", 4, symmetric, codes, scales.T, points)


def nearest_for_product(bits, kernel, symmetric):
    """quantize_matmul_2bits and _8bits: values [rows, blocks, bytes]."""
    in_byte = 8 // bits
    packed = np.zeros((ROWS, BLOCKS, BLOCK // in_byte), dtype=np.uint8)
    scales = np.zeros((ROWS, BLOCKS), dtype=np.float32)
    zero_points = np.zeros((ROWS, (BLOCKS + in_byte - 1) // in_byte), dtype=np.uint8)
    kernel(packed, np.ascontiguousarray(weight.T), scales, zero_points, BLOCK, ROWS, COLUMNS, symmetric)
    points = np.full((ROWS, BLOCKS), 2 ** (bits - 1))
    if not symmetric:
        points = unpack(zero_points, bits).reshape(ROWS, -1)[:, :BLOCKS]
    return case("rtn", bits, symmetric, unpack(packed, bits), scales, points)


def codes_of(values, scale, zero, highest):
    return np.clip(np.rint(values / scale) + zero, 0, highest)


def k_quant(bits):
    codes, scales, zero_points = quant_tensor_k_quant_cpu(weight.reshape(-1, BLOCK), bits, BLOCK)
    return case("k-quant", bits, False, codes, scales, zero_points)


def range_of(block, highest):
    low, high = min(0.0, float(block.min())), max(0.0, float(block.max()))
    scale = np.float32(np.float32(high - low) / highest)
    zero = min(highest, np.floor(np.float32(-low / scale) + 0.5)) if scale > 0 else (highest + 1) / 2
    return float(scale), float(zero)


def least_error(block, bits):
    """Every range of the search, then the best scale for the codes, twice."""
    highest = 2**bits - 1
    low, high = min(0.0, float(block.min())), max(0.0, float(block.max()))
    if low == high:
        return 1.0, 2.0 ** (bits - 1)
    x = block.astype(np.float64)
    error_of = lambda s, z: float(np.sum((x - (codes_of(x, s, z, highest) - z) * s) ** 2))
    candidates = [range_of(np.array([share * low, share * high]), highest) for share in np.linspace(1, 0.55, 10)]
    scale, zero = min(candidates, key=lambda candidate: error_of(*candidate))
    for _ in range(2):
        codes = codes_of(x, scale, zero, highest) - zero
        next_scale = float(np.float32(np.sum(x * codes) / np.sum(codes * codes)))
        if not error_of(next_scale, zero) < error_of(scale, zero):
            break
        scale = next_scale
    return scale, zero


def by_block(method, fit, bits):
    codes, scales, points = [], [], []
    for block in weight.reshape(-1, BLOCK):
        scale, zero = fit(block, bits)
        codes.append(codes_of(block.astype(np.float64), scale, zero, 2**bits - 1))
        scales.append(scale)
        points.append(zero)
    return case(method, bits, False, codes, scales, points)


cases = [
    nearest_for_dequantize(False),
    nearest_for_dequantize(True),
    nearest_for_product(2, quantize_matmul_2bits, False),
    nearest_for_product(2, quantize_matmul_2bits, True),
    nearest_for_product(8, quantize_matmul_8bits, False),
    nearest_for_product(8, quantize_matmul_8bits, True),
    k_quant(4),
    k_quant(8),
    by_block("mse", least_error, 4),
    by_block("mse", least_error, 2),
]
TARGET.parent.mkdir(exist_ok=True)
document = {"rows": ROWS, "columns": COLUMNS, "blockSize": BLOCK, "values": weight.reshape(-1).astype(float).tolist(), "cases": cases}
TARGET.write_text(json.dumps(document))
