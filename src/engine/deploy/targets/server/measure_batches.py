"""Times batches of the model on this machine, without HTTP, and prints JSON: python measure_batches.py"""
import json
import os
import time

import numpy as np
import onnxruntime as ort
import settings
from model import recorded_input

ROUNDS, WARM_UP, FEWEST, MOST, SECONDS = 3, 3, 4, 20, 0.5

limits = settings.Limits(settings.BUNDLE)
limits.check_model()
options = ort.SessionOptions()
options.intra_op_num_threads = limits.threads
session = ort.InferenceSession(str(limits.model), options, providers=["CPUExecutionProvider"])
sample = recorded_input(settings.BUNDLE)
if sample is None:
    raise SystemExit("No input was recorded to run the model with.")
# The recorded text, repeated or cut to this length in tokens, for a model of texts.
length = int(os.environ.get("LENGTH", 0))
if length > 0:
    if limits.padding is None:
        raise SystemExit("LENGTH needs a model whose texts are padded.")
    sample = {name: np.resize(array, (1, length)) if name in limits.padding["inputs"] else array for name, array in sample.items()}
sizes = sorted({limits.max_batch, *(2**power for power in range(12) if 2**power < limits.max_batch)})
times: dict[int, list[float]] = {size: [] for size in sizes}
# Sizes take turns, so that background load affects all of them.
for _ in range(ROUNDS):
    for size in sizes:
        feeds = sample if size == 1 else {name: np.concatenate([array] * size) for name, array in sample.items()}
        for _ in range(WARM_UP):
            session.run(None, feeds)
        taken: list[float] = []
        began = time.perf_counter()
        while len(taken) < MOST and (len(taken) < FEWEST or time.perf_counter() - began < SECONDS):
            started = time.perf_counter()
            session.run(None, feeds)
            taken.append((time.perf_counter() - started) * 1000)
        times[size] += taken
print(json.dumps([{"batch": size, "samplesMs": taken} for size, taken in times.items()]))
