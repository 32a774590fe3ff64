"""The four sample networks. Each takes raw values (pixels 0..255, digits 0..16) and scales them itself.

The scaling is part of the model so that the integers of a data file can be fed as they are, without a mapping. Shapes
are written as constants wherever they do not depend on the batch: the exported graphs then need no Shape nodes.
"""

import math

import torch
from torch import nn


class Standardize(nn.Module):
    """(x - mean) / deviation, with the two numbers of the training set."""

    def __init__(self, mean, deviation):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("scale", torch.tensor(1 / deviation))

    def forward(self, x):
        return (x - self.mean) * self.scale


class ConvBlock(nn.Sequential):
    """Convolution, BatchNorm and, unless it feeds an addition, ReLU."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1, activate=True):
        layers = [
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        super().__init__(*layers, *([nn.ReLU()] if activate else []))


class SeparableBlock(nn.Module):
    """Depthwise 3x3, then pointwise; a residual connection where the shape stays the same."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.residual = stride == 1 and inputs == outputs
        self.depthwise = ConvBlock(inputs, inputs, 3, stride, groups=inputs)
        self.pointwise = ConvBlock(inputs, outputs, 1, activate=False)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.pointwise(self.depthwise(x))
        return self.relu(x + y if self.residual else y)


class FashionCnn(nn.Module):
    """image [batch,1,28,28] -> logits [batch,10]"""

    STAGES = [(48, 2, 3), (96, 2, 4), (192, 2, 2)]  # channels, stride of the first block, blocks

    def __init__(self, mean, deviation):
        super().__init__()
        self.standardize = Standardize(mean, deviation)
        channels = 16
        self.stem = ConvBlock(1, channels, 3)
        blocks = []
        for outputs, stride, count in self.STAGES:
            for index in range(count):
                blocks.append(SeparableBlock(channels, outputs, stride if index == 0 else 1))
                channels = outputs
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(channels, 10)

    def forward(self, image):
        x = self.blocks(self.stem(self.standardize(image)))
        return self.classifier(self.dropout(self.pool(x).flatten(1)))


class Attention(nn.Module):
    """Multi-head self-attention over a fixed number of tokens, written out so that it exports as plain MatMuls."""

    def __init__(self, tokens, width, heads):
        super().__init__()
        self.split = (-1, tokens, heads, width // heads)
        self.joined = (-1, tokens, width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.scale = 1 / math.sqrt(width // heads)

    def forward(self, x):
        query = self.query(x).reshape(self.split).permute(0, 2, 1, 3)
        key = self.key(x).reshape(self.split).permute(0, 2, 3, 1)
        value = self.value(x).reshape(self.split).permute(0, 2, 1, 3)
        weights = torch.softmax(query @ key * self.scale, dim=-1)
        return self.output((weights @ value).permute(0, 2, 1, 3).reshape(self.joined))


class TransformerLayer(nn.Module):
    """Pre-LayerNorm layer: attention, then two linear layers with GELU between them."""

    def __init__(self, tokens, width, heads, hidden, dropout):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(tokens, width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.expand = nn.Linear(width, hidden)
        self.gelu = nn.GELU()
        self.contract = nn.Linear(hidden, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        x = x + self.dropout(self.attention(self.norm1(x)))
        return x + self.dropout(self.contract(self.gelu(self.expand(self.norm2(x)))))


class FashionTransformer(nn.Module):
    """image [batch,1,28,28] -> logits [batch,10]; the 28 rows of 28 pixels are the tokens."""

    def __init__(self, mean, deviation, width=96, heads=4, hidden=288, layers=3, dropout=0.05):
        super().__init__()
        self.standardize = Standardize(mean, deviation)
        self.embed = nn.Linear(28, width)
        self.position = nn.Parameter(torch.randn(1, 28, width) * 0.02)
        self.layers = nn.Sequential(*[TransformerLayer(28, width, heads, hidden, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.classifier = nn.Linear(width, 10)

    def forward(self, image):
        rows = self.standardize(image).reshape(-1, 28, 28)
        x = self.layers(self.embed(rows) + self.position)
        return self.classifier(self.norm(x).mean(dim=1))


class FashionLstm(nn.Module):
    """image [batch,1,28,28] -> logits [batch,10]; two LSTM layers read the image row by row."""

    def __init__(self, mean, deviation, hidden=96):
        super().__init__()
        self.standardize = Standardize(mean, deviation)
        self.lstm1 = nn.LSTM(28, hidden)
        self.lstm2 = nn.LSTM(hidden, hidden)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(hidden, 10)

    def forward(self, image):
        rows = self.standardize(image).reshape(-1, 28, 28).permute(1, 0, 2)
        hidden, _ = self.lstm1(rows)
        hidden, _ = self.lstm2(self.dropout(hidden))
        return self.classifier(self.dropout(hidden[-1]))


class DigitsMlp(nn.Module):
    """features [batch,64] -> logits [batch,10]"""

    def __init__(self, mean, deviation):
        super().__init__()
        self.standardize = Standardize(mean, deviation)
        self.layers = nn.Sequential(
            nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
        )

    def forward(self, features):
        return self.layers(self.standardize(features))
