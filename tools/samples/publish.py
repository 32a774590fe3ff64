"""Writes the data files that ship, and refreshes the trained samples' entries in public/samples/samples.json.

    python tools/samples/publish.py [--fashion-mnist <folder>]

Titles and descriptions in samples.json are written by hand; sizes, hashes and counts come from here. Run it after
train.py, then format the list with `npx prettier --write public/samples/samples.json tools/samples/recorded.json`.
"""

import argparse
import hashlib
import json

from datasets import FASHION_MNIST_FOLDER, digits_splits, fashion_mnist_splits, write_npz
from train import HERE, SAMPLES

SETS = {
    "fashion-mnist": {
        "input": "image",
        "title": "Fashion-MNIST",
        "license": "MIT",
        "source": "https://github.com/zalandoresearch/fashion-mnist",
        "classNames": [
            *["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"],
            *["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        ],
        "models": ["fashion-cnn", "fashion-transformer", "fashion-lstm"],
    },
    "digits": {
        "input": "features",
        "title": "Handwritten digits, 8 by 8",
        "license": "BSD-3-Clause",
        "source": "https://scikit-learn.org/stable/datasets/toy_dataset.html#optical-recognition-of-handwritten-digits-dataset",
        "classNames": [str(digit) for digit in range(10)],
        "models": ["digits-mlp"],
    },
}


def describe(path):
    content = path.read_bytes()
    return {"file": path.name, "sizeBytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def write_set(name, splits):
    """Writes the calibration and the evaluation file of one data set and describes it."""
    facts = SETS[name]
    described = {key: facts[key] for key in ("title", "license", "source", "classNames")}
    for part in ("calibration", "evaluation"):
        path = SAMPLES / f"{name}-{part}.npz"
        write_npz(path, facts["input"], splits[part])
        described[part] = {**describe(path), "samples": len(splits[part])}
    return described


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fashion-mnist", default=FASHION_MNIST_FOLDER, help="folder of the four IDX files")
    arguments = parser.parse_args()
    recorded = json.loads((HERE / "recorded.json").read_text())
    list_path = SAMPLES / "samples.json"
    listed = json.loads(list_path.read_text())
    entries = {entry["id"]: entry for entry in listed["samples"]}
    for name, splits in [
        ("fashion-mnist", fashion_mnist_splits(arguments.fashion_mnist)),
        ("digits", digits_splits()),
    ]:
        described = write_set(name, splits)
        for id in SETS[name]["models"]:
            if id not in entries or id not in recorded:
                print(f"{id}: not listed in samples.json or not trained yet")
                continue
            counts = {key: recorded[id][key] for key in ("evaluationTop1", "testTop1", "trainedWith")}
            entries[id].update(describe(SAMPLES / f"{id}.onnx"))
            entries[id]["data"] = {**described, "recorded": counts}
    list_path.write_text(json.dumps(listed, indent=2) + "\n")


if __name__ == "__main__":
    main()
