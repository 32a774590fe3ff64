"""A reference of the decoders of GGUF files in NumPy, from the weights that gguf-py dequantizes.

    python tools/gguf_reference.py model.gguf "The capital of France is"           # the ids by tokenizer.json, and the next token
    python tools/gguf_reference.py model.gguf --perplexity texts.jsonl --tokenizer tokenizer.json --length 128
    python tools/gguf_reference.py model.gguf --against model.onnx --tokenizer tokenizer.json "The capital of France is"

Needs gguf and numpy from PyPI; texts need tokenizers, and `--against` needs onnxruntime. Sums are float64. The rotation follows the
order that the file stores: pairs side by side for llama, half a head apart for qwen2.
"""

import argparse
import json

import gguf
import numpy as np


class Decoder:
    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.kind = str(reader.fields["general.architecture"].contents())
        field = lambda key, otherwise=None: (
            reader.fields[f"{self.kind}.{key}"].contents() if f"{self.kind}.{key}" in reader.fields else otherwise
        )
        self.layers = int(field("block_count"))
        self.heads = int(field("attention.head_count"))
        self.kv_heads = int(field("attention.head_count_kv", self.heads))
        self.width = int(field("embedding_length"))
        self.head = int(field("attention.key_length", self.width // self.heads))
        self.epsilon = float(field("attention.layer_norm_rms_epsilon"))
        self.base = float(field("rope.freq_base", 10_000.0))
        self.weights = {
            tensor.name: gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)
            for tensor in reader.tensors
        }

    def rotate(self, values):
        """[heads, tokens, head]"""
        half = self.head // 2
        frequencies = self.base ** (-2.0 * np.arange(half) / self.head)
        angles = np.arange(values.shape[1])[:, None] * frequencies
        cos, sin = np.cos(angles), np.sin(angles)
        turned = np.empty_like(values)
        first, second = (
            (np.s_[..., 0::2], np.s_[..., 1::2]) if self.kind == "llama" else (np.s_[..., :half], np.s_[..., half:])
        )
        turned[first] = values[first] * cos - values[second] * sin
        turned[second] = values[second] * cos + values[first] * sin
        return turned

    def norm(self, values, name):
        mean = (values**2).mean(axis=-1, keepdims=True)
        return values / np.sqrt(mean + self.epsilon) * self.weights[name]

    def linear(self, values, name):
        product = values @ self.weights[f"{name}.weight"].T
        bias = self.weights.get(f"{name}.bias")
        return product if bias is None else product + bias


def logits_of(model, ids):
    """[tokens, vocabulary]"""
    weights = model.weights
    state = weights["token_embd.weight"][ids]
    count = len(ids)
    unseen = np.where(np.tril(np.ones((count, count), bool)), 0.0, -np.inf)
    for layer in range(model.layers):
        block = f"blk.{layer}"
        normed = model.norm(state, f"{block}.attn_norm.weight")
        split = lambda name, heads: (
            model.linear(normed, f"{block}.{name}").reshape(count, heads, model.head).transpose(1, 0, 2)
        )
        query = model.rotate(split("attn_q", model.heads))
        key = model.rotate(split("attn_k", model.kv_heads))
        value = split("attn_v", model.kv_heads)
        group = model.heads // model.kv_heads
        key, value = np.repeat(key, group, axis=0), np.repeat(value, group, axis=0)
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(model.head) + unseen
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        context = (shares @ value).transpose(1, 0, 2).reshape(count, -1)
        state = state + model.linear(context, f"{block}.attn_output")
        normed = model.norm(state, f"{block}.ffn_norm.weight")
        gate = model.linear(normed, f"{block}.ffn_gate")
        opened = gate / (1 + np.exp(-gate)) * model.linear(normed, f"{block}.ffn_up")
        state = state + model.linear(opened, f"{block}.ffn_down")
    head = weights.get("output.weight", weights["token_embd.weight"])
    return model.norm(state, "output_norm.weight") @ head.T


def losses(logits, ids):
    rows = logits[:-1] - logits[:-1].max(axis=-1, keepdims=True)
    rows = rows - np.log(np.exp(rows).sum(axis=-1, keepdims=True))
    return -rows[np.arange(len(ids) - 1), ids[1:]]


def onnx_logits(path, ids):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feeds = {
        "input_ids": np.int64([ids]),
        "attention_mask": np.ones((1, len(ids)), np.int64),
        "position_ids": np.int64([range(len(ids))]),
    }
    for cache in session.get_inputs():
        if cache.name.startswith("past"):
            feeds[cache.name] = np.zeros((1, cache.shape[1], 0, cache.shape[3]), np.float32)
    return session.run(["logits"], feeds)[0][0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("prompt", nargs="?")
    parser.add_argument("--tokenizer", default="tokenizer.json")
    parser.add_argument("--perplexity")
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--limit", type=int, default=10**9)
    parser.add_argument("--against")
    given = parser.parse_args()
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(given.tokenizer)
    model = Decoder(given.model)
    if given.perplexity:
        lines = [json.loads(line) for line in open(given.perplexity) if line.strip()][: given.limit]
        total, count = 0.0, 0
        for line in lines:
            ids = tokenizer.encode(line["text"]).ids[: given.length]
            if len(ids) < 2:
                continue
            loss = losses(logits_of(model, ids), ids)
            total, count = total + loss.sum(), count + len(loss)
        print("perplexity", np.exp(total / count), "of", count, "tokens")
        return
    ids = tokenizer.encode(given.prompt).ids
    logits = logits_of(model, ids)
    print("ids", ids, "next", repr(tokenizer.decode([int(logits[-1].argmax())])))
    if given.against:
        print("largest difference", np.abs(onnx_logits(given.against, ids) - logits).max(), "of", np.abs(logits).max())


if __name__ == "__main__":
    main()
