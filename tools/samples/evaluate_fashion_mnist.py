"""The full Fashion-MNIST test set: counts right answers with ONNX Runtime, and writes the set for Pareto's command line.

    python tools/samples/evaluate_fashion_mnist.py public/samples/fashion-cnn.onnx [<model>…]
    python tools/samples/evaluate_fashion_mnist.py --npz fashion-mnist-test.npz --idx fashion-mnist-test

--fashion-mnist <folder>   folder of the four IDX files (default: where the Debian package puts them)
--npz <file>               writes all 10,000 images as an .npz: `image` uint8 [10000,1,28,28] and `labels` int64
--idx <folder>             writes the same as two unzipped IDX files

Prints one JSON line for each model. Compare with

    npm run -s pareto -- evaluate public/samples/fashion-cnn.onnx --data fashion-mnist-test.npz --json
    npm run -s pareto -- evaluate public/samples/fashion-cnn.onnx --data fashion-mnist-test --preset none --json
"""

import argparse
import gzip
import json
import time
from pathlib import Path

import onnxruntime
from datasets import FASHION_MNIST_FOLDER, read_fashion_mnist, write_npz
from top1 import count_correct


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--fashion-mnist", default=FASHION_MNIST_FOLDER)
    parser.add_argument("--npz")
    parser.add_argument("--idx")
    arguments = parser.parse_args()
    test = read_fashion_mnist(arguments.fashion_mnist, "t10k")
    if arguments.npz:
        write_npz(arguments.npz, "image", test)
    if arguments.idx:
        target = Path(arguments.idx)
        target.mkdir(parents=True, exist_ok=True)
        for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
            packed = Path(arguments.fashion_mnist) / f"{name}.gz"
            (target / name).write_bytes(gzip.decompress(packed.read_bytes()))
    for model in arguments.models:
        start = time.perf_counter()
        counted = count_correct(model, test)
        seconds = round(time.perf_counter() - start, 2)
        version = f"onnxruntime {onnxruntime.__version__}, CPU"
        print(json.dumps({"model": Path(model).name, **counted, "seconds": seconds, "countedWith": version}))


if __name__ == "__main__":
    main()
