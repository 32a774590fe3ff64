"""Writes what ONNX Runtime's calibrators choose for values that a formula makes.

    python tools/golden/make-calibrators.py src/engine/passes/quantize/static/calibrators/fixtures/ranges.json

Needs onnxruntime 1.32 from PyPI. The test makes the same values by the same formula, in double precision, one batch for
each of `scales`. The tool's collector sees all batches at once, as it does under `quantize_static`.
"""

import contextlib
import io
import json
import sys

import numpy as np
from onnxruntime.quantization.calibrate import HistogramCollector

COUNT = 6000
SHAPES = {
    "even": lambda u: 2 * u - 1,
    "peaked": lambda u: (2 * u - 1) ** 3,
    "heavy": lambda u: (2 * u - 1) ** 9 * 30,
    "one-sided": lambda u: max(2 * u - 1, 0.0) ** 4 * 7,
    "negative": lambda u: -(u**5) * 3,
    "shifted": lambda u: u * u * 0.2 + 5,
    "constant": lambda u: 2.0,
}
SCALES = [0.37, 1.0, 0.81, 2.25]
METHODS = {
    "entropy 128": ("entropy", {"symmetric": False, "num_bins": 128}),
    "entropy 2048": ("entropy", {"symmetric": False, "num_bins": 2048}),
    "percentile 99.999": ("percentile", {"symmetric": True, "num_bins": 2048, "percentile": 99.999}),
    "percentile 99.9": ("percentile", {"symmetric": True, "num_bins": 2048, "percentile": 99.9}),
    "percentile 97": ("percentile", {"symmetric": True, "num_bins": 512, "percentile": 97}),
}


def batch(shape, scale, seed):
    units = [(((at + seed) * 7919) % 10007) / 10007 for at in range(COUNT)]
    return np.array([shape(unit) * scale for unit in units], np.float32)


def main():
    cases = []
    for name, shape in SHAPES.items():
        batches = [batch(shape, scale, seed) for seed, scale in enumerate(SCALES)]
        ranges = {}
        for method, (kind, options) in METHODS.items():
            collector = HistogramCollector(
                method=kind, num_quantized_bins=128, scenario="same", **{"percentile": None, **options}
            )
            with contextlib.redirect_stdout(io.StringIO()):
                collector.collect({"x": batches})
                low, high = collector.compute_collection_result()["x"][:2]
            ranges[method] = [float(low), float(high)]
        lows, highs = [[float(end(each)) for each in batches] for end in (np.min, np.max)]
        ranges["moving-average"] = [float(np.nanmean(np.array(ends, np.float32))) for ends in (lows, highs)]
        cases.append({"shape": name, "ranges": ranges})
    with open(sys.argv[1], "w") as file:
        json.dump({"count": COUNT, "scales": SCALES, "cases": cases}, file, indent=1)
        file.write("\n")


main()
