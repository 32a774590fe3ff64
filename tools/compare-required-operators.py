"""Compares the operators that Pareto lists for a reduced build of ONNX Runtime with those of ONNX Runtime's own script.

    python tools/compare-required-operators.py <create_reduced_build_config.py> [<model>...]
    python tools/compare-required-operators.py <create_reduced_build_config.py> --golden

The script lies in tools/python of ONNX Runtime's repository. Both files are read with the parser of ONNX Runtime's build. The exit code is 1 if a
model has other operators. --golden writes what the script lists for models of this checkout, for a test. Needs: onnx, onnxruntime.
"""
import argparse
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

from onnxruntime.tools.reduced_build_config_parser import parse_config

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "src/engine/analysis/fixtures/required-operators.json"
FIXTURES = "src/engine/passes/quantize"
GOLDEN_MODELS = [
    "public/samples/ch_PP-OCRv4_rec_infer.onnx",
    "public/samples/ch_ppocr_mobile_v2.0_cls_infer.onnx",
    "public/samples/digits-mlp.onnx",
    "public/samples/face_detection_back_256x256_barracuda.onnx",
    "public/samples/face_detection_front_128x128_barracuda.onnx",
    "public/samples/fashion-cnn.onnx",
    "public/samples/fashion-lstm.onnx",
    "public/samples/fashion-transformer.onnx",
    "node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx",
    f"{FIXTURES}/static/fixtures/pictures.qoperator.onnx",
    f"{FIXTURES}/static/fixtures/sentences.int16.onnx",
    f"{FIXTURES}/weights/fixtures/products.nbits-4.onnx",
]


def load(script):
    spec = importlib.util.spec_from_file_location("create_reduced_build_config", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lines_of(path):
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def write_theirs(script, model, folder):
    path = pathlib.Path(folder) / "theirs.config"
    script.create_config_from_onnx_models(str(model), str(path))
    return path


def write_ours(model, folder):
    path = pathlib.Path(folder) / "ours.config"
    command = ["node", str(ROOT / "cli/pareto.mjs"), "inspect", str(model), "--required-operators", str(path), "--json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("script", type=pathlib.Path)
    parser.add_argument("models", type=pathlib.Path, nargs="*")
    parser.add_argument("--golden", action="store_true")
    given = parser.parse_args()
    script = load(given.script)
    models = given.models or [ROOT / path for path in GOLDEN_MODELS]
    golden, different = {}, 0
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            theirs = write_theirs(script, model, folder)
            if given.golden:
                golden[model.relative_to(ROOT).as_posix()] = lines_of(theirs)
                continue
            ours = write_ours(model, folder)
            same = parse_config(str(ours))[0] == parse_config(str(theirs))[0] and lines_of(ours) == lines_of(theirs)
            different += not same
            print(f"{model.name}: {'same' if same else 'different'}, {sum(len(line.split(',')) for line in lines_of(ours))} operators")
    if given.golden:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(json.dumps(golden, indent=2) + "\n")
    return 1 if different else 0


sys.exit(main())
