"""Writes the golden fixtures of the data readers: small files by the tools that people make such files with.

    python tools/golden/data_readers.py src/engine/data/readers/fixtures

Needs numpy 2.4, pyarrow 26, safetensors 0.8, onnx 1.23, pandas 3.1 and pillow 13 from PyPI. Everything is seeded.
cases.json holds for each file what a reader must give: samples, and for each field its kind, type, shape and all values,
flattened sample by sample. Whole numbers of 64 bits and floats stand as text; floats as Python writes them (repr is exact).
"""

import datetime
import gzip
import io
import json
import os
import struct
import sys

import numpy as np
import onnx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from onnx import numpy_helper
from PIL import Image
from safetensors.numpy import save_file

OUT = sys.argv[1]
os.makedirs(OUT, exist_ok=True)
random = np.random.default_rng(20261124)
cases = []


def path(name):
    full = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def text_of(value):
    if isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, np.floating):
        # float16 and float32 are exact in float64.
        return repr(float(value))
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, np.integer):
        return str(int(value)) if value.dtype.itemsize == 8 else int(value)
    if isinstance(value, bytes):
        return value.decode()
    return str(value) if isinstance(value, str) else value


def classes_of(kind, array):
    """Single texts may be classes: the different ones without the space around them, sorted."""
    texts = {text_of(value).strip() for value in array.reshape(-1)} if kind == "text" and array.ndim == 1 else set()
    return {"classes": sorted(texts - {""})} if texts - {""} else {}


def field(array, dtype=None, **more):
    """A field from an array with the axis of samples first."""
    kind = "text" if array.dtype.kind in "US" else "numbers"
    name = "string" if kind == "text" else (dtype or array.dtype.newbyteorder("=").name)
    return {
        "kind": kind,
        "dtype": name,
        "shape": list(array.shape[1:]),
        **classes_of(kind, array),
        "values": [text_of(value) for value in np.ascontiguousarray(array).reshape(-1)],
        **more,
    }


def case(files, samples, fields, **more):
    cases.append({"files": files, "samples": samples, "fields": fields, **more})


def numpy_cases():
    for name in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]:
        array = (random.standard_normal((3, 2)) * 50).astype(name)
        np.save(path(f"npy/{name}.npy"), array)
        case([f"npy/{name}.npy"], 3, {name: field(array)})
    for name in ["f4", "i8", "f2", "U3"]:
        array = np.array([["a", "bü"], ["", "xyz"]]) if name == "U3" else (random.standard_normal((4, 3)) * 9).astype(name)
        array = array.astype(">" + name)
        np.save(path(f"npy/big-{name}.npy"), array)
        case([f"npy/big-{name}.npy"], len(array), {f"big-{name}": field(array)})
    fortran = np.asfortranarray(random.standard_normal((5, 2, 3, 4)).astype("f4"))
    np.save(path("npy/fortran.npy"), fortran)
    case(["npy/fortran.npy"], 5, {"fortran": field(fortran)})
    for version in [(1, 0), (2, 0), (3, 0)]:
        array = np.arange(6, dtype="<i4").reshape(2, 3)
        name = f"version-{version[0]}"
        with open(path(f"npy/{name}.npy"), "wb") as file:
            np.lib.format.write_array(file, array, version=version)
        case([f"npy/{name}.npy"], 2, {name: field(array)})
    texts = np.array([b"one", b"two", b"three"])
    np.save(path("npy/bytes.npy"), texts)
    case(["npy/bytes.npy"], 3, {"bytes": field(texts)})
    np.save(path("npy/objects.npy"), np.array([{}, 1], dtype=object))
    np.save(path("npy/records.npy"), np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]))
    np.save(path("npy/complex.npy"), np.zeros(2, dtype="c8"))

    arrays = {
        "x": random.standard_normal((6, 3, 2)).astype("f4"),
        "labels": np.arange(6) % 3,
        "names": np.array(["a", "b", "c", "dd", "é", "f"]),
        "columns": np.asfortranarray(random.integers(0, 9, (6, 4)).astype("u2")),
    }
    rest = {"rate": np.int64(16000), "other": np.zeros((2, 2), "f4")}
    for name, save in [("stored", np.savez), ("deflated", np.savez_compressed)]:
        save(path(f"npz/{name}.npz"), **arrays, **rest)
        case([f"npz/{name}.npz"], 6, {key: field(value) for key, value in arrays.items()}, notes=["rate", "other"])
    splits = {"x_train": np.zeros((4, 2), "f4"), "y_train": np.zeros(4, "i8")}
    splits |= {"x_test": np.ones((3, 2), "f4"), "y_test": np.ones(3, "i8")}
    np.savez(path("npz/splits.npz"), **splits)
    case(["npz/splits.npz"], 3, {key: field(splits[key]) for key in ["x_test", "y_test"]}, notes=["x_train", "y_train"])


