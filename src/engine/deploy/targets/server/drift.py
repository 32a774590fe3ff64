"""Compares inputs and answers of the last samples with those before deployment."""
import collections
import json
import pathlib

import numpy as np


def scores(array) -> np.ndarray | None:
    """Shares of the classes, a row for each sample: probabilities unchanged, other scores through a softmax."""
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or array.ndim != 2 or array.shape[1] < 2:
        return None
    rows = array.astype("float64")
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(rows) == 0:
        return None
    sums = rows.sum(axis=1)
    if (rows >= 0).all() and (np.abs(sums - 1) < 1e-3).all():
        return rows
    raised = np.exp(rows - rows.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


class DriftWatch:
    KEPT, FEWEST = 1000, 100

    def __init__(self, path: pathlib.Path):
        reference: dict = json.loads(path.read_text()) if path.exists() else {"samples": 0, "features": []}
        self.samples, self.features = reference["samples"], reference["features"]
        self.output_samples, self.output_features = reference.get("outputSamples", 0), reference.get("outputFeatures", [])
        self.seen: collections.defaultdict[tuple, collections.deque] = collections.defaultdict(lambda: collections.deque(maxlen=self.KEPT))

    def observe(self, feeds, outputs):
        """Adds answered requests. Samples without a finite mean or deviation are skipped."""
        for one in self.features:
            array = feeds.get(one["input"])
            if array is None or array.dtype.kind not in "biuf" or array.size == 0:
                continue
            samples = array.astype("float64").reshape(len(array) if array.ndim else 1, -1)
            with np.errstate(all="ignore"):
                values = samples.mean(axis=1) if one["feature"] == "mean" else samples.std(axis=1)
            self.seen["input", one["input"], one["feature"]].extend(values[np.isfinite(values)])
        for name in {one["output"] for one in self.output_features}:
            rows = scores(outputs.get(name))
            if rows is not None:
                self.seen["output", name, "class"].extend(rows.argmax(axis=1))
                self.seen["output", name, "confidence"].extend(rows.max(axis=1))

    def report(self):
        return [*self.compare("input", self.features, self.samples), *self.compare("output", self.output_features, self.output_samples)]

    def compare(self, side, features, samples):
        for one in features:
            window = np.sort(np.asarray(self.seen[side, one[side], one["feature"]], "float64"))
            if len(window) < self.FEWEST:
                continue
            counts = np.bincount(np.searchsorted(one["edges"], window), minlength=len(one["shares"]))
            now, before = np.maximum(counts / len(window), 1e-4), np.maximum(one["shares"], 1e-4)
            either = 1 / samples + 1 / len(window)
            found = {
                side: one[side], "feature": one["feature"], "samples": len(window),
                "psi": float(np.sum((now - before) * np.log(now / before))),
                "psi_limit": max(0.1, one["chiSquared"] * either),
            }
            # Classes are no quantity, so there is no distance between them.
            if one["feature"] != "class":
                # The reference's distribution function, between its 5 % quantiles.
                expected = np.interp(window, one["quantiles"], np.linspace(0, 1, len(one["quantiles"])))
                steps = np.arange(len(window) + 1) / len(window)
                found["ks"] = float(max(np.max(np.abs(steps[1:] - expected)), np.max(np.abs(steps[:-1] - expected))))
                found["ks_limit"] = 1.95 * either**0.5
            yield found
