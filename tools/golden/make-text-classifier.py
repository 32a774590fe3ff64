"""Trains a small BERT that tells good reviews from bad ones, and counts what ONNX Runtime for Python gets right.

    python tools/golden/make-text-classifier.py cli/fixtures/texts

Needs torch 2.13, onnx 1.23, onnxruntime 1.32 and tokenizers 0.23 from PyPI. The reviews are composed, with slips of the pen, dissenting
clauses and wrong labels, so that nothing is downloaded and not every answer is right. cases.json says how many of
reviews.csv are answered right with the ids of the Python package.
"""

import csv
import json
import pathlib
import random
import sys

import onnxruntime as ort
import torch
import torch.nn.functional as functional
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch import nn

OUT = pathlib.Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)
random.seed(0)
torch.set_num_threads(1)

GOOD = "wonderful great brilliant delightful moving superb charming gripping fresh clever beautiful funny warm excellent masterful".split()
BAD = "terrible boring dull awful clumsy predictable tedious lifeless weak messy annoying bland shallow horrible pointless".split()
THINGS = "film movie story plot acting cast music script ending camera pacing dialogue director soundtrack scene performance".split()
ASIDES = [
    "I watched it with my brother on a rainy evening.", "The theatre was nearly empty.", "It runs for almost two hours.",
    "My friends had told me about it.", "We talked about it on the way home.", "It is based on a book from 1987.",
]
LENGTH, SIZE, HEADS = 48, 32, 2
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


def clause(is_good):
    word, thing, kind = random.choice(GOOD if is_good else BAD), random.choice(THINGS), random.random()
    if kind < 0.3:
        return f"The {thing} was {word}."
    if kind < 0.6:
        return f"What a {word} {thing}!"
    return f"I found the {thing} {word}, and the {random.choice(THINGS)} {random.choice(GOOD if is_good else BAD)} too."


def review():
    is_good = random.random() < 0.5
    parts = [clause(is_good) for _ in range(random.randint(1, 4))]
    if len(parts) > 2 and random.random() < 0.5:
        parts[random.randrange(len(parts))] = clause(not is_good)
    for _ in range(random.randint(0, 2)):
        parts.insert(random.randrange(len(parts) + 1), random.choice(ASIDES))
    text = " ".join(parts)
    if random.random() < 0.3:
        at = random.randrange(len(text))
        text = text[:at] + text[at + 1 :]
    return text, int(is_good != (random.random() < 0.06))


train, test = [review() for _ in range(2400)], [review() for _ in range(160)]
tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
tokenizer.train_from_iterator([text for text, _ in train], trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, show_progress=False))
tokenizer.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
tokenizer.enable_truncation(LENGTH)
tokenizer.enable_padding(length=LENGTH)
tokenizer.save(str(OUT / "tokenizer.json"))


def encoded(rows):
    encodings = tokenizer.encode_batch([text for text, _ in rows])
    tensors = [torch.tensor([getattr(each, key) for each in encodings]) for key in ("ids", "attention_mask", "type_ids")]
    return tensors, torch.tensor([label for _, label in rows])


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(SIZE, SIZE) for _ in range(4))
        self.first, self.second = nn.LayerNorm(SIZE), nn.LayerNorm(SIZE)
        self.up, self.down = nn.Linear(SIZE, 2 * SIZE), nn.Linear(2 * SIZE, SIZE)

    def forward(self, x, bias):
        batch, length, _ = x.shape
        heads = lambda linear: linear(x).view(batch, length, HEADS, SIZE // HEADS).transpose(1, 2)
        weights = torch.softmax(heads(self.query) @ heads(self.key).transpose(-1, -2) / (SIZE // HEADS) ** 0.5 + bias, -1)
        x = self.first(x + self.out((weights @ heads(self.value)).transpose(1, 2).reshape(batch, length, SIZE)))
        return self.second(x + self.down(functional.gelu(self.up(x))))


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places, self.types = nn.Embedding(tokenizer.get_vocab_size(), SIZE), nn.Embedding(LENGTH, SIZE), nn.Embedding(2, SIZE)
        self.norm, self.layers = nn.LayerNorm(SIZE), nn.ModuleList([Layer(), Layer()])
        self.pool, self.classify = nn.Linear(SIZE, SIZE), nn.Linear(SIZE, 2)

    def forward(self, input_ids, attention_mask, token_type_ids):
        x = self.norm(self.words(input_ids) + self.places(torch.arange(input_ids.shape[1])) + self.types(token_type_ids))
        bias = (1.0 - attention_mask[:, None, None, :].float()) * -1e4
        for layer in self.layers:
            x = layer(x, bias)
        return self.classify(torch.tanh(self.pool(x[:, 0])))


model, (inputs, labels), (tested, answers) = Bert(), encoded(train), encoded(test)
optimizer = torch.optim.AdamW(model.parameters(), 5e-3)
for _ in range(6):
    for chosen in torch.randperm(len(train)).split(32):
        loss = functional.cross_entropy(model(*[each[chosen] for each in inputs]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
model.eval()
axes = {name: {0: "batch", 1: "sequence"} for name in INPUTS} | {"logits": {0: "batch"}}
torch.onnx.export(
    model, tuple(each[:2] for each in tested), OUT / "model.onnx", input_names=INPUTS, output_names=["logits"], dynamic_axes=axes, opset_version=17, dynamo=False)

with open(OUT / "reviews.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerows([("review", "sentiment"), *((text, ["negative", "positive"][label]) for text, label in test)])
session = ort.InferenceSession(OUT / "model.onnx", providers=["CPUExecutionProvider"])
logits = session.run(None, {name: each.numpy() for name, each in zip(INPUTS, tested)})[0]
cases = {"correct": int((logits.argmax(1) == answers.numpy()).sum()), "total": len(test)}
(OUT / "cases.json").write_text(json.dumps(cases) + "\n")
print(cases["correct"], "of", cases["total"])
