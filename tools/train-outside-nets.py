"""Trains the nets of `bench/prune-accuracy.ts` that are not samples, and writes them as PyTorch's own exporter does.

    nice python tools/train-outside-nets.py <folder> --fashion-mnist <folder of the four IDX files> [--only <words of a name>]

A thin residual net (He et al. 2016) and a net of inverted bottlenecks with squeeze and excite (MobileNetV3, Howard et al. 2019), both
small, on the 55,000 images that the samples are trained on. Settings were fixed before the first run and the last epoch is kept. One
thread and fixed seeds. Needs torch, onnx, onnxscript and onnxruntime from PyPI.
"""

import argparse
import pathlib
import sys
import warnings

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent / "samples"))

from datasets import FASHION_MNIST_FOLDER, SEED, fashion_mnist_splits
from models import ConvBlock, Standardize
from top1 import count_correct
from train import Settings, train

SETTINGS = Settings(epochs=2, learning_rate=5e-3, weight_decay=0.02, shift=1, mirror=True)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions; a projection where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = ConvBlock(inputs, outputs, 3, stride)
        self.second = ConvBlock(outputs, outputs, 3, activate=False)
        same = inputs == outputs and stride == 1
        self.short = nn.Identity() if same else ConvBlock(inputs, outputs, 1, stride, activate=False)

    def forward(self, x):
        return torch.relu(self.second(self.first(x)) + self.short(x))


class InvertedBlock(nn.Module):
    """1x1 that widens, depthwise 3x3, squeeze and excite, 1x1 that narrows; a sum where the shape stays."""

    def __init__(self, inputs, outputs, stride, widening=4):
        super().__init__()
        inner = widening * inputs
        self.residual = stride == 1 and inputs == outputs
        self.widen = ConvBlock(inputs, inner, 1, activate=False)
        self.depthwise = ConvBlock(inner, inner, 3, stride, groups=inner, activate=False)
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(inner, inner // 4, 1), nn.ReLU(), nn.Conv2d(inner // 4, inner, 1), nn.Hardsigmoid()
        )
        self.narrow = ConvBlock(inner, outputs, 1, activate=False)
        self.act = nn.Hardswish()

    def forward(self, x):
        y = self.act(self.depthwise(self.act(self.widen(x))))
        y = self.narrow(y * self.gate(y))
        return x + y if self.residual else y


class Classifier(nn.Module):
    """image [batch,1,28,28], pixels 0..255 -> logits [batch,10]"""

    def __init__(self, mean, deviation, stem, blocks, last, channels):
        super().__init__()
        self.body = nn.Sequential(Standardize(mean, deviation), stem, *blocks, last)
        self.head = nn.Linear(channels, 10)

    def forward(self, image):
        return self.head(self.body(image).mean((2, 3)))


def residual(mean, deviation):
    stages = [(12, 16, 2), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1)]
    return Classifier(mean, deviation, ConvBlock(1, 12, 3), [ResidualBlock(*stage) for stage in stages], nn.Identity(), 64)


def mobile(mean, deviation):
    stages = [(12, 16, 2), (16, 16, 1), (16, 24, 2), (24, 24, 1), (24, 40, 2), (40, 40, 1)]
    last = nn.Sequential(ConvBlock(40, 160, 1, activate=False), nn.Hardswish())
    stem = nn.Sequential(ConvBlock(1, 12, 3, 1, activate=False), nn.Hardswish())
    return Classifier(mean, deviation, stem, [InvertedBlock(*stage) for stage in stages], last, 160)


NETS = {"fashion-resnet": residual, "fashion-mobilenet": mobile}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--fashion-mnist", default=FASHION_MNIST_FOLDER)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    splits = fashion_mnist_splits(given.fashion_mnist)
    pixels = splits["train"].values
    for name, make in NETS.items():
        if given.only not in name:
            continue
        torch.manual_seed(SEED)
        net = make(float(pixels.mean()), float(pixels.std())).to(memory_format=torch.channels_last)
        train(net, splits, SETTINGS)
        path = given.folder / f"{name}.onnx"
        example = torch.from_numpy(splits["calibration"].values[:8]).float()
        export(net.eval().to(memory_format=torch.contiguous_format), example, str(path))
        print(name, path.stat().st_size, "bytes, right on", count_correct(str(path), splits["test"]), flush=True)


def export(net, example, path):
    free = ({0: torch.export.Dim("batch")},)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = {"input_names": ["image"], "output_names": ["logits"]}
        torch.onnx.export(net, (example,), path, opset_version=18, dynamo=True, external_data=False, dynamic_shapes=free, **names)


if __name__ == "__main__":
    main()
