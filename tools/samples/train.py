"""Trains a sample model, writes its ONNX file and notes what came out.

    nice -n 10 python tools/samples/train.py fashion-cnn [--fashion-mnist <folder>] [--epochs <n>]

Writes public/samples/<id>.onnx and the model's entry in tools/samples/recorded.json. Hyperparameters were fixed before
the first run, and the last epoch is kept. The test set is counted once, on the finished file, so nothing was chosen by
it. One thread and fixed seeds: the same machine and versions give the same weights.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from datasets import FASHION_MNIST_FOLDER, SEED, digits_splits, fashion_mnist_splits
from export import export_model
from models import DigitsMlp, FashionCnn, FashionLstm, FashionTransformer
from top1 import count_correct
from torch import nn

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "public" / "samples"


@dataclass
class Settings:
    epochs: int
    learning_rate: float
    weight_decay: float
    batch: int = 128
    label_smoothing: float = 0.05
    # Pixels by which an image is moved at most, and whether half of them are mirrored; 0 for rows of features.
    shift: int = 0
    mirror: bool = False


MODELS = {
    "fashion-cnn": (FashionCnn, Settings(epochs=12, learning_rate=4e-3, weight_decay=0.02, shift=1, mirror=True)),
    "fashion-transformer": (
        FashionTransformer,
        Settings(epochs=12, learning_rate=1.5e-3, weight_decay=0.05, shift=1, mirror=True),
    ),
    "fashion-lstm": (FashionLstm, Settings(epochs=16, learning_rate=3e-3, weight_decay=0.01, shift=1, mirror=True)),
    "digits-mlp": (DigitsMlp, Settings(epochs=40, learning_rate=4e-3, weight_decay=0.02, batch=32)),
}


def augment(images, settings, generator):
    """Moves each image by whole pixels (what comes in is 0, the background) and mirrors half of them."""
    if settings.shift:
        count, margin = len(images), settings.shift
        padded = nn.functional.pad(images, (margin,) * 4)
        moves = torch.randint(0, 2 * margin + 1, (2, count, 1), generator=generator)
        rows, columns = moves + torch.arange(28)
        images = padded[torch.arange(count)[:, None, None], 0, rows[:, :, None], columns[:, None, :]][:, None]
    if settings.mirror:
        mirrored = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
        images = torch.where(mirrored, images.flip(3), images)
    return images


def parameter_groups(module, weight_decay):
    """Weight decay for matrices and kernels; none for biases, normalization and positions."""
    parameters = dict(module.named_parameters())
    plain = {name for name, value in parameters.items() if value.ndim < 2 or name == "position"}
    return [
        {"params": [value for name, value in parameters.items() if name not in plain], "weight_decay": weight_decay},
        {"params": [value for name, value in parameters.items() if name in plain], "weight_decay": 0.0},
    ]


def fraction_correct(module, samples):
    module.eval()
    with torch.no_grad():
        parts = torch.split(torch.from_numpy(samples.values), 500)
        answers = torch.cat([module(part.float()).argmax(dim=1) for part in parts])
    return (answers.numpy() == samples.labels).mean().item()


def train(module, splits, settings):
    """AdamW, one warm-up and a cosine down to zero. Gives the accuracy on the validation images after each epoch."""
    samples = splits["train"]
    values, labels = torch.from_numpy(samples.values), torch.from_numpy(samples.labels)
    generator = torch.Generator().manual_seed(SEED)
    steps = settings.epochs * (len(samples) // settings.batch)
    optimizer = torch.optim.AdamW(parameter_groups(module, settings.weight_decay), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=steps, pct_start=0.15, cycle_momentum=False
    )
    loss_of = nn.CrossEntropyLoss(label_smoothing=settings.label_smoothing)
    validation = []
    for epoch in range(settings.epochs):
        module.train()
        start, losses = time.perf_counter(), []
        order = torch.randperm(len(samples), generator=generator)
        for chosen in order[: len(order) // settings.batch * settings.batch].split(settings.batch):
            inputs = augment(values[chosen].float(), settings, generator)
            loss = loss_of(module(inputs), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(module.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        if "validation" in splits:
            validation.append(round(fraction_correct(module, splits["validation"]), 4))
        seconds = time.perf_counter() - start
        print(f"epoch {epoch + 1} loss {np.mean(losses):.4f} validation {validation[-1:]} {seconds:.0f} s", flush=True)
    return validation


def camel_case(name):
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("id", choices=MODELS)
    parser.add_argument("--fashion-mnist", default=FASHION_MNIST_FOLDER, help="folder of the four IDX files")
    parser.add_argument("--epochs", type=int)
    arguments = parser.parse_args()
    make, settings = MODELS[arguments.id]
    settings.epochs = arguments.epochs or settings.epochs

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    is_digits = arguments.id == "digits-mlp"
    splits = digits_splits() if is_digits else fashion_mnist_splits(arguments.fashion_mnist)
    pixels = splits["train"].values
    # Channels last is twice as fast for depthwise convolutions on a CPU, and the same arithmetic.
    module = make(float(pixels.mean()), float(pixels.std())).to(memory_format=torch.channels_last)
    start = time.perf_counter()
    validation = train(module, splits, settings)
    seconds = time.perf_counter() - start

    path = SAMPLES / f"{arguments.id}.onnx"
    example = torch.from_numpy(splits["calibration"].values[:8]).float()
    export_model(module, str(path), "features" if is_digits else "image", example)
    recorded_path = HERE / "recorded.json"
    recorded = json.loads(recorded_path.read_text()) if recorded_path.exists() else {}
    recorded[arguments.id] = {
        "parameters": sum(value.numel() for value in module.parameters()),
        "seed": SEED,
        **{camel_case(key): value for key, value in asdict(settings).items()},
        "trainingSamples": len(pixels),
        "trainingSeconds": round(seconds, 1),
        "validationTop1": validation[-1] if validation else None,
        "evaluationTop1": count_correct(str(path), splits["evaluation"]),
        "testTop1": count_correct(str(path), splits["test"]),
        "trainedWith": f"torch {torch.__version__.split('+')[0]}",
        "countedWith": f"onnxruntime {onnxruntime.__version__}, CPU",
    }
    recorded_path.write_text(json.dumps({id: recorded[id] for id in MODELS if id in recorded}, indent=2) + "\n")
    print(json.dumps(recorded[arguments.id]))


if __name__ == "__main__":
    main()
