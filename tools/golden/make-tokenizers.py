"""Writes small tokenizers of every common kind, and what the Python package makes of texts with them.

    python tools/golden/make-tokenizers.py src/engine/data/tokenizer/fixtures

Needs tokenizers 0.23, sentencepiece 0.2 and protobuf from PyPI. Each tokenizer is trained on the texts below, so that nothing is downloaded. A case holds
for each text, or pair of texts, the ids, type ids and mask: of all its tokens, and cut and padded to a length with the rules of
the file. The trainers break ties in no fixed order: each run writes other tokenizers, and the cases that belong to them.
"""

import io
import json
import pathlib
import sys
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import AddedToken

OUT = pathlib.Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)

CORPUS = [
    "The quick brown fox jumps over the lazy dog, and the dog doesn't mind at all.",
    "This film was wonderful: the actors played well, and I laughed until I cried.",
    "What a terrible, boring waste of two hours! The story never begins.",
    "She'll return in 2024 with 365 new songs; we've waited 12 years for them.",
    "L'été dernier, le café était fermé; un garçon naïf attendait à côté.",
    "Straße, Übermut und größere Äpfel: in München schätzt man das sehr.",
    "Η γρήγορη αλεπού πηδάει πάνω από τον οκνηρό σκύλο. ΟΔΥΣΣΕΥΣ ΚΑΛΟΣ",
    "Быстрая лиса прыгает через ленивую собаку, и собаке всё равно.",
    "東京は日本の首都です。中国的首都是北京。",
    "print(f'{value:>8.3f}') == x_1 += 0.5e-3  # a comment",
    "Prices rose by 3.5% to $1,299.00 (about €1.200) on 2023-01-05.",
    "unbelievable unhappiness reworking international tokenization tokenizers",
] * 4

TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "  leading and   several\tspaces \n and lines\r\n",
    "It's what they'd said: we'll see, I'm sure you've DONE it.",
    "L'ÉTÉ DERNIER, le café naïf était à côté — garçon!",
    "e\u0301te\u0301 combines, ﬁne ligature, ① circled, ½ half, Ⅷ roman, x² squared",
    "ΟΔΥΣΣΕΥΣ ΚΑΛΟΣ και ο σκύλος. Σ",
    "İstanbul ıssız STRASSE Straße ẞ",
    "東京は日本の首都です。𠀀𠀁 rare CJK, 한국어 조선말",
    "नमस्ते दुनिया ไทย العربية עברית",
    "emoji 👩‍👩‍👧‍👦 flags 🇩🇪 tone 👍🏽 end",
    "controls \u0000\u0001\u0007 \u200b zero\u200dwidth \ufeff mark \ufffd replaced \u00a0 nbsp \u3000 wide \u0085 nel \u2028 line",
    "digits 1234567890 ٣٤٥ ४५६ １２３ 3.14159 1,000,000",
    "snake_case camelCase x_1+=y**2; f(x)->[a|b]{c}<d>`e`~^$#@",
    "[CLS] special [SEP] tokens [MASK] in text <s> </s> <pad> <mask> x<mask>y [PAD]",
    "a " * 40 + "tail",
    "Donaudampfschifffahrtsgesellschaftskapitän" * 4,
    "word" * 60,
    "unbelievable unhappiness tokenization",
    "ends with spaces   ",
    "\n\nnew\n\n\nlines\n",
    "▁already ▁marked ▁ text",
    "«quoted» “smart” ‘single’ … — – ‐ ‑ • · ¿qué? ¡sí!",
    "a\u0308 A\u030a \u1e9b\u0323 \u212b \ufb03 \u2126",
    "",
    " ",
    "\ud7ff\ue000 private \U0010fffd end \U000e0001 tag",
    "Ünïcödé ÅNGSTRÖM ŁÓDŹ ĲSSEL ǅ ŉ",
    "12ab34cd 5e6f7 v2.0.1-beta+build.7",
    # Two paths through "été" differ by the last bit of their scores.
    "étédog étéﺯ été",
    "Ｆｕｌｌ　ｗｉｄｔｈ ﬁ ① e\u0301 e\u0301\u0323 a\u0308b \u200bgone ﷺ",
]
PAIRS = [
    ("How old is he?", "He is twelve years old, and the dog is older still."),
    ("The quick brown fox jumps over the lazy dog, and the dog doesn't mind at all.", "What a waste!"),
    ("short", ""),
    ("", "only the second"),
]
LENGTHS = [8, 40]


