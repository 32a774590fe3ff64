"""Trains the sample that writes: a small decoder with a cache, on novels of Jane Austen, which are in the public domain.

    apt-get download r-cran-janeaustenr && dpkg -x r-cran-janeaustenr_*.deb janeaustenr
    python tools/samples/train_writer.py --novels janeaustenr/usr/lib/R/site-library/janeaustenr/data/Rdata.rdb
    npx prettier --write public/samples/samples.json tools/samples/recorded.json

Needs jax, numpy, onnx, onnxruntime and tokenizers from PyPI. It writes the model, its tokenizer and its texts to public/samples, with
their entries in samples.json and recorded.json. The last tenth of each novel is never trained on, and texts for evaluation are
paragraphs of it. No setting was chosen by them, and the last weights are the ones that are kept.
"""

import argparse
import hashlib
import json
import struct
import time
import zlib
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "public" / "samples"
VOCABULARY, WIDTH, LAYERS, HEADS, POSITIONS = 1024, 128, 4, 4, 256
BATCH, LEARNING_RATE, WEIGHT_DECAY, SEED = 16, 3e-3, 0.05, 0
END = "<|endoftext|>"


def novels_in(file: Path) -> list[list[str]]:
    """The lines of each novel: a database of R holds compressed vectors of texts, one after the other."""
    data, novels, at = file.read_bytes(), [], 0
    while at < len(data):
        inflate = zlib.decompressobj()
        vector = inflate.decompress(data[at + 4 :])
        at = len(data) - len(inflate.unused_data)
        # A vector of texts is its type (16), its length, and for each text its flags, its length and its bytes.
        place = vector.index(struct.pack(">i", 16)) + 4
        (count,) = struct.unpack_from(">i", vector, place)
        place, lines = place + 4, []
        for _ in range(count):
            (size,) = struct.unpack_from(">i", vector, place + 4)
            lines.append(vector[place + 8 : place + 8 + size].decode("utf-8"))
            place += 8 + size
        novels.append(lines)
    return novels


def read(file: Path) -> tuple[list[str], list[str]]:
    """Paragraphs to train on, and those that are held out."""
    train, held_out = [], []
    for lines in novels_in(file):
        paragraphs = [" ".join(part.split()) for part in "\n".join(lines).split("\n\n")]
        paragraphs = [part for part in paragraphs if part]
        cut = len(paragraphs) * 9 // 10
        train += paragraphs[:cut]
        held_out += paragraphs[cut:]
    return train, held_out


def train_tokenizer(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def initial_weights() -> dict[str, np.ndarray]:
    random = np.random.default_rng(SEED)
    normal = lambda *shape, scale: random.normal(0, scale, shape).astype(np.float32)
    weights = {"embedding": normal(VOCABULARY, WIDTH, scale=0.02), "positions": normal(POSITIONS, WIDTH, scale=0.02)}
    for layer in range(LAYERS):
        for name, shape in {
            "query": (WIDTH, WIDTH),
            "key": (WIDTH, WIDTH),
            "value": (WIDTH, WIDTH),
            "out": (WIDTH, WIDTH),
            "up": (WIDTH, 4 * WIDTH),
            "down": (4 * WIDTH, WIDTH),
        }.items():
            scale = 0.02 / np.sqrt(2 * LAYERS) if name in ("out", "down") else 0.02
            weights[f"layers.{layer}.{name}"] = normal(*shape, scale=scale)
        for norm in ("norm1", "norm2"):
            weights[f"layers.{layer}.{norm}"] = np.ones(WIDTH, np.float32)
    weights["norm"] = np.ones(WIDTH, np.float32)
    return weights


def normalized(x, scale):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(variance + 1e-5) * scale


def logits_of(weights, tokens):
    batch, length = tokens.shape
    x = weights["embedding"][tokens] + weights["positions"][:length]
    hidden = jnp.where(jnp.tril(jnp.ones((length, length), bool)), 0.0, -1e9)
    for layer in range(LAYERS):
        own = lambda name: weights[f"layers.{layer}.{name}"]
        h = normalized(x, own("norm1"))
        heads = lambda name: (h @ own(name)).reshape(batch, length, HEADS, -1).transpose(0, 2, 1, 3)
        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.sqrt(WIDTH // HEADS) + hidden
        context = (jax.nn.softmax(scores) @ heads("value")).transpose(0, 2, 1, 3).reshape(batch, length, WIDTH)
        x = x + context @ own("out")
        h = normalized(x, own("norm2"))
        x = x + jnp.maximum(h @ own("up"), 0) ** 2 @ own("down")
    return normalized(x, weights["norm"]) @ weights["embedding"].T


def loss_of(weights, tokens):
    scores = jax.nn.log_softmax(logits_of(weights, tokens[:, :-1]))
    return -jnp.take_along_axis(scores, tokens[:, 1:, None], -1).mean()


@jax.jit
def step(weights, moments, tokens, rate, count):
    loss, gradients = jax.value_and_grad(loss_of)(weights, tokens)
    first, second = moments
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
    second = jax.tree.map(lambda v, g: 0.95 * v + 0.05 * g * g, second, gradients)

    def updated(w, m, v):
        change = (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.95**count)) + 1e-8)
        return w - rate * (change + (WEIGHT_DECAY * w if w.ndim > 1 else 0))

    return jax.tree.map(updated, weights, first, second), (first, second), loss


