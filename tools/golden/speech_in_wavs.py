"""Holds Pareto's way from a WAV to Silero's probabilities to onnxruntime's own.

Stretches of a real recording and of noise are written as WAVs of several rates, formats and channels. Each is read with
the wave module or as bare floats, and resampled with NumPy by the formula of torchaudio's sinc_interp_kaiser. It is cut
into windows, which the speech detectors in onnxruntime for Python read one after the other with their state. How far
one unit in the last place of half of the values moves the probabilities is written down too: nobody can agree better.

    python tools/golden/speech_in_wavs.py --speech test-audio.raw

writes src/runtime/evaluation/fixtures/speech-in-wavs.zip and speech-in-wavs.json, which the test beside them reads.
  --speech   test-audio.raw of the source distribution of webrtcvad 2.0.10 (MIT): 8 kHz, 16 bit, one channel

Needs onnxruntime and numpy. The models come from the development dependencies of this repository.
"""

import argparse
import io
import json
import pathlib
import struct
import wave
import zipfile

import numpy as np
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "src/runtime/evaluation/fixtures"
VAD = "node_modules/@ricky0123/vad-web/dist"
MODELS = [
    {"file": f"{VAD}/silero_vad_legacy.onnx", "states": {"h": "hn", "c": "cn"}, "state": [2, 1, 64]},
    {"file": f"{VAD}/silero_vad_v5.onnx", "states": {"state": "stateN"}, "state": [2, 1, 128]},
    {"file": f"{VAD}/silero_vad_v6.onnx", "states": {"state": "stateN"}, "state": [2, 1, 128]},
]
# The inputs of the models: values per second, and values in a window.
FEEDS = [(16000, 512), (8000, 256)]
# Constants of torchaudio's "kaiser_best".
CROSSINGS, ROLL_OFF, BETA = 64, 0.9475937167399596, 14.769656459379492