def trained(model, trainer, normalizer=None, pre_tokenizer=None, post_processor=None, **added):
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(CORPUS, trainer)
    if post_processor is not None:
        tokenizer.post_processor = post_processor(tokenizer)
    return tokenizer


BERT_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA_TOKENS = ["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True)]
T5_TOKENS = ["<pad>", "</s>", "<unk>"]


def bert_template(t):
    ids = [("[CLS]", t.token_to_id("[CLS]")), ("[SEP]", t.token_to_id("[SEP]"))]
    return processors.TemplateProcessing(single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=ids)


def bert_processing(t):
    return processors.BertProcessing(("[SEP]", t.token_to_id("[SEP]")), ("[CLS]", t.token_to_id("[CLS]")))


def roberta_processing(t):
    return processors.RobertaProcessing(("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")))


def eos_template(t):
    return processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B:1 </s>:1", special_tokens=[("</s>", t.token_to_id("</s>"))])


def wordpiece_trainer(size=400):
    return trainers.WordPieceTrainer(vocab_size=size, special_tokens=BERT_TOKENS, show_progress=False)


def wordpiece():
    return models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=60)


def bpe_trainer(size=420, tokens=ROBERTA_TOKENS, alphabet=True, **more):
    initial = pre_tokenizers.ByteLevel.alphabet() if alphabet else []
    return trainers.BpeTrainer(vocab_size=size, special_tokens=tokens, initial_alphabet=initial, show_progress=False, **more)


def unigram_trainer(size=360):
    return trainers.UnigramTrainer(vocab_size=size, special_tokens=T5_TOKENS, unk_token="<unk>", show_progress=False)


def with_truncation_and_padding():
    t = trained(wordpiece(), wordpiece_trainer(), normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer(), bert_template)
    t.enable_truncation(24, strategy="longest_first")
    t.enable_padding(length=24, pad_id=t.token_to_id("[PAD]"), pad_token="[PAD]")
    return t


def padded_left():
    t = trained(models.BPE(), bpe_trainer(), None, pre_tokenizers.ByteLevel(add_prefix_space=False), roberta_processing)
    t.enable_truncation(20, strategy="only_first", direction="left")
    t.enable_padding(direction="left", pad_id=1, pad_type_id=0, pad_token="<pad>", pad_to_multiple_of=8)
    return t


GPT4 = r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""


def with_words():
    t = trained(wordpiece(), wordpiece_trainer(), normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer(), bert_processing)
    t.add_tokens([AddedToken("quick fox"), AddedToken("Café", normalized=True), AddedToken("dog", single_word=True, normalized=False)])
    t.add_special_tokens([AddedToken("<ent>", lstrip=True, rstrip=True, special=True)])
    return t


# Replacements in the form of SentencePiece's tables: code points in hexadecimal.
RULES = {
    **{f"{0xFF01 + i:X}": f"{0x21 + i:X}" for i in range(94)},
    "3000": "20", "A0": "20", "200B": "", "FB01": "66 69", "2460": "31", "65 301": "E9", "61 308": "E4", "FDFA": "635 644 649",
}


def characters_map():
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        rules.write("".join(f"{source}\t{target}\n" for source, target in RULES.items()))
        rules.flush()
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS), model_writer=model, vocab_size=200, normalization_rule_tsv=rules.name, hard_vocab_limit=False, minloglevel=2)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


