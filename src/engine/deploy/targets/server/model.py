"""One model: its session, queue, cache and metrics."""
import asyncio
import base64
import json
import pathlib
import random
import time

import metrics
import numpy as np
import onnxruntime as ort
import settings
from batcher import FAILED, REFUSED, SERVED, Batcher
from cache import PredictionCache, cache_key
from drift import DriftWatch
from intake import Bodies, Inputs, Refused, tensor
from logs import log, log_error


def recorded_input(bundle):
    path = bundle / "evidence" / "recorded.json"
    if not path.exists():
        return None
    inputs = json.loads(path.read_text())["inputs"]
    return {t["name"]: np.frombuffer(base64.b64decode(t["base64"]), t["dtype"]).reshape(t["shape"]) for t in inputs}


async def hang_up(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Served:
    batcher: Batcher
    worker: asyncio.Task

    def __init__(self, bundle):
        """Reads the model. It takes long, so call it in a thread."""
        limits = self.limits = settings.Limits(bundle)
        self.name = limits.name
        limits.check_model()
        options = ort.SessionOptions()
        options.intra_op_num_threads = limits.threads
        self.session = ort.InferenceSession(str(limits.model), options, providers=["CPUExecutionProvider"])
        self.inputs, self.bodies = Inputs(self.session, limits), Bodies(limits)
        self.outputs = [one.name for one in self.session.get_outputs()]
        self.cache = PredictionCache(limits.cache_entries, limits.cache_ttl_s, limits.cache_eviction)
        self.drift = DriftWatch(bundle / "monitoring" / "reference.json")
        self.in_flight = 0
        self.shadowed: set[asyncio.Task] = set()
        self.counts = dict.fromkeys(metrics.ENDS, 0)

    async def start(self):
        """Runs the first batches, and accepts requests after that."""
        self.batcher = Batcher(self.session, self.limits, recorded_input(self.limits.bundle), self.ran)
        await asyncio.get_running_loop().run_in_executor(self.batcher.pool, self.batcher.warm_up)
        single_s, _ = self.batcher.times.seen.get(1, (0.0, 0.0))
        if single_s > self.limits.timeout_s:
            self.limits.warnings.append(f"Every request will time out: one alone took {single_s * 1000:.0f} ms. Raise TIMEOUT_MS.")
        self.read_cache()
        self.worker = asyncio.create_task(self.batcher.work())
        metrics.begin(self.name)
        metrics.QUEUE.labels(self.name).set_function(lambda: len(self.batcher.waiting))
        metrics.RUNNING.labels(self.name).set_function(lambda: self.in_flight)
        metrics.CACHED.labels(self.name).set_function(lambda: len(self.cache.kept))
        metrics.READY.labels(self.name, settings.REPLICA).set(1)
        for warning in self.limits.warnings:
            log("limit", level="warning", model=self.name, text=warning)
        log("loaded", model=self.name, sha256=self.limits.sha256, max_batch=self.limits.max_batch)

    async def end(self):
        """Closes the model after its last answer."""
        while self.in_flight > 0:
            await asyncio.sleep(0.01)
        self.worker.cancel()
        for one in self.shadowed:
            one.cancel()
        self.batcher.pool.shutdown(wait=True)
        self.write_cache()
        metrics.forget(self.name, settings.REPLICA, [*self.drift.features, *self.drift.output_features])
        log("unloaded", model=self.name)

    def cache_path(self):
        return pathlib.Path(settings.CACHE_FOLDER) / f"{self.name}.json" if settings.CACHE_FOLDER else None

    def read_cache(self):
        if path := self.cache_path():
            try:
                self.cache.load(path, self.limits.sha256, self.limits.cache_decimals)
            except (OSError, ValueError, KeyError, TypeError) as error:
                log_error("cache not read", error, model=self.name)

    def write_cache(self):
        if (path := self.cache_path()) and self.cache.entries > 0:
            try:
                self.cache.save(path, self.limits.sha256, self.limits.cache_decimals)
            except OSError as error:
                log_error("cache not written", error, model=self.name)

    def ran(self, requests: int, rows: int):
        metrics.BATCHES.labels(self.name).observe(requests)
        metrics.ROWS.labels(self.name).inc(rows)

    async def answer(self, request, arrived: float, other):
        """The end, the document, and the id that the client gave. `other`: the model for a copy of the request, by its name."""
        body = await self.bodies.read(request)
        if self.cache.entries == 0:
            # A rejected request is not read, because reading takes time from the others.
            self.batcher.admit(arrived, 1)
        feeds, given, wanted = self.inputs.read(body)
        key = cache_key(feeds)
        kept_by = key if self.limits.cache_decimals is None else cache_key(feeds, self.limits.cache_decimals)
        outputs, end = self.cache.get(kept_by), "cached"
        if outputs is None:
            gone = asyncio.ensure_future(hang_up(request))
            try:
                (kind, value), shared = await self.batcher.ask(feeds, key, arrived, gone)
            finally:
                gone.cancel()
            if kind != SERVED:
                raise Refused({REFUSED: 400, FAILED: 500}.get(kind, 504), value or "No answer in time.")
            outputs, end = value, "shared" if shared else SERVED
            self.cache.set(kept_by, outputs)
            if end == SERVED and other is not None and random.random() < self.limits.shadow_share:
                self.compare(other, feeds, key, outputs)
        self.drift.observe(feeds, dict(zip(self.outputs, outputs, strict=True)))
        tensors = [tensor(name, value) for name, value in zip(self.outputs, outputs, strict=True) if name in wanted]
        if not all(finite for _, finite in tensors):
            metrics.NOT_FINITE.labels(self.name).inc()
        document = {"model_name": self.name, "outputs": [one for one, _ in tensors]}
        return end, json.dumps({**document, **({} if given is None else {"id": given})}, allow_nan=False)

    def compare(self, other, feeds, key, outputs):
        """Sends the request to the other model too, after the answer and only while that model is idle."""
        if other.batcher.waiting or len(self.shadowed) >= 16:
            return
        task = asyncio.create_task(self.ask_other(other, feeds, key, outputs))
        self.shadowed.add(task)
        task.add_done_callback(self.shadowed.discard)

    async def ask_other(self, other, feeds, key, outputs):
        result = "failed"
        try:
            other.in_flight += 1
            never = asyncio.get_running_loop().create_future()
            (kind, value), _ = await other.batcher.ask(feeds, key, time.monotonic(), never)
            if kind == SERVED:
                result = "same" if same_answer(outputs, value) else "different"
        except Refused:
            pass
        except Exception as error:
            log_error("shadow failed", error, model=self.name, shadow=other.name)
        finally:
            other.in_flight -= 1
        metrics.SHADOW.labels(self.name, other.name, result).inc()

    def description(self):
        """The description of the model in the form of the v2 protocol."""
        names = {"float": "FP32", "double": "FP64", "float16": "FP16", "string": "BYTES", "bool": "BOOL"}

        def values(found):
            for one in found:
                if one.type.startswith("seq(map("):  # Answers have a row for each map.
                    yield {"name": one.name, "datatype": "FP32", "shape": [-1, -1]}
                    continue
                element = one.type.removeprefix("tensor(").removesuffix(")")
                shape = [size if isinstance(size, int) else -1 for size in one.shape or []]
                yield {"name": one.name, "datatype": names.get(element, element.upper()), "shape": shape}

        inputs, outputs = list(values(self.session.get_inputs())), list(values(self.session.get_outputs()))
        return {"name": self.name, "versions": ["1"], "platform": "onnxruntime_onnx", "inputs": inputs, "outputs": outputs}

    def stats(self):
        limits, batcher = self.limits, self.batcher
        return {
            "name": self.name, "state": "READY", "sha256": limits.sha256, "requests": self.counts,
            "queue": len(batcher.waiting), "in_flight": self.in_flight, "cache": self.cache.stats(),
            "batch_ms": {rows: round(mean * 1000, 3) for rows, (mean, _) in sorted(batcher.times.seen.items())},
            "limits": {
                "max_batch": limits.max_batch, "max_wait_ms": limits.max_wait_s * 1000, "max_queue": limits.max_queue,
                "timeout_ms": limits.timeout_s * 1000, "instances": limits.instances, "threads": limits.threads,
                "max_body_bytes": limits.max_body_bytes,
            },
        }


def same_answer(a, b) -> bool:
    """True for the same class if scores have classes, or else for the same numbers within 1 %."""
    for one, other in zip(a, b, strict=False):
        if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
            if one != other:
                return False
        elif one.shape != other.shape:
            return False
        elif one.dtype.kind == "f" and one.ndim == 2 and one.shape[1] > 1:
            if not np.array_equal(one.argmax(axis=1), other.argmax(axis=1)):
                return False
        elif one.dtype.kind == "f":
            if np.linalg.norm(one.ravel() - other.ravel()) > 0.01 * max(1e-12, float(np.linalg.norm(one.ravel()))):
                return False
        elif not np.array_equal(one, other):
            return False
    return len(a) == len(b)
