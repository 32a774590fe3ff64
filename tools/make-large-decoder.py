"""Writes a GGUF file of a decoder in a real architecture with random weights, to try how large a model can be.

    python tools/make-large-decoder.py 0.5 qwen2-0.5b.gguf

Sizes are those of Qwen2.5 with 0.5 and 1.5 billion parameters: 0.5, 1.5. Weights are Q8_0. Needs gguf 0.19 and numpy from PyPI.
Its texts consist of letters: the tokenizer has a token for each, and fillers up to the size of the real vocabulary.
"""

import sys

import gguf
import numpy as np

SIZES = {
    "0.5": {"width": 896, "hidden": 4864, "heads": 14, "kv_heads": 2, "layers": 24},
    "1.5": {"width": 1536, "hidden": 8960, "heads": 12, "kv_heads": 2, "layers": 28},
}
VOCABULARY = 151_936
BLOCK, BLOCK_BYTES = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType.Q8_0]
size = SIZES[sys.argv[1]]
width, hidden, kv = size["width"], size["hidden"], size["kv_heads"] * size["width"] // size["heads"]
random = np.random.default_rng(1)
letters = ["<unk>", "<s>", "</s>", "Ġ", *[chr(code) for code in range(33, 127)]]
tokens = letters + [f"<filler_{index}>" for index in range(VOCABULARY - len(letters))]

writer = gguf.GGUFWriter(sys.argv[2], "qwen2", use_temp_file=True)
writer.add_block_count(size["layers"])
writer.add_context_length(2048)
writer.add_embedding_length(width)
writer.add_feed_forward_length(hidden)
writer.add_head_count(size["heads"])
writer.add_head_count_kv(size["kv_heads"])
writer.add_layer_norm_rms_eps(1e-6)
writer.add_rope_freq_base(1_000_000.0)
writer.add_tokenizer_model("gpt2")
writer.add_tokenizer_pre("qwen2")
writer.add_token_list(tokens)
writer.add_token_types([3, 3, 3] + [1] * (len(tokens) - 3))
writer.add_token_merges([])
writer.add_eos_token_id(2)


def matrix(name: str, rows: int, columns: int) -> None:
    """Weights of variance 1 / columns, so that the layers keep the size of their inputs."""
    blocks = np.empty((rows * columns // BLOCK, BLOCK_BYTES), np.uint8)
    integers = np.clip(random.standard_normal((len(blocks), BLOCK), np.float32) * 32, -127, 127)
    blocks[:, 2:] = integers.astype(np.int8).view(np.uint8)
    blocks[:, :2] = np.full(len(blocks), 1 / (32 * np.sqrt(columns)), np.float16).view(np.uint8).reshape(-1, 2)
    kind = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor(name, blocks.reshape(rows, -1), raw_dtype=kind)


def vector(name: str, length: int, mean: float) -> None:
    writer.add_tensor(name, (mean + 0.05 * random.standard_normal(length)).astype(np.float32))


matrix("token_embd.weight", VOCABULARY, width)
for layer in range(size["layers"]):
    block = f"blk.{layer}"
    vector(f"{block}.attn_norm.weight", width, 1)
    vector(f"{block}.ffn_norm.weight", width, 1)
    for kind, rows in {"q": width, "k": kv, "v": kv}.items():
        matrix(f"{block}.attn_{kind}.weight", rows, width)
        vector(f"{block}.attn_{kind}.bias", rows, 0)
    matrix(f"{block}.attn_output.weight", width, width)
    matrix(f"{block}.ffn_gate.weight", hidden, width)
    matrix(f"{block}.ffn_up.weight", hidden, width)
    matrix(f"{block}.ffn_down.weight", width, hidden)
vector("output_norm.weight", width, 1)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
