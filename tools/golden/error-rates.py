"""Prints the error rates that src/engine/metrics/writing/transcription.test.ts expects, by jiwer."""

import jiwer

TEXTS = [
    ("hello world", "hello world", "helo world"),
    ("the quick brown fox", "the quick brwn fox", "the quik brown  foxx"),
    ("café", "cafe", "cafe"),
    ("a", "", "ab"),
    (" jumps over ", "jumps over", "jump sover"),
]

true = [text for text, _, _ in TEXTS]
for reader in (1, 2):
    read = [texts[reader] for texts in TEXTS]
    print(reader, "cer", jiwer.cer(true, read), "wer", jiwer.wer(true, read))
