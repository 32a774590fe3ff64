/** `server/settings.py`: what is served, and every limit, of the process and of each model. */
export const settingsPy = `"""What this server serves, and its limits. Each limit is an environment variable of the same name.

MAX_BATCH=8 holds for every model, MAX_BATCH__MY_MODEL=8 for the model my-model.
"""
import hashlib
import json
import os
import pathlib
import socket

BUNDLE = pathlib.Path(__file__).resolve().parent.parent
# A folder of more bundles: the model of each is served beside this one.
BUNDLES = os.environ.get("BUNDLES")
# Names of the models to load at the start, with commas between them; without it, all that are found.
LOAD = os.environ.get("LOAD")
# explicit: clients may load and unload models. none: nobody may.
MODEL_CONTROL = os.environ.get("MODEL_CONTROL", "none")
# Requests that are logged: failed, all or none.
LOG_REQUESTS = os.environ.get("LOG_REQUESTS", "failed")
REPLICA = os.environ.get("REPLICA") or socket.gethostname()
BODY_TIMEOUT_S = float(os.environ.get("BODY_TIMEOUT_MS", 10_000)) / 1000
# After SIGTERM a body that is still on its way gets this long.
STOP_BODY_S = min(BODY_TIMEOUT_S, 2)
# A folder that keeps answers from one start of the server to the next.
CACHE_FOLDER = os.environ.get("CACHE_FOLDER")


class Unusable(Exception):
    """The folder is no bundle that can be served."""


class Limits:
    """Limits of one model. Defaults were chosen when its bundle was made."""

    def __init__(self, bundle: pathlib.Path):
        facts = json.loads((bundle / "server" / "model.json").read_text())
        self.bundle, self.name, self.model = bundle, facts["name"], bundle / facts["path"]
        self.sha256, self.joining, self.reason = facts["sha256"], facts["joining"], facts["reason"]
        # Missing values reach a model of trees as NaN; any other model refuses what is not finite.
        self.takes_nan = facts["takesNan"]
        # Texts of different lengths run together, padded with zeros; PAD_TEXTS=0: only those of equal length do.
        self.padding = facts.get("padding") if self.number("PAD_TEXTS", 1) else None
        self.warnings = []
        joins = self.joining in ("independent", "approximate")
        # Rows that run together at most: the batch.
        self.max_batch = max(1, int(self.number("MAX_BATCH", facts["maxBatch"])))
        if not joins and self.max_batch > 1:
            self.warnings.append(f"MAX_BATCH is 1: {self.reason}")
            self.max_batch = 1
        # Rows of one request at most. A model whose first dimension is no batch has no rows to count.
        self.max_rows = int(self.number("MAX_ROWS", self.max_batch if self.max_batch > 1 else 16)) if joins else None
        # Threads of ONNX Runtime, which all batches share; 0: one for each core.
        self.threads = int(self.number("THREADS", 0))
        # Batches that run at the same time. They share one session and its threads.
        self.instances = max(1, int(self.number("INSTANCES", 1)))
        self.max_wait_s = self.number("MAX_WAIT_MS", 5) / 1000
        self.max_queue = int(self.number("MAX_QUEUE", 256))
        # From the arrival of a request to its answer.
        self.timeout_s = self.number("TIMEOUT_MS", 1000) / 1000
        self.max_body_bytes = int(self.number("MAX_BODY_BYTES", facts["maxBodyBytes"]))
        # Bodies that are read at the same time hold no more than this together.
        self.max_bodies_bytes = 8 * self.max_body_bytes
        self.cache_entries = int(self.number("CACHE_ENTRIES", 0))
        self.cache_ttl_s = self.number("CACHE_TTL_S", 3600)
        # lru: the least recently used goes first. fifo: the oldest.
        self.cache_eviction = self.text("CACHE_EVICTION", "lru")
        # Inputs that are equal to so many decimals share an answer; without it, only equal ones do.
        decimals = self.text("CACHE_DECIMALS", "")
        self.cache_decimals = int(decimals) if decimals else None
        # name:share: that share of the answered requests also goes to this other model, whose answers are compared.
        self.shadow, _, share = self.text("SHADOW", "").partition(":")
        self.shadow_share = float(share or 1)
        if self.cache_entries > 0 and self.joining == "approximate" and self.max_batch > 1:
            self.warnings.append("The cache is off: it would keep answers that depend on the requests beside them.")
            self.cache_entries = 0

    def text(self, key: str, usual: str) -> str:
        own = f"{key}__{self.name.upper().replace('-', '_')}"
        return os.environ.get(own, os.environ.get(key, usual))

    def number(self, key: str, usual: float) -> float:
        return float(self.text(key, str(usual)))

    def check_model(self):
        """Ends with a sentence where the file is not the one that was measured."""
        digest = hashlib.sha256()
        with open(self.model, "rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        if digest.hexdigest() != self.sha256:
            raise Unusable(f"{self.model} is not the model that was measured.")


def known_models() -> dict[str, pathlib.Path]:
    """Bundles by the names of their models: this one, and those in the folder BUNDLES. The first of equal names counts."""
    others = sorted(pathlib.Path(BUNDLES).iterdir()) if BUNDLES else []
    found = {}
    for bundle in [BUNDLE, *others]:
        facts = bundle / "server" / "model.json"
        if facts.is_file():
            found.setdefault(json.loads(facts.read_text())["name"], bundle)
    return found
`;
