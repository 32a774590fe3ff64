"""Trains models with scikit-learn, for `tools/check-made-models.py --outside`.

    python tools/make-outside-scikit-models.py <folder>

On 1,000 of its 1,797 digits; 256 of these calibrate, and the other 797 rows evaluate: `scikit-calibration.npz` and
`scikit-evaluation.npz`. Seeds are fixed. Needs scikit-learn and skl2onnx from PyPI.
"""

import pathlib
import sys

import numpy as np
from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

MODELS = {
    "scikit-mlp": MLPClassifier((64, 32), max_iter=60, random_state=0),
    "scikit-logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=200)),
    "scikit-forest": RandomForestClassifier(10, max_depth=6, random_state=0),
    "scikit-boosting": GradientBoostingClassifier(n_estimators=5, max_depth=3, random_state=0),
}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    x, y = load_digits(return_X_y=True)
    x = x.astype(np.float32)
    np.savez(folder / "scikit-calibration.npz", X=x[:256], labels=y[:256])
    np.savez(folder / "scikit-evaluation.npz", X=x[1000:], labels=y[1000:])
    for name, model in MODELS.items():
        model.fit(x[:1000], y[:1000])
        path = folder / f"{name}.onnx"
        path.write_bytes(to_onnx(model, x[:1], options={id(model): {"zipmap": False}}).SerializeToString())
        print(path.name, path.stat().st_size, f"right on {model.score(x[1000:], y[1000:]):.4f} of what it has not seen", flush=True)


if __name__ == "__main__":
    main()
