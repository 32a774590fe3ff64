"""The two data sets, and which part of each trains, validates, calibrates and evaluates. Every choice is seeded.

Fashion-MNIST (four IDX files, gzipped): of the 60,000 training images 55,000 train and 5,000 validate; 512 of the 55,000
calibrate. The 10,000 test images are only ever counted: 2,000 of them, 200 of each class, are the evaluation set that
ships.

Digits (scikit-learn's copy): 1,000 of the 1,797 rows train, 256 of those calibrate, the other 797 evaluate.
"""

import gzip
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SEED = 20261124
# Files of the Debian package dataset-fashion-mnist, which are those of https://github.com/zalandoresearch/fashion-mnist
FASHION_MNIST_FOLDER = "/usr/share/datasets/fashion-mnist"


@dataclass
class Samples:
    """`values` are integers as the file has them, uint8; `labels` are int64."""

    values: np.ndarray
    labels: np.ndarray

    def take(self, indices):
        return Samples(self.values[indices], self.labels[indices])

    def __len__(self):
        return len(self.labels)


def read_idx(path):
    """One IDX file of unsigned bytes (magic number, sizes as big-endian uint32, values)."""
    with gzip.open(path, "rb") as file:
        content = file.read()
    zeros, kind, rank = struct.unpack(">HBB", content[:4])
    if zeros != 0 or kind != 8:
        raise ValueError(f"{path} is not an IDX file of unsigned bytes")
    shape = struct.unpack(f">{rank}I", content[4 : 4 + 4 * rank])
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read_fashion_mnist(folder, part):
    """part is `train` or `t10k`; images become [count,1,28,28]."""
    images = read_idx(Path(folder) / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(Path(folder) / f"{part}-labels-idx1-ubyte.gz")
    return Samples(images[:, None], labels.astype(np.int64))


def fashion_mnist_splits(folder):
    train, test = read_fashion_mnist(folder, "train"), read_fashion_mnist(folder, "t10k")
    order = np.random.default_rng(SEED).permutation(len(train))
    fitting, validation = order[:55_000], order[55_000:]
    choose = np.random.default_rng(SEED + 1)
    evaluation = np.concatenate(
        [choose.choice(np.flatnonzero(test.labels == label), 200, replace=False) for label in range(10)]
    )
    return {
        "train": train.take(fitting),
        "validation": train.take(validation),
        "calibration": train.take(np.sort(fitting[:512])),
        # In the order of the test set, so that any first part of it has all classes.
        "evaluation": test.take(np.sort(evaluation)),
        "test": test,
    }


def digits_splits():
    from sklearn.datasets import load_digits

    digits = load_digits()
    rows = Samples(digits.data.astype(np.uint8), digits.target.astype(np.int64))
    assert (rows.values == digits.data).all(), "the values are the integers 0 to 16"
    order = np.random.default_rng(SEED).permutation(len(rows))
    evaluation = rows.take(np.sort(order[1000:]))
    return {
        "train": rows.take(order[:1000]),
        "calibration": rows.take(np.sort(order[:256])),
        "evaluation": evaluation,
        "test": evaluation,
    }


def write_npz(path, input_name, samples):
    """An .npz as NumPy writes it, but compressed harder and with a fixed date: the same data give the same bytes."""
    arrays = {input_name: samples.values, "labels": samples.labels}
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry._compresslevel = 9
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, np.ascontiguousarray(array))
