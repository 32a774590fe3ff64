"""ONNX Runtime's own dynamic quantization, timed: load and save included, imports not.

    python tools/bench/quantize_dynamic_ort.py <input.onnx> <output.onnx> [per-channel]

Prints one JSON line: {"jobMs": …}. Needs onnxruntime and onnx from PyPI.
"""

import json
import logging
import sys
import time

from onnxruntime.quantization import QuantType, quantize_dynamic

logging.disable(logging.WARNING)
source, target, *flags = sys.argv[1:]
start = time.perf_counter()
quantize_dynamic(source, target, per_channel="per-channel" in flags, weight_type=QuantType.QInt8)
print(json.dumps({"jobMs": (time.perf_counter() - start) * 1000}))