def train(ids: np.ndarray, steps: int) -> dict[str, np.ndarray]:
    """The learning rate rises for 100 steps, and falls to 0 in the last quarter."""
    weights = jax.tree.map(jnp.asarray, initial_weights())
    moments = (jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights))
    random = np.random.default_rng(SEED + 1)
    for count in range(1, steps + 1):
        # Every fourth batch is of whole contexts, so that all positions are learned.
        size, rows = (POSITIONS, BATCH // 2) if count % 4 == 0 else (POSITIONS // 2, BATCH)
        places = random.integers(0, len(ids) - size - 1, rows)
        tokens = jnp.asarray(np.stack([ids[place : place + size + 1] for place in places]))
        rate = LEARNING_RATE * min(1.0, count / 100) * min(1.0, 4 * (1 - count / steps))
        weights, moments, loss = step(weights, moments, tokens, rate, count)
        if count % 50 == 0:
            print(f"{count} steps, {time.process_time():.0f} s of processor, loss {float(loss):.3f}", flush=True)
    return {name: np.asarray(value) for name, value in weights.items()}


def build(weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """The decoder with inputs and outputs as optimum names them; the table of the embedding is the weight of the logits too."""
    head_width = WIDTH // HEADS
    nodes, constants = [], dict(weights)

    def add(op, inputs, output, **attributes):
        nodes.append(helper.make_node(op, inputs, [output], name=f"{op}_{len(nodes)}", **attributes))
        return output

    def constant(name, value):
        constants[name] = np.asarray(value)
        return name

    split = constant("heads", np.int64([0, 0, HEADS, head_width]))
    joined = constant("joined", np.int64([0, 0, WIDTH]))
    add("Gather", ["embedding", "input_ids"], "embedded")
    add("Gather", ["positions", "position_ids"], "placed")
    x = add("Add", ["embedded", "placed"], "x0")
    add("Shape", ["attention_mask"], "mask_shape")
    add("Gather", ["mask_shape", constant("one", np.int64(1))], "total")
    add("Range", [constant("zero", np.int64(0)), "total", "one"], "places")
    add("Unsqueeze", ["position_ids", constant("axes13", np.int64([1, 3]))], "own_places")
    add("LessOrEqual", ["places", "own_places"], "earlier")
    add("Cast", ["attention_mask"], "kept", to=TensorProto.BOOL)
    add("Unsqueeze", ["kept", constant("axes12", np.int64([1, 2]))], "kept_places")
    add("And", ["earlier", "kept_places"], "seen")
    constant("hidden", np.float32(-1e9))
    constant("scale", np.float32(1 / np.sqrt(head_width)))
    inputs, outputs = [], []
    total = "past_sequence_length + sequence_length"
    for layer in range(LAYERS):
        at = lambda name: f"layers.{layer}.{name}"
        h = add("LayerNormalization", [x, at("norm1")], at("h1"), epsilon=1e-5)
        made = {}
        for name in ("query", "key", "value"):
            rows = add("MatMul", [h, at(name)], at(f"{name}_rows"))
            cut = add("Reshape", [rows, split], at(f"{name}_cut"))
            made[name] = add("Transpose", [cut], at(f"{name}_heads"), perm=[0, 2, 1, 3])
        for name in ("key", "value"):
            past, present = f"past_key_values.{layer}.{name}", f"present.{layer}.{name}"
            made[name] = add("Concat", [past, made[name]], present, axis=2)
            shape = ["batch_size", HEADS, None, head_width]
            for into, value, symbol in ((inputs, past, "past_sequence_length"), (outputs, present, total)):
                dims = [symbol if size is None else size for size in shape]
                into.append(helper.make_tensor_value_info(value, TensorProto.FLOAT, dims))
        columns = add("Transpose", [made["key"]], at("key_columns"), perm=[0, 1, 3, 2])
        products = add("MatMul", [made["query"], columns], at("products"))
        scores = add("Mul", [products, "scale"], at("scores"))
        masked = add("Where", ["seen", scores, "hidden"], at("masked"))
        chosen = add("Softmax", [masked], at("chosen"), axis=-1)
        context = add("MatMul", [chosen, made["value"]], at("context"))
        turned = add("Transpose", [context], at("turned"), perm=[0, 2, 1, 3])
        flat = add("Reshape", [turned, joined], at("flat"))
        attended = add("MatMul", [flat, at("out")], at("attended"))
        x = add("Add", [x, attended], at("x1"))
        h = add("LayerNormalization", [x, at("norm2")], at("h2"), epsilon=1e-5)
        up = add("MatMul", [h, at("up")], at("up_rows"))
        positive = add("Relu", [up], at("positive"))
        squared = add("Mul", [positive, positive], at("squared"))
        down = add("MatMul", [squared, at("down")], at("down_rows"))
        x = add("Add", [x, down], at("x2"))
    last = add("LayerNormalization", [x, "norm"], "last", epsilon=1e-5)
    add("Transpose", ["embedding"], "head_weight", perm=[1, 0])
    add("MatMul", [last, "head_weight"], "logits")
    ids = lambda name, length: helper.make_tensor_value_info(name, TensorProto.INT64, ["batch_size", length])
    own = [ids("input_ids", "sequence_length"), ids("attention_mask", total), ids("position_ids", "sequence_length")]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch_size", "sequence_length", VOCABULARY])
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "writer", own + inputs, [logits] + outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="pareto")
    onnx.checker.check_model(model)
    return model


def perplexity(model: bytes, texts: list[list[int]]) -> tuple[float, int]:
    """Returns the perplexity by the native ONNX Runtime, and the number of predicted tokens. Sums of its logits are float64."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    total, count = 0.0, 0
    for tokens in texts:
        feeds = {
            "input_ids": np.int64([tokens]),
            "attention_mask": np.ones((1, len(tokens)), np.int64),
            "position_ids": np.int64([range(len(tokens))]),
        }
        for layer in range(LAYERS):
            for name in ("key", "value"):
                empty = np.zeros((1, HEADS, 0, WIDTH // HEADS), np.float32)
                feeds[f"past_key_values.{layer}.{name}"] = empty
        rows = session.run(["logits"], feeds)[0][0].astype(np.float64)[:-1]
        largest = rows.max(-1, keepdims=True)
        log_sums = largest[:, 0] + np.log(np.exp(rows - largest).sum(-1))
        total += (log_sums - rows[np.arange(len(rows)), tokens[1:]]).sum()
        count += len(rows)
    return float(np.exp(total / count)), count


def ids_of(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return [tokenizer.encode(text).ids for text in texts]


def choose(tokenizer: Tokenizer, texts: list[str], count: int, seed: int) -> list[str]:
    """Paragraphs of usual length, in their order."""
    usual = [text for text, ids in zip(texts, ids_of(tokenizer, texts)) if 40 <= len(ids) <= 128]
    return [usual[place] for place in sorted(np.random.default_rng(seed).permutation(len(usual))[:count])]


def publish(model: bytes, tokenizer: Tokenizer, texts: dict[str, list[str]], steps: int) -> None:
    """Writes the files that ship, with their entries in samples.json and recorded.json."""

    def write(name: str, content: bytes) -> dict:
        (SAMPLES / name).write_bytes(content)
        return {"file": name, "sizeBytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    listed = json.loads((SAMPLES / "samples.json").read_text())
    (entry,) = [sample for sample in listed["samples"] if sample["id"] == "writer"]
    entry.update(write("writer.onnx", model))
    entry["data"]["tokenizer"] = write("writer-tokenizer.json", tokenizer.to_str().encode())
    for part, chosen in texts.items():
        lines = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in chosen)
        entry["data"][part] = {**write(f"writer-{part}.jsonl", lines.encode()), "samples": len(chosen)}
    value, count = perplexity(model, ids_of(tokenizer, texts["evaluation"]))
    print(f"perplexity {value} on {count} tokens of {len(texts['evaluation'])} texts; {len(model)} bytes")
    entry["data"]["recorded"] = {"perplexity": value, "tokens": count, "trainedWith": f"jax {jax.__version__}"}
    (SAMPLES / "samples.json").write_text(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")
    recorded = json.loads((HERE / "recorded.json").read_text())
    settings = {"steps": steps, "batch": BATCH, "learningRate": LEARNING_RATE, "weightDecay": WEIGHT_DECAY, "seed": SEED}
    recorded["writer"] = {**settings, **entry["data"]["recorded"]}
    (HERE / "recorded.json").write_text(json.dumps(recorded, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--novels", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=640)
    given = parser.parse_args()
    train_texts, held_out = read(given.novels)
    tokenizer = train_tokenizer(train_texts)
    end = tokenizer.token_to_id(END)
    ids = np.concatenate([np.int32([*tokenizer.encode(text).ids, end]) for text in train_texts])
    print(f"{len(train_texts)} paragraphs, {len(ids)} tokens", flush=True)
    model = build(train(ids, given.steps)).SerializeToString()
    texts = {
        "calibration": choose(tokenizer, train_texts, 128, SEED + 2),
        "evaluation": choose(tokenizer, held_out, 64, SEED + 3),
    }
    publish(model, tokenizer, texts, given.steps)


if __name__ == "__main__":
    main()
