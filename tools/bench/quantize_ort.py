"""ONNX Runtime's own quantizers, timed: load and save included, imports not.

    python tools/bench/quantize_ort.py <input.onnx> <output.onnx> <job>

Jobs: per-tensor and per-channel (quantize_dynamic), 4-bit and k-quant (MatMulNBitsQuantizer in blocks of 32), float16
(convert_float_to_float16). Prints one JSON line: {"jobMs": …}. Needs onnxruntime, onnx and onnx_ir from PyPI.
"""

import json
import logging
import sys
import time

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantConfig,
    KQuantWeightOnlyQuantConfig,
    MatMulNBitsQuantizer,
)
from onnxruntime.transformers.float16 import convert_float_to_float16

logging.disable(logging.WARNING)
source, target, job = sys.argv[1:]
start = time.perf_counter()
if job in ("per-tensor", "per-channel"):
    quantize_dynamic(source, target, per_channel=job == "per-channel", weight_type=QuantType.QInt8)
elif job == "float16":
    onnx.save(convert_float_to_float16(onnx.load(source), keep_io_types=True), target)
else:
    configs = {
        "4-bit": DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=False),
        "k-quant": KQuantWeightOnlyQuantConfig(),
    }
    quantizer = MatMulNBitsQuantizer(onnx.load(source), block_size=32, is_symmetric=False, algo_config=configs[job])
    quantizer.process()
    quantizer.model.save_model_to_file(target, False)
# On a line of its own: some tools leave their progress without an end of the line.
print("\n" + json.dumps({"jobMs": (time.perf_counter() - start) * 1000}))
