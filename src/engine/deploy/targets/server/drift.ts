/** `server/drift.py`: inputs of production against the reference of the bundle. */
export const driftPy = `"""Mean and deviation of the last samples of each input, against what they were before deployment."""
import collections
import json
import pathlib

import numpy as np


class DriftWatch:
    KEPT, FEWEST = 1000, 100

    def __init__(self, path: pathlib.Path):
        reference = json.loads(path.read_text()) if path.exists() else {"samples": 0, "features": []}
        self.samples, self.features = reference["samples"], reference["features"]
        self.seen = {(one["input"], one["feature"]): collections.deque(maxlen=self.KEPT) for one in self.features}

    def observe(self, feeds):
        """Of requests that were answered. A sample without a finite mean or deviation says nothing of a distribution."""
        for (name, feature), kept in self.seen.items():
            array = feeds.get(name)
            if array is None or array.dtype.kind not in "biuf" or array.size == 0:
                continue
            samples = array.astype("float64").reshape(len(array) if array.ndim else 1, -1)
            with np.errstate(all="ignore"):
                values = samples.mean(axis=1) if feature == "mean" else samples.std(axis=1)
            kept.extend(values[np.isfinite(values)])

    def report(self):
        found = []
        for one in self.features:
            window = np.sort(np.asarray(self.seen[one["input"], one["feature"]]))
            if len(window) < self.FEWEST:
                continue
            counts = np.bincount(np.searchsorted(one["edges"], window), minlength=len(one["shares"]))
            now, before = np.maximum(counts / len(window), 1e-4), np.maximum(one["shares"], 1e-4)
            either = 1 / self.samples + 1 / len(window)
            # The reference's distribution function, between its 5 % quantiles.
            expected = np.interp(window, one["quantiles"], np.linspace(0, 1, len(one["quantiles"])))
            steps = np.arange(len(window) + 1) / len(window)
            found.append({
                "input": one["input"], "feature": one["feature"], "samples": len(window),
                "psi": float(np.sum((now - before) * np.log(now / before))),
                "psi_limit": max(0.1, one["chiSquared"] * either),
                "ks": float(max(np.max(np.abs(steps[1:] - expected)), np.max(np.abs(steps[:-1] - expected)))),
                "ks_limit": 1.95 * either**0.5,
            })
        return found
`;
