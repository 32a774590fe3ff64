"""Makes models with PyTorch, for `tools/check-made-models.py --outside`.

    python tools/make-outside-models.py <folder> [--only <words of a name>]

PyTorch's two exporters (TorchDynamo and TorchScript, with old and new operator sets) on nets with residual sums, squeeze and excite,
channel shuffle, transposed convolutions, attention, embeddings and recurrence. Seeds are fixed. The small ResNet is trained on the
1,000 digits that the sample's net is trained on; the others keep random weights. Needs torch, torchvision, onnx, onnxscript and
scikit-learn from PyPI.
"""

import argparse
import functools
import pathlib
import sys

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent / "samples"))


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)])
        self.short = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)) if inputs != outputs else nn.Identity()

    def forward(self, x):
        inner = self.norms[1](self.second(torch.relu(self.norms[0](self.first(x)))))
        return torch.relu(inner + self.short(x))


class ResNet(nn.Module):
    """He et al. 2016, at the size of digits of 8 by 8 pixels, which come in one row with values from 0 to 16."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.blocks = nn.Sequential(ResidualBlock(16, 16, 1), ResidualBlock(16, 32, 2), ResidualBlock(32, 32, 1))
        self.head = nn.Linear(32, 10)

    def forward(self, features):
        x = self.blocks(self.stem(((features - 4.88) / 6.02).reshape(-1, 1, 8, 8)))
        return self.head(x.mean((2, 3)))


class Encoder(nn.Module):
    """Tokens, a transformer encoder of PyTorch's own, and a mean over the tokens."""

    def __init__(self, norm_first):
        super().__init__()
        self.words = nn.Embedding(600, 64)
        self.places = nn.Parameter(torch.randn(1, 16, 64) * 0.1)
        layer = nn.TransformerEncoderLayer(64, 4, 128, activation="gelu", batch_first=True, norm_first=norm_first)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(64, 5)

    def forward(self, tokens):
        return self.head(self.layers(self.words(tokens) + self.places).mean(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(12, 24, batch_first=True, bidirectional=True)
        self.lstm = nn.LSTM(48, 16, batch_first=True)
        self.head = nn.Linear(16, 4)

    def forward(self, steps):
        return self.head(self.lstm(self.gru(steps)[0])[0][:, -1])


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1), nn.InstanceNorm2d(16, affine=True), nn.SiLU())
        self.deep = nn.Sequential(nn.Conv2d(16, 32, 3, 2, 1), nn.GroupNorm(4, 32), nn.LeakyReLU(0.1), nn.Conv2d(32, 32, 3, 1, 1), nn.PReLU(32))
        self.up = nn.ConvTranspose2d(32, 16, 2, 2)
        self.last = nn.Conv2d(32, 2, 1)

    def forward(self, picture):
        skip = self.down(picture)
        up = self.up(self.deep(skip))
        larger = nn.functional.interpolate(torch.cat([skip, up], 1), scale_factor=2.0, mode="bilinear", align_corners=False)
        return torch.sigmoid(self.last(larger))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for name, make in models().items():
        if given.only in name:
            path = given.folder / f"{name}.onnx"
            make(path)
            print(path.name, path.stat().st_size, flush=True)


def models():
    """The function that makes each model, by name. Nothing is built before it is needed."""
    import torchvision

    torch.manual_seed(0)
    pictures, tokens = torch.rand(2, 3, 64, 64), torch.randint(0, 600, (2, 16))
    mobile = lambda: with_statistics(torchvision.models.mobilenet_v3_small(width_mult=0.5, num_classes=10), pictures)
    shuffle = lambda: with_statistics(torchvision.models.shufflenet_v2_x0_5(num_classes=10), pictures)
    resnet = functools.cache(trained_resnet)
    digits = torch.rand(2, 64) * 16
    return {
        "torch-resnet": lambda path: export(path, resnet(), digits, "features", 18),
        "torch-resnet-script": lambda path: export(path, resnet(), digits, "features", 13, dynamo=False),
        "torch-mobilenet": lambda path: export(path, mobile(), pictures, "image", 18),
        "torch-mobilenet-script": lambda path: export(path, mobile(), pictures, "image", 11, dynamo=False),
        "torch-shufflenet": lambda path: export(path, shuffle(), pictures, "image", 18),
        "torch-encoder": lambda path: export(path, Encoder(True), tokens, "tokens", 18),
        "torch-encoder-script": lambda path: export(path, Encoder(False), tokens, "tokens", 14, dynamo=False),
        "torch-encoder-script-17": lambda path: export(path, Encoder(False), tokens, "tokens", 17, dynamo=False),
        "torch-recurrent": lambda path: export(path, Recurrent(), torch.rand(2, 10, 12), "steps", 17, dynamo=False),
        "torch-unet": lambda path: export(path, UNet(), torch.rand(2, 3, 32, 32), "picture", 20),
    }


def with_statistics(net, pictures):
    """Means and variances of batch normalization from some pictures: without them activations fade to nothing."""
    net.train()
    with torch.no_grad():
        for _ in range(20):
            net(pictures + torch.randn_like(pictures))
    return net


def export(path, net, example, name, opset, dynamo=True):
    net.eval()
    free = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)} if dynamo else {"dynamic_axes": {name: {0: "batch"}, "output": {0: "batch"}}}
    names = {"input_names": [name], "output_names": ["output"]}
    torch.onnx.export(net, (example,), str(path), opset_version=opset, dynamo=dynamo, external_data=False, **names, **free)


def trained_resnet(epochs=40, batch=50):
    from datasets import digits_splits

    splits = digits_splits()
    x, y = torch.from_numpy(splits["train"].values).float(), torch.from_numpy(splits["train"].labels)
    torch.manual_seed(0)
    net = ResNet()
    steps = epochs * (len(y) // batch)
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, steps)
    net.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch):
            loss = nn.functional.cross_entropy(net(x[rows]), y[rows], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    net.eval()
    test = splits["evaluation"]
    with torch.no_grad():
        right = int((net(torch.from_numpy(test.values).float()).argmax(1).numpy() == test.labels).sum())
    print(f"right on {right} of {len(test)} evaluation rows", flush=True)
    return net


if __name__ == "__main__":
    main()