def idx_cases():
    images = random.integers(0, 256, (4, 3, 2)).astype("u1")
    labels = np.array([1, 0, 2, 1], "u1")
    wide = (random.standard_normal((2, 3)) * 5).astype("f4")
    contents = {
        "t10k-images-idx3-ubyte": struct.pack(">HBBIII", 0, 8, 3, 4, 3, 2) + images.tobytes(),
        "t10k-labels-idx1-ubyte": struct.pack(">HBBI", 0, 8, 1, 4) + labels.tobytes(),
        "values.idx": struct.pack(">HBBII", 0, 0x0D, 2, 2, 3) + wide.astype(">f4").tobytes(),
    }
    for name, content in contents.items():
        with open(path(f"idx/{name}"), "wb") as file:
            file.write(content)
        with open(path(f"idx/{name}.gz"), "wb") as file:
            with gzip.GzipFile(filename=name, fileobj=file, mode="wb", mtime=0) as inner:
                inner.write(content)
    fields = {"images": field(images), "labels": field(labels)}
    case(["idx/t10k-images-idx3-ubyte", "idx/t10k-labels-idx1-ubyte"], 4, fields)
    case(["idx/t10k-labels-idx1-ubyte.gz", "idx/t10k-images-idx3-ubyte.gz"], 4, fields)
    case(["idx/values.idx"], 2, {"images": field(wide)})