TOKENIZERS = {
    "xlmr-map": lambda: trained(
        models.Unigram(), unigram_trainer(), normalizers.Sequence([normalizers.Precompiled(characters_map()), normalizers.Replace(Regex(" {2,}"), " ")]),
        pre_tokenizers.Metaspace(), eos_template),
    "bert-uncased": lambda: trained(wordpiece(), wordpiece_trainer(), normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer(), bert_template),
    "bert-cased": lambda: trained(wordpiece(), wordpiece_trainer(), normalizers.BertNormalizer(lowercase=False), pre_tokenizers.BertPreTokenizer(), bert_processing),
    "bert-padded": with_truncation_and_padding,
    "bert-added": with_words,
    "wordpiece-sequence": lambda: trained(
        wordpiece(), wordpiece_trainer(),
        normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()]),
        pre_tokenizers.Whitespace(), bert_template),
    "gpt2": lambda: trained(models.BPE(), bpe_trainer(tokens=["<|endoftext|>"]), None, pre_tokenizers.ByteLevel(add_prefix_space=False), lambda t: processors.ByteLevel(trim_offsets=False)),
    "roberta": lambda: trained(models.BPE(), bpe_trainer(), None, pre_tokenizers.ByteLevel(add_prefix_space=True), roberta_processing),
    "roberta-left": padded_left,
    "gpt4-split": lambda: trained(
        models.BPE(ignore_merges=True), bpe_trainer(tokens=["<|endoftext|>"]), normalizers.NFC(),
        pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(GPT4), behavior="isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
        lambda t: processors.ByteLevel(trim_offsets=False)),
    "bpe-words": lambda: trained(
        models.BPE(unk_token="<unk>", fuse_unk=True), bpe_trainer(alphabet=False), normalizers.Sequence([normalizers.NFKC(), normalizers.Strip()]),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation(), pre_tokenizers.Digits(individual_digits=True)]),
        eos_template),
    "bpe-suffix": lambda: trained(
        models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), bpe_trainer(alphabet=False, end_of_word_suffix="</w>"),
        normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()]), pre_tokenizers.BertPreTokenizer(), roberta_processing),
    "llama-bpe": lambda: trained(
        models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
        bpe_trainer(size=700, tokens=["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)], alphabet=False),
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None,
        lambda t: processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B:1", special_tokens=[("<s>", 1)])),
    "t5-unigram": lambda: trained(
        models.Unigram(), unigram_trainer(), normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]),
        pre_tokenizers.Metaspace(), eos_template),
    "unigram-first": lambda: trained(
        models.Unigram(), unigram_trainer(300), normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]), eos_template),
    "unigram-bytes": lambda: byte_unigram(),
}


def byte_unigram():
    t = trained(models.Unigram(), unigram_trainer(500), normalizers.NFKC(), pre_tokenizers.Metaspace(prepend_scheme="first"), eos_template)
    content = json.loads(t.to_str())
    content["model"]["vocab"] += [[f"<0x{b:02X}>", 0.0] for b in range(256)]
    content["model"]["byte_fallback"] = True
    return Tokenizer.from_str(json.dumps(content))


def encoding(e):
    """Types are left out where all are 0, the mask where all is text."""
    result = {"ids": e.ids}
    if any(e.type_ids):
        result["types"] = e.type_ids
    if not all(e.attention_mask):
        result["mask"] = e.attention_mask
    return result


def encoded(tokenizer, texts):
    return [encoding(tokenizer.encode(*text) if isinstance(text, tuple) else tokenizer.encode(text)) for text in texts]


cases = []
for name, make in TOKENIZERS.items():
    tokenizer = make()
    tokenizer.decoder = None
    (OUT / f"{name}.json").write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=True, separators=(",", ":")) + "\n")
    pad = tokenizer.padding or {}
    truncation = tokenizer.truncation or {}
    # A second text that alone is too long for "only_first" is an error, not an encoding.
    inputs = [*TEXTS, *(pair for pair in PAIRS if truncation.get("strategy") != "only_first" or len(pair[1]) < 5)]
    tokenizer.no_truncation()
    tokenizer.no_padding()
    every = encoded(tokenizer, inputs)
    pad_id = pad.get("pad_id", next((tokenizer.token_to_id(t) for t in ("[PAD]", "<pad>") if tokenizer.token_to_id(t) is not None), 0))
    cut = {}
    for length in LENGTHS:
        tokenizer.enable_truncation(length, strategy=truncation.get("strategy", "longest_first"), direction=truncation.get("direction", "right"))
        tokenizer.enable_padding(length=length, pad_id=pad_id, pad_type_id=pad.get("pad_type_id", 0), pad_token=pad.get("pad_token", "[PAD]"), direction=pad.get("direction", "right"))
        cut[str(length)] = encoded(tokenizer, inputs)
    cases.append({"name": name, "inputs": inputs, "all": every, "cut": cut})

(OUT / "cases.json").write_text(json.dumps(cases, ensure_ascii=True, separators=(",", ":")) + "\n")
