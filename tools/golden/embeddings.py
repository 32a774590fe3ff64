"""Prints the figures that the tests in src/engine/metrics/embedding/ expect, by NumPy and SciPy in float64."""

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

# retrieval.test.ts: the share of samples with their label among the k nearest. The last label has a single sample.
labels = np.append(np.arange(COUNT - 1) % 12, 12)
has_other = np.array([np.sum(labels == label) > 1 for label in labels])
original = np.sin(1 + 0.7 * (row % 12) * (column + 1)) + 1.3 * np.sin(3 + 11 * row * (column + 2))
original = np.float32(original).astype(np.float64)
variant = np.float32(original + 0.9 * np.sin(2 + 5 * row * column)).astype(np.float64)
for name, vectors in (("original", original), ("variant", variant)):
    same = labels[nearest(vectors)[0]] == labels[:, None]
    print(name, *(f"recall@{k} {np.mean(same[has_other, :k].any(axis=1)):.6f}" for k in (1, 5, 10)))
