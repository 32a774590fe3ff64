"""Prints the figures that src/engine/metrics/embedding/embedding-tally.test.ts expects, by NumPy and SciPy in float64."""

import numpy as np
from scipy.stats import spearmanr

COUNT, WIDTH, K = 60, 16, 10


def nearest(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = units @ units.T
    pairs = cosines[np.triu_indices(COUNT, 1)]
    np.fill_diagonal(cosines, -np.inf)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :K], pairs


row, column = np.mgrid[:COUNT, :WIDTH]
original = np.float32(np.sin(1 + 0.7 * row * (column + 1))).astype(np.float64)
variant = np.float32(original + 0.3 * np.sin(2 + 5 * row * column)).astype(np.float64)
(before, cosines), (after, others) = nearest(original), nearest(variant)
print("same neighbor", np.mean(before[:, 0] == after[:, 0]))
print("recall@10", np.mean([len(set(a) & set(b)) / K for a, b in zip(before, after)]))
print("Spearman", spearmanr(cosines, others).statistic)