def resample(values, rate, new_rate):
    """torchaudio.functional.resample(..., resampling_method="sinc_interp_kaiser"), summed in float64 without its padding."""
    if rate == new_rate:
        return values.astype(np.float32)
    divisor = np.gcd(rate, new_rate)
    rate, new_rate = rate // divisor, new_rate // divisor
    cut_off = min(rate, new_rate) * ROLL_OFF
    result = np.empty(-(-len(values) * new_rate // rate))
    places = np.arange(len(values)) / rate
    for index in range(len(result)):
        moment = index / new_rate
        low, high = (int(np.floor((moment + side * CROSSINGS / cut_off) * rate)) for side in (-1, 1))
        taps = slice(max(0, low), high + 2)
        distance = np.clip((places[taps] - moment) * cut_off, -CROSSINGS, CROSSINGS)
        window = np.i0(BETA * np.sqrt(1 - (distance / CROSSINGS) ** 2)) / np.i0(BETA)
        result[index] = (values[taps].astype(np.float64) * np.sinc(distance) * window).sum() * cut_off / rate
    return result.astype(np.float32)


def pcm(values, width):
    """Integers of so many bytes; bytes alone are unsigned."""
    whole = np.clip(np.round(values * 2 ** (8 * width - 1)), -(2 ** (8 * width - 1)), 2 ** (8 * width - 1) - 1).astype(np.int64)
    if width == 1:
        return (whole + 128).astype(np.uint8).tobytes()
    return whole.astype("<i8").reshape(-1, 1).view(np.uint8)[:, :width].tobytes()


def write_pcm(values, rate, width):
    """`values`: [samples, channels] of −1 to 1."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((values.shape[1], width, rate, 0, "NONE", ""))
        sound.writeframes(pcm(values.ravel(), width))
    return file.getvalue()


def write_float(values, rate):
    channels = values.shape[1]
    data = values.astype("<f4").tobytes()
    head = struct.pack("<HHIIHH", 3, channels, rate, rate * channels * 4, channels * 4, 32)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def read(content, is_float):
    """One channel of float32: the mean of all, rounded once."""
    if is_float:
        channels, rate = struct.unpack_from("<HI", content, 22)
        values = np.frombuffer(content, "<f4", offset=44).astype(np.float64)
    else:
        with wave.open(io.BytesIO(content)) as sound:
            channels, width, rate, frames = sound.getparams()[:4]
            raw = np.frombuffer(sound.readframes(frames), np.uint8).reshape(-1, width).astype(np.int64)
        whole = (raw << (8 * np.arange(width))).sum(1)
        limit = 2 ** (8 * width - 1)
        whole = whole - limit if width == 1 else np.where(whole >= limit, whole - 2 * limit, whole)
        values = whole / limit
    return values.reshape(-1, channels).mean(1).astype(np.float32), rate


def make_sounds(recording):
    """The content of each file by its name, and whether it has floats. The recording is of 8 kHz, a word in 0.9 s."""
    random = np.random.default_rng(20261125)

    def stretch(start, seconds, rate):
        values = recording[int(start * 8000) :][: int(seconds * 8000)]
        return resample(values, 8000, rate).reshape(-1, 1)

    both = stretch(0.15, 0.5, 44100)
    stereo = np.concatenate([both, 0.5 * both[::-1]], 1)
    noise = 0.2 * random.standard_normal((5000, 1))
    return {
        "a-8000-pcm16.wav": (write_pcm(stretch(0, 0.9, 8000), 8000, 2), False),
        "b-16000-float32.wav": (write_float(stretch(0.1, 0.6, 16000), 16000), True),
        "c-22050-pcm24.wav": (write_pcm(stretch(0.2, 0.5, 22050), 22050, 3), False),
        "d-44100-pcm16-stereo.wav": (write_pcm(stereo, 44100, 2), False),
        "e-11025-pcm8-noise.wav": (write_pcm(noise, 11025, 1), False),
        "f-48000-pcm32-quiet.wav": (write_pcm(stretch(0.2, 0.3, 48000) / 300, 48000, 4), False),
    }


def windows_of(values, size):
    padded = np.zeros(max(1, -(-len(values) // size)) * size, np.float32)
    padded[: len(values)] = values
    return padded.reshape(-1, size)


def probabilities(run, model, windows, rate):
    state = {name: np.zeros(model["state"], np.float32) for name in model["states"]}
    found = []
    for window in windows:
        outputs = run.run(None, {"input": window[None], "sr": np.array(rate, np.int64), **state})
        by_name = dict(zip([output.name for output in run.get_outputs()], outputs))
        state = {name: by_name[output] for name, output in model["states"].items()}
        found.append(float(by_name["output"][0, 0]))
    return found


def shaken(values):
    """Half of the values one unit in the last place higher."""
    higher = np.random.default_rng(1).random(len(values)) < 0.5
    return np.where(higher, np.nextafter(values, np.float32(np.inf)), values)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--speech", type=pathlib.Path, required=True)
    recording = np.fromfile(parser.parse_args().speech, "<i2").astype(np.float64) / 2**15
    sounds = make_sounds(recording)
    with zipfile.ZipFile(FIXTURES / "speech-in-wavs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (content, _) in sounds.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    models = []
    for model in MODELS:
        options = ort.SessionOptions()
        options.log_severity_level = 3
        run = ort.InferenceSession(str(ROOT / model["file"]), options, providers=["CPUExecutionProvider"])
        for rate, window in FEEDS:
            found, sensitivity = [], 0.0
            for content, is_float in sounds.values():
                values = resample(*read(content, is_float), rate)
                exact, moved = (probabilities(run, model, windows_of(each, window), rate) for each in (values, shaken(values)))
                sensitivity = max(sensitivity, *(abs(a - b) for a, b in zip(exact, moved)))
                found.append([round(each, 7) for each in exact])
            models.append({
                "file": model["file"],
                "states": model["states"],
                "sampleRateHz": rate,
                "window": window,
                "sensitivity": float(f"{sensitivity:.2g}"),
                "probabilities": found,
            })
            print(model["file"].split("/")[-1], rate, [f"{min(each):.3f}–{max(each):.3f} of {len(each)}" for each in found])
    document = {"onnxruntime": ort.__version__, "sounds": list(sounds), "models": models}
    (FIXTURES / "speech-in-wavs.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
