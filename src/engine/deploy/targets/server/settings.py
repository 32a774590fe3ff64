"""The models of this server, and its limits. Each limit is an environment variable of the same name.

MAX_BATCH=8 applies to every model, MAX_BATCH__MY_MODEL=8 for the model my-model.
"""
import hashlib
import json
import os
import pathlib
import socket

BUNDLE = pathlib.Path(__file__).resolve().parent.parent
# A folder of more bundles: the model of each is served beside this one.
BUNDLES = os.environ.get("BUNDLES")
# Names of the models to load at the start, separated by commas. Without it, all models are loaded.
LOAD = os.environ.get("LOAD")
# explicit: clients may load and unload models. none: they may not.
MODEL_CONTROL = os.environ.get("MODEL_CONTROL", "none")
# Requests to log: failed, all or none.
LOG_REQUESTS = os.environ.get("LOG_REQUESTS", "failed")
REPLICA = os.environ.get("REPLICA") or socket.gethostname()
BODY_TIMEOUT_S = float(os.environ.get("BODY_TIMEOUT_MS", "10000")) / 1000
# The time for unfinished bodies after SIGTERM.
STOP_BODY_S = min(BODY_TIMEOUT_S, 2)
# A folder that stores cached answers for the next start of the server.
CACHE_FOLDER = os.environ.get("CACHE_FOLDER")


class Unusable(Exception):
    """The folder is no bundle, or its model cannot be served."""


class Limits:
    """Limits of one model. Defaults were chosen when its bundle was made."""

    def __init__(self, bundle: pathlib.Path):
        facts = json.loads((bundle / "server" / "model.json").read_text())
        self.bundle, self.name, self.model = bundle, facts["name"], bundle / facts["path"]
        self.sha256, self.joining, self.reason = facts["sha256"], facts["joining"], facts["reason"]
        # A model of trees receives missing values as NaN. Other models refuse numbers that are not finite.
        self.takes_nan = facts["takesNan"]
        # Texts of different lengths run together, padded with zeros. With PAD_TEXTS=0, only texts of equal length do.
        self.padding = facts.get("padding") if self.number("PAD_TEXTS", 1) else None
        self.warnings = []
        joins = self.joining in ("independent", "approximate")
        # The largest batch, in rows.
        self.max_batch = max(1, int(self.number("MAX_BATCH", facts["maxBatch"])))
        if not joins and self.max_batch > 1:
            self.warnings.append(f"MAX_BATCH is 1: {self.reason}")
            self.max_batch = 1
        # The most rows of one request. Rows are not counted if the first dimension of the model is no batch.
        self.max_rows = int(self.number("MAX_ROWS", self.max_batch if self.max_batch > 1 else 16)) if joins else None
        # Threads of ONNX Runtime, which all batches share; 0: one for each core.
        self.threads = int(self.number("THREADS", 0))
        # Batches that run at the same time, in one session with shared threads.
        self.instances = max(1, int(self.number("INSTANCES", 1)))
        self.max_wait_s = self.number("MAX_WAIT_MS", 5) / 1000
        self.max_queue = int(self.number("MAX_QUEUE", 256))
        # The limit from the arrival of a request to its answer.
        self.timeout_s = self.number("TIMEOUT_MS", 1000) / 1000
        self.max_body_bytes = int(self.number("MAX_BODY_BYTES", facts["maxBodyBytes"]))
        # The most numbers of one row, of all inputs together. A larger one takes its memory and time from all other requests.
        self.max_row_numbers = int(self.number("MAX_ROW_NUMBERS", facts["maxRowNumbers"]))
        # The limit of all bodies together that are read at the same time.
        self.max_bodies_bytes = 8 * self.max_body_bytes
        self.cache_entries = int(self.number("CACHE_ENTRIES", 0))
        self.cache_ttl_s = self.number("CACHE_TTL_S", 3600)
        # lru: removes the least recently used answer first. fifo: removes the oldest first.
        self.cache_eviction = self.text("CACHE_EVICTION", "lru")
        # Inputs that are equal to this number of decimals share an answer. Without it, only equal inputs do.
        decimals = self.text("CACHE_DECIMALS", "")
        self.cache_decimals = int(decimals) if decimals else None
        # name:share sends this share of the answered requests also to the other model, and compares its answers.
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
        """Ends with a sentence if the file is not the measured one."""
        digest = hashlib.sha256()
        with open(self.model, "rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        if digest.hexdigest() != self.sha256:
            raise Unusable(f"{self.model} is not the model that was measured.")


def known_models() -> dict[str, pathlib.Path]:
    """Bundles by the names of their models: this one, and those in the folder BUNDLES. The first of equal names is used."""
    return {name: bundles[0] for name, bundles in bundles_by_name().items()}


def bundles_by_name() -> dict[str, list[pathlib.Path]]:
    others = sorted(pathlib.Path(BUNDLES).iterdir()) if BUNDLES else []
    found: dict[str, list[pathlib.Path]] = {}
    for bundle in [BUNDLE, *others]:
        facts = bundle / "server" / "model.json"
        if facts.is_file():
            found.setdefault(json.loads(facts.read_text())["name"], []).append(bundle)
    return found


def check_names():
    """Ends with a sentence if two bundles have different models of one name: requests would reach the wrong one."""
    for name, bundles in bundles_by_name().items():
        models = {json.loads((bundle / "server" / "model.json").read_text())["sha256"]: bundle for bundle in bundles}
        if len(models) > 1:
            first, second, *_ = map(str, models.values())
            raise Unusable(f"{first} and {second} have different models of the name {name!r}. Make one again with pareto bundle --name.")
