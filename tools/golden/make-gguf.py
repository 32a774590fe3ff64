"""Writes GGUF files with small tensors of every type that is read, and a small model, with the values that gguf-py reads from them.

    python tools/golden/make-gguf.py src/engine/gguf/fixtures

Needs gguf 0.19 and numpy from PyPI. `types.gguf` holds random bytes as blocks of each type, with scales that are no NaN, so that every
bit of a block matters. `types.f32` holds the float32 values, tensor by tensor in the order of the file. The models `llama.gguf` and
`qwen2.gguf` have two layers, quantized weights and a token for each letter. Their `.json` files hold token ids with the logits that
NumPy computes from the dequantized weights in float64 (`gguf_reference.py`), and texts with their perplexity.
"""

import json
import pathlib
import sys

import gguf
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from gguf_reference import Decoder, logits_of, losses  # noqa: E402

OUT = pathlib.Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
Type = gguf.GGMLQuantizationType

TYPES = [
    Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q4_K, Type.Q5_K, Type.Q6_K,
]
# Places of the float16 scales in a block.
SCALES = {
    Type.Q8_0: [0], Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2],
    Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
}


TEXTS = ["the cat sat on the mat", "a dog", "birds sing in the morning"]


def stored(kind: Type, rows: int, columns: int, random: np.random.Generator) -> np.ndarray:
    """Bytes [rows, bytes of a row]."""
    if kind == Type.F32:
        return random.normal(size=(rows, columns)).astype(np.float32)
    if kind == Type.F16:
        return random.normal(size=(rows, columns)).astype(np.float16)
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (rows * columns // elements, size), dtype=np.uint8)
    for place in SCALES.get(kind, []):
        # Also subnormal and negative scales.
        scales = (random.normal(size=len(blocks)) * 10.0 ** random.integers(-7, 1, len(blocks))).astype(np.float16)
        blocks[:, place : place + 2] = scales.view(np.uint8).reshape(-1, 2)
    if kind == Type.BF16:
        # No infinity and no NaN: the exponent stays below its largest value.
        blocks[:, 1] &= 0xBF
    return blocks.reshape(rows, -1)


def write_types() -> None:
    random = np.random.default_rng(1)
    writer = gguf.GGUFWriter(OUT / "types.gguf", "none")
    values = []
    for kind in TYPES:
        data = stored(kind, 3, 256, random)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        values.append(gguf.quants.dequantize(data, kind).astype("<f4").ravel())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    np.concatenate(values).tofile(OUT / "types.f32")


def write_model(architecture: str, weights: Type) -> None:
    random = np.random.default_rng(2)
    width, hidden, heads, kv_heads, layers = 64, 96, 4, 2, 2
    tokens = ["<unk>", "<s>", "</s>", "Ġ", *[chr(code) for code in range(33, 127)]]
    head = width // heads
    path = OUT / f"{architecture}.gguf"
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(layers)
    writer.add_context_length(128)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3, 3] + [1] * (len(tokens) - 3))
    writer.add_token_merges([])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)

    def matrix(name: str, rows: int, columns: int, kind: Type) -> None:
        data = (random.normal(size=(rows, columns)) * 1.5 / np.sqrt(columns)).astype(np.float32)
        writer.add_tensor(name, gguf.quants.quantize(data, kind), raw_dtype=kind)

    def vector(name: str, size: int, mean: float) -> None:
        writer.add_tensor(name, (mean + 0.2 * random.normal(size=size)).astype(np.float32))

    matrix("token_embd.weight", len(tokens), width, Type.Q8_0)
    for layer in range(layers):
        block = f"blk.{layer}"
        vector(f"{block}.attn_norm.weight", width, 1)
        matrix(f"{block}.attn_q.weight", width, width, weights)
        matrix(f"{block}.attn_k.weight", kv_heads * head, width, weights)
        matrix(f"{block}.attn_v.weight", kv_heads * head, width, Type.F16)
        matrix(f"{block}.attn_output.weight", width, width, weights)
        if architecture == "qwen2":
            vector(f"{block}.attn_q.bias", width, 0)
            vector(f"{block}.attn_k.bias", kv_heads * head, 0)
            vector(f"{block}.attn_v.bias", kv_heads * head, 0)
        vector(f"{block}.ffn_norm.weight", width, 1)
        matrix(f"{block}.ffn_gate.weight", hidden, width, weights)
        matrix(f"{block}.ffn_up.weight", hidden, width, weights)
        matrix(f"{block}.ffn_down.weight", width, hidden, weights)
    vector("output_norm.weight", width, 1)
    if architecture == "qwen2":
        matrix("output.weight", len(tokens), width, Type.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model = Decoder(path)
    ids = random.integers(3, len(tokens), 12)
    lost = []
    for text in TEXTS:
        letters = np.array([tokens.index("Ġ" if letter == " " else letter) for letter in text])
        lost.extend(losses(logits_of(model, letters), letters))
    document = {
        "ids": ids.tolist(),
        "logits": [[float(f"{value:.7g}") for value in row] for row in logits_of(model, ids)],
        "texts": TEXTS,
        "perplexity": float(np.exp(np.mean(lost))),
        "tokens": len(lost),
    }
    (OUT / f"{architecture}.json").write_text(json.dumps(document) + "\n")


write_types()
write_model("llama", Type.Q5_0)
write_model("qwen2", Type.Q4_1)
