"""Prints perplexities by NumPy and SciPy in float64.

Without arguments: those that src/engine/metrics/next-token.test.ts expects. With a decoder and a JSON file that lists the ids of each
text: the perplexity of its logits in the native ONNX Runtime, which cli/decoder.test.ts expects.
"""

import json
import sys

import numpy as np
from scipy.special import log_softmax
from scipy.stats import t

TEXTS = [[0, 1, 2], [3, 4], [1, 1, 0, 2, 4, 3]]


def losses(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The sum of -ln p over the predicted tokens of each text, and how many these are."""
    sums, counts = [], []
    for text, tokens in enumerate(TEXTS):
        place, token = np.mgrid[: len(tokens), :5]
        logits = np.float32(scale * np.sin(1 + 7 * text + 3 * place + 2 * token)).astype(np.float64)
        rows = log_softmax(logits, axis=-1)[:-1]
        sums.append(-rows[np.arange(len(tokens) - 1), tokens[1:]].sum())
        counts.append(len(tokens) - 1)
    return np.array(sums), np.array(counts)


def half(values: np.ndarray) -> float:
    return t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))


def describe(scale: float) -> tuple[float, np.ndarray]:
    sums, counts = losses(scale)
    mean = sums.sum() / counts.sum()
    residuals = (sums - mean * counts) / counts.mean()
    print(scale, np.exp(mean), np.exp(mean - half(residuals)), np.exp(mean + half(residuals)))
    return np.exp(mean), residuals


def differences() -> None:
    original, before = describe(1.0)
    variant, after = describe(1.5)
    width = half(variant * after - original * before)
    print("difference", variant - original, variant - original - width, variant - original + width)


def of_model(model: str, texts: list[list[int]]) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    total, count = 0.0, 0
    for tokens in texts:
        feeds = {
            "input_ids": np.int64([tokens]),
            "attention_mask": np.ones((1, len(tokens)), np.int64),
            "position_ids": np.int64([range(len(tokens))]),
        }
        for cache in session.get_inputs():
            if cache.name.startswith("past"):
                # [batch, heads, tokens, width]
                feeds[cache.name] = np.zeros((1, cache.shape[1], 0, cache.shape[3]), np.float32)
        logits = session.run(["logits"], feeds)[0].astype(np.float64)[0]
        total -= log_softmax(logits, axis=-1)[np.arange(len(tokens) - 1), tokens[1:]].sum()
        count += len(tokens) - 1
    print("perplexity", np.exp(total / count), "of", count, "tokens")


if len(sys.argv) > 2:
    of_model(sys.argv[1], json.load(open(sys.argv[2])))
else:
    differences()
