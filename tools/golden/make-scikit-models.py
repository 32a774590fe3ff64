"""Writes classifiers as scikit-learn exports them, and the data that they are evaluated on.

    python tools/golden/make-scikit-models.py cli/fixtures/scikit

Needs scikit-learn 1.9, skl2onnx 1.20, onnxruntime 1.32 and pandas 3.1 from PyPI. The data is Iris (R. A. Fisher, 1936), of
which scikit-learn has a copy. A model answers with the class itself, a text or a number, and beside it with a list of maps
(ZipMap) or with plain scores. cases.json says how many samples onnxruntime for Python gets right.
"""

import json
import pathlib
import sys

import numpy as np
import onnxruntime as ort
import pandas as pd
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)

iris = load_iris()
features = iris.data.astype("float32")
names = np.array(iris.target_names)[iris.target]

frame = pd.DataFrame(features, columns=iris.feature_names)
frame["species"] = names
frame.to_csv(OUT / "iris.csv", index=False)
np.savez(OUT / "iris.npz", x=features, y=names)

cases = []
for kind, labels in {"names": names, "numbers": iris.target}.items():
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(features, labels)
    for answer, with_map in {"map": True, "scores": False}.items():
        file = f"iris-{kind}-{answer}.onnx"
        exported = to_onnx(model, features[:1], options={id(model): {"zipmap": with_map}}, target_opset=18)
        (OUT / file).write_bytes(exported.SerializeToString())
        session = ort.InferenceSession(OUT / file, providers=["CPUExecutionProvider"])
        answers = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: features})[0]
        cases.append({"model": file, "correct": int((answers == labels).sum()), "total": len(labels)})
(OUT / "cases.json").write_text(json.dumps(cases, indent=2) + "\n")
