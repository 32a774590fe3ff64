"""Counts right answers of a model file with ONNX Runtime on the CPU."""

import numpy as np
import onnxruntime

BATCH = 100


def count_correct(path, samples):
    """The first of the largest logits is the answer; integers are fed as float32, unchanged."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    correct = 0
    for start in range(0, len(samples), BATCH):
        values = samples.values[start : start + BATCH].astype(np.float32)
        (logits,) = session.run(["logits"], {name: values})
        correct += int((logits.argmax(axis=1) == samples.labels[start : start + BATCH]).sum())
    return {"correct": correct, "total": len(samples)}
