"""A cache of answers for repeated inputs."""
import base64
import collections
import hashlib
import json
import os
import pathlib
import time

import numpy as np


def cache_key(feeds: dict[str, np.ndarray], decimals: int | None = None) -> bytes:
    """Equal inputs have equal keys. With decimals, inputs that are equal after rounding have equal keys."""
    digest = hashlib.sha256()
    for name in sorted(feeds):
        array = np.ascontiguousarray(feeds[name])
        if decimals is not None and array.dtype.kind == "f":
            # Removes -0.0, whose bytes differ from those of 0.0.
            array = np.round(array, decimals) + array.dtype.type(0)
        digest.update(f"{name}|{array.dtype}|{array.shape}|".encode())
        # Texts are pointers in memory.
        digest.update(json.dumps(array.ravel().tolist()).encode() if array.dtype.kind == "O" else array.tobytes())
    return digest.digest()


class PredictionCache:
    """The time to live of an answer is checked on reading. A full cache drops the least recently used or the oldest answer."""

    def __init__(self, entries: int, ttl_s: float, eviction: str):
        if eviction not in ("lru", "fifo"):
            raise ValueError(f"CACHE_EVICTION is lru or fifo, not {eviction}.")
        self.entries, self.ttl_s, self.eviction = entries, ttl_s, eviction
        self.kept: collections.OrderedDict[bytes, tuple[list, float]] = collections.OrderedDict()
        self.hits, self.misses, self.evicted = 0, 0, 0

    def get(self, key):
        if self.entries == 0:
            return None
        value, expires = self.kept.get(key, (None, 0.0))
        if value is None or expires <= time.monotonic():
            self.kept.pop(key, None)
            self.misses += 1
            return None
        if self.eviction == "lru":
            self.kept.move_to_end(key)
        self.hits += 1
        return value

    def set(self, key, value):
        if self.entries == 0:
            return
        if self.eviction == "lru":
            self.kept.pop(key, None)
        self.kept[key] = (value, time.monotonic() + self.ttl_s)
        while len(self.kept) > self.entries:
            self.kept.popitem(last=False)
            self.evicted += 1

    def stats(self):
        asked = self.hits + self.misses
        return {
            "hits": self.hits, "misses": self.misses, "hit_rate": self.hits / asked if asked else 0.0,
            "size": len(self.kept), "entries": self.entries, "evicted": self.evicted, "eviction": self.eviction,
        }

    def save(self, path: pathlib.Path, sha256: str, decimals: int | None):
        """Stores answers for the next start, except answers with texts or maps."""
        now, kept = time.monotonic(), []
        for key, (outputs, expires) in self.kept.items():
            if expires > now and all(isinstance(one, np.ndarray) and one.dtype.kind != "O" for one in outputs):
                arrays = [[one.dtype.str, one.shape, base64.b64encode(one.tobytes()).decode()] for one in outputs]
                kept.append([key.hex(), expires - now, arrays])
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"sha256": sha256, "decimals": decimals, "saved": time.time(), "kept": kept}))
        os.replace(part, path)

    def load(self, path: pathlib.Path, sha256: str, decimals: int | None):
        """Ignores a file of another model, or with other keys."""
        if self.entries == 0 or not path.is_file():
            return
        document = json.loads(path.read_text())
        if (document["sha256"], document["decimals"]) != (sha256, decimals):
            return
        now, passed = time.monotonic(), max(0.0, time.time() - document["saved"])
        for key, left, arrays in document["kept"][-self.entries :]:
            if left > passed:
                outputs = [np.frombuffer(base64.b64decode(data), dtype).reshape(shape) for dtype, shape, data in arrays]
                self.kept[bytes.fromhex(key)] = (outputs, now + min(left - passed, self.ttl_s))
