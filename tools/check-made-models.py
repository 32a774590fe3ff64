"""Puts every model that the quantizing passes and convert-float16 make through onnx.checker's full check.

    python tools/check-made-models.py [<model.onnx>...]

Needs onnx 1.23 from PyPI and Node. Without models: the samples, calibrated with their own data where they have any. Each is
simplified, changed by each recipe below and checked; a recipe that changes nothing is told, not checked.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import onnx

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "public" / "samples"
DATA = {"fashion-": "fashion-mnist-calibration.npz", "digits-": "digits-calibration.npz"}
RECIPES = [
    ["quantize-static"],
    ["quantize-static", "calibrator=mse", "activationType=int8", "perChannel=false"],
    ["quantize-weights"],
    ["quantize-weights", "form=matmul-nbits", "method=rtn", "symmetric=true"],
    ["quantize-weights", "bits=8", "blockSize=0", "symmetric=true", "method=rtn"],
    ["quantize-weights", "bits=4", "blockSize=0", "method=rtn"],
    ["quantize-weights", "bits=8", "blockSize=16", "method=rtn", "form=dequantize"],
    ["convert-float16"],
    ["convert-float16", "keepInputsOutputs=false"],
]


def make(model, output, recipe):
    data = next((name for prefix, name in DATA.items() if model.name.startswith(prefix)), None)
    sets = [part for option in recipe[1:] for part in ("--set", option)]
    command = ["node", "cli/pareto.mjs", "optimize", str(model), "-o", str(output), "--json",
               "--pass", "simplify", "--pass", recipe[0], *sets]
    if data is not None:
        command += ["--data", str(SAMPLES / data), "--samples", "16"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)["passes"][-1]


def main():
    models = [pathlib.Path(path).resolve() for path in sys.argv[1:]] or sorted(SAMPLES.glob("*.onnx"))
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            for recipe in RECIPES:
                output = pathlib.Path(folder) / "made.onnx"
                try:
                    made = make(model, output, recipe)
                    onnx.checker.check_model(str(output), full_check=True)
                    verdict = f"valid, {len(made['changes'])} changed" if made["changes"] else "unchanged"
                except subprocess.CalledProcessError as error:
                    failures += 1
                    verdict = f"NOT MADE: {error.stderr.strip()}"
                except Exception as error:  # noqa: BLE001: whatever the checker says is the finding
                    failures += 1
                    verdict = f"INVALID: {error}"
                print(f"{model.name}  {' '.join(recipe)}: {verdict}", flush=True)
    sys.exit(1 if failures else 0)


main()