def safetensors_cases():
    tensors = {
        "x": random.standard_normal((3, 2, 2)).astype("f4"),
        "half": random.standard_normal((3, 2)).astype("f2"),
        "y": np.array([2, 0, 1]),
        "mask": np.array([[True, False]] * 3),
    }
    save_file(tensors | {"alone": np.zeros((5, 2), "f4")}, path("safetensors/data.safetensors"))
    case(["safetensors/data.safetensors"], 3, {key: field(value) for key, value in tensors.items()}, notes=["alone"])
    header = {"b": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}}
    text = json.dumps(header).encode()
    with open(path("safetensors/bfloat16.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + struct.pack("<4H", 0x3F80, 0xC000, 0x3E80, 0x42C8))
    case(
        ["safetensors/bfloat16.safetensors"],
        2,
        {"b": field(np.array([[1, -2], [0.25, 100]], "f4"))},
    )


def png(seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (2, 3, 3)).astype("u1")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    return buffer.getvalue(), pixels


def parquet_cases():
    count = 7
    columns = {
        "flag": np.arange(count) % 2 == 0,
        "small": np.arange(count).astype("i1"),
        "word": np.arange(count).astype("u2"),
        "long": np.arange(count).astype("i8") * 2**40,
        "single": random.standard_normal(count).astype("f4"),
        "double": random.standard_normal(count),
    }
    table = pa.table({key: pa.array(value) for key, value in columns.items()})
    names = [f"text {index % 3}" for index in range(count)]
    table = table.append_column("words", pa.array(names))
    vectors = random.standard_normal((count, 3)).astype("f4")
    table = table.append_column("vector", pa.array(list(vectors), type=pa.list_(pa.float32())))
    grids = random.integers(0, 9, (count, 2, 2))
    table = table.append_column("grid", pa.array(grids.tolist(), type=pa.list_(pa.list_(pa.int64()))))
    table = table.append_column("fixed", pa.array(vectors.tolist(), type=pa.list_(pa.float32(), 3)))
    table = table.append_column("day", pa.array([datetime.date(2026, 1, 1)] * count))
    fields = {key: field(value) for key, value in columns.items()}
    fields |= {"words": field(np.array(names)), "vector": field(vectors), "grid": field(grids), "fixed": field(vectors)}
    fields["features"] = field(np.stack([value.astype("f8") for value in columns.values()], 1))
    variants = {
        "snappy": {},
        "zstd": {"compression": "zstd"},
        "gzip": {"compression": "gzip"},
        "plain": {"compression": "none", "use_dictionary": False},
        "version-2-pages": {"data_page_version": "2.0"},
        "small-pages": {"data_page_size": 16, "row_group_size": 3},
    }
    for name, options in variants.items():
        pq.write_table(table, path(f"parquet/{name}.parquet"), **options)
        case([f"parquet/{name}.parquet"], count, fields, notes=["day"])
    pq.write_table(table, path("parquet/brotli.parquet"), compression="brotli")
    pq.write_table(
        pa.table({"x": pa.array([1.0, None, 3.0]), "y": pa.array([0, 1, 2])}), path("parquet/missing.parquet")
    )
    ragged = pa.table({"ids": pa.array([[1, 2], [3], [4, 5, 6]], type=pa.list_(pa.int32()))})
    pq.write_table(ragged, path("parquet/ragged.parquet"))
    # A table after train_test_split: pandas writes the index, shuffled with its rows, as the last column.
    order = np.random.default_rng(7).permutation(60)
    frame = pd.DataFrame({"length": order / 4, "digit": [str(row % 12) for row in range(60)]}, index=order)
    frame.assign(serial=order * 7).to_parquet(path("parquet/indexed-serial.parquet"))
    frame.assign(stage=order % 3).to_parquet(path("parquet/indexed-stage.parquet"))
    flowers = pa.table({"width": [1.5, 2.5, 3.5], "height": [1, 2, 3], "species": ["b", "a", "b"]})
    pq.write_table(flowers, path("parquet/classes.parquet"), row_group_size=2)
    case(
        ["parquet/classes.parquet"],
        3,
        {
            "width": field(np.array([1.5, 2.5, 3.5])),
            "height": field(np.array([1, 2, 3])),
            "species": field(np.array([1, 0, 1]), kind="class", classes=["a", "b"]),
            "features": field(np.array([[1.5, 1], [2.5, 2], [3.5, 3]])),
        },
    )
    pictures = [png(seed) for seed in range(4)]
    hub = pa.table(
        {
            "image": pa.array(
                [{"bytes": content, "path": f"{index}.png"} for index, (content, _) in enumerate(pictures)],
                type=pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
            ),
            "label": pa.array([1, 0, 1, 1]),
        }
    )
    features = {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}
    hub = hub.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    for part in range(2):
        name = f"hub/train-0000{part}-of-00002.parquet"
        pq.write_table(hub.slice(part * 2, 2), path(name))
    case(
        ["hub/train-00001-of-00002.parquet", "hub/train-00000-of-00002.parquet"],
        4,
        {
            "image": {
                "kind": "picture",
                "dtype": "uint8",
                "shape": [None, None, None],
                "values": [int(value) for _, pixels in pictures for value in pixels.reshape(-1)],
            },
            "label": field(np.array([1, 0, 1, 1]), kind="class", classes=["cat", "dog"]),
        },
    )


def csv_cases():
    frame = pd.DataFrame(
        {
            "length": [5.1, 4.9, 6.25],
            "name, with comma": ['say "hi"', "two\nlines", "ü"],
            "count": [1, 2, 3],
            "species": ["setosa", "virginica", "setosa"],
        }
    )
    fields = {
        "length": field(frame["length"].to_numpy()),
        "name, with comma": field(np.array(frame["name, with comma"].tolist())),
        "count": field(frame["count"].to_numpy().astype("f8")),
        "species": {
            "kind": "class",
            "dtype": "int64",
            "shape": [],
            "classes": ["setosa", "virginica"],
            "values": ["0", "1", "0"],
        },
        "features": field(frame[["length", "count"]].to_numpy().astype("f8")),
    }
    variants = {"comma.csv": {}, "tab.tsv": {"sep": "\t"}, "semicolon.csv": {"sep": ";", "decimal": ","}}
    variants["mark.csv"] = {"encoding": "utf-8-sig", "lineterminator": "\r\n"}
    variants["packed.csv.gz"] = {"compression": {"method": "gzip", "mtime": 0}}
    for name, options in variants.items():
        frame.to_csv(path(f"csv/{name}"), index=False, **options)
        case([f"csv/{name}"], 3, fields)


def test_data_cases():
    files, x, y = [], [], []
    for index in range(2):
        inputs = random.standard_normal((1, 2, 3)).astype("f4")
        output = np.array([index, 7], "i8")
        for name, array in [("input_0", inputs), ("output_0", output)]:
            file = f"model/test_data_set_{index}/{name}.pb"
            with open(path(file), "wb") as handle:
                handle.write(numpy_helper.from_array(array, name=f"tensor of {name}").SerializeToString())
            files.append(file)
        x.append(inputs)
        y.append(output)
    fields = {"input_0": field(np.stack(x)), "output_0": field(np.stack(y))}
    case(files, 2, fields, notes=["tensor of input_0"])


for make in [numpy_cases, idx_cases, safetensors_cases, parquet_cases, csv_cases, test_data_cases]:
    make()
with open(path("cases.json"), "w") as file:
    json.dump(cases, file, indent=1)
    file.write("\n")
print(f"{len(cases)} cases; onnx {onnx.__version__}, numpy {np.__version__}, pyarrow {pa.__version__}")
