"""Makes a model of each sample with every pass, checks what was written, and writes docs/made-models.md.

    python tools/check-made-models.py [sample or model.onnx …]

Each file must pass `onnx.checker` with `full_check`, strict shape inference where the sample itself does, and give the
outputs of ONNX Runtime's own build for the CPU and of the WASM build that Pareto runs. A pass that calibrates gets the
sample's data, or numbers made up where a sample has none: what is checked is the file, not its accuracy. Needs onnx
1.23, onnxruntime and numpy from PyPI, and the packages of this checkout. With samples or models named, it only prints. Ends
with 1 where a file fails.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort

ROOT = pathlib.Path(__file__).parents[1]
SAMPLES = ROOT / "public/samples"
CALIBRATION_SAMPLES = "16"
NARROWER = ["simplify", "prune-channels remove=0.3 ranking=global"]
RECIPES = [
    ["simplify"],
    ["convert-opset target=21"],
    ["convert-float16"],
    ["convert-float16 keepInputsOutputs=false"],
    ["quantize-dynamic opTypes=all"],
    ["quantize-static"],
    ["equalize-layers", "quantize-static format=qoperator"],
    ["quantize-static target=tensorrt"],
    ["quantize-static calibrator=mse activationType=int8 perChannel=false"],
    ["quantize-weights"],
    ["quantize-weights form=matmul-nbits method=rtn symmetric=true"],
    ["quantize-weights bits=8 blockSize=0 symmetric=true method=rtn"],
    ["quantize-weights bits=4 blockSize=0 method=rtn"],
    ["quantize-weights bits=8 blockSize=16 method=rtn form=dequantize"],
    ["prune-channels remove=0.5 ranking=global"],
    ["prune-weights pattern=2:4 method=wanda"],
    ["fine-tune steps=2 batch=8"],
    ["quantize-aware-training steps=2 batch=8"],
    ["quantize-aware-training steps=2 batch=8 weightType=int8 form=weights"],
    [*NARROWER, "quantize-static"],
    [*NARROWER, "quantize-weights method=rtn"],
    [*NARROWER, "fine-tune steps=2 batch=8"],
]


def main():
    ort.set_default_logger_severity(4)
    chosen = sys.argv[1:]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for sample in models_of(chosen):
            original = SAMPLES / sample["file"]
            feeds = made_up_feeds(original, sample["freeDimensions"])
            data = pathlib.Path(folder) / f"{sample['id']}.npz"
            # One array for an input, its samples along the first axis, which all samples have as their batch.
            np.savez(data, **feeds)
            for steps in RECIPES:
                row = [sample["id"], ", ".join(steps), *make_and_check(sample, steps, original, feeds, data, pathlib.Path(folder))]
                rows.append(row)
                print(" | ".join(row), flush=True)
    if not chosen:
        (ROOT / "docs/made-models.md").write_text(report(rows))
    return 1 if any(row[2] == "fails" for row in rows) else 0


def models_of(chosen):
    """The samples, or those named; a file stands for itself, without data, and with 1 for each free dimension."""
    samples = json.loads((SAMPLES / "samples.json").read_text())["samples"]
    if not chosen:
        return samples
    by_id = {sample["id"]: sample for sample in samples}
    return [
        by_id.get(name) or {"id": pathlib.Path(name).stem, "file": pathlib.Path(name).resolve(), "freeDimensions": {}}
        for name in chosen
    ]


def made_up_feeds(path, sizes):
    """Eight samples for each input, uniform between 0 and 1, without the weight that the file lists as an input."""
    graph = onnx.load(path).graph
    weights = {tensor.name for tensor in graph.initializer}
    random = np.random.default_rng(0)
    feeds = {}
    for value in graph.input:
        if value.name in weights:
            continue
        kind = value.type.tensor_type
        shape = [sizes.get(axis.dim_param, axis.dim_value or 1) for axis in kind.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
        feeds[value.name] = random.random([8, *shape[1:]]).astype(dtype)
    return feeds


def make_and_check(sample, steps, original, feeds, made_up, folder):
    """What became of one file: `good`, `unchanged` or `fails`, the number of changes, and the detail."""
    variant = folder / "variant.onnx"
    variant.unlink(missing_ok=True)
    calibration = SAMPLES / sample["data"]["calibration"]["file"] if "data" in sample else made_up
    command = ["optimize", original, "-o", variant, "--json", "--samples", CALIBRATION_SAMPLES, "--data", calibration]
    for step in steps:
        pass_id, *options = step.split(" ")
        command += ["--pass", pass_id, *(word for option in options for word in ("--set", option))]
    made = pareto(command)
    if made.returncode != 0:
        return "fails", "", last_line(made.stderr)
    passes = json.loads(made.stdout)["passes"]
    changes = sum(len(step["changes"]) for step in passes)
    if changes == 0:
        reasons = [refusal["reason"] for step in passes for refusal in step["refusals"]]
        return "unchanged", "0", reasons[0] if reasons else "no reason given"
    try:
        onnx.checker.check_model(onnx.load(variant), full_check=True)
        if infers_strictly(original):
            onnx.shape_inference.infer_shapes(onnx.load(variant), strict_mode=True, data_prop=True)
        run_on_cpu(variant, feeds)
    except Exception as problem:
        return "fails", str(changes), first_line(problem)
    on_wasm = pareto(["evaluate", variant, "--against", original, "--data", made_up, "--limit", "2", "--json"])
    if on_wasm.returncode != 0:
        return "fails", str(changes), f"WASM: {last_line(on_wasm.stderr)}"
    return "good", str(changes), ""


def pareto(arguments):
    command = ["node", "cli/pareto.mjs", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def infers_strictly(path):
    try:
        onnx.shape_inference.infer_shapes(onnx.load(path), strict_mode=True, data_prop=True)
        return True
    except Exception:
        return False


def run_on_cpu(path, feeds):
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    # Without keepInputsOutputs the inputs are float16.
    types = {value.name: np.float16 if value.type == "tensor(float16)" else None for value in session.get_inputs()}
    outputs = session.run(None, {name: np.asarray(values[:1], types[name]) for name, values in feeds.items()})
    for value, output in zip(session.get_outputs(), outputs, strict=True):
        assert np.isfinite(output).all(), f"{value.name} has values that are no numbers"


def first_line(problem):
    return (str(problem).splitlines() or [type(problem).__name__])[0][:200].replace("|", "/")


def last_line(text):
    return (text.strip().splitlines() or ["no message"])[-1][:200].replace("|", "/")


def report(rows):
    count = {kind: sum(row[2] == kind for row in rows) for kind in ("good", "unchanged", "fails")}
    lines = [
        "# Every model that the passes make of the samples",
        "",
        f"{count['good']} files good, {count['unchanged']} models left as they are, {count['fails']} failures. onnx {onnx.__version__}, ONNX",
        f"Runtime {ort.__version__}. Passes that calibrate or train had {CALIBRATION_SAMPLES} samples and trained for two steps.",
        "",
        "- Good: `onnx.checker` with `full_check` accepts the file, so does strict shape inference where it accepts the sample,",
        "  and the file runs in ONNX Runtime on the CPU, with finite outputs, and in the WASM build that Pareto measures with.",
        "- Unchanged: the pass refused, with its first reason.",
        "",
        "Made by `tools/check-made-models.py`.",
        "",
        *table([["sample", "passes", "outcome", "changes", "reason"], *rows]),
        "",
    ]
    return "\n".join(lines)


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    line = lambda cells: "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"
    return [line(rows[0]), "| " + " | ".join("-" * width for width in widths) + " |", *map(line, rows[1:])]


if __name__ == "__main__":
    sys.exit(main())
