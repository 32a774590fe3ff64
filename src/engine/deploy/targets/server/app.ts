/** `server/app.py`: the routes of the v2 protocol, metrics, and what happens at the start and at the end. */
export const appPy = `"""Serves the model over HTTP: requests that come together run together, and answers are kept for a while."""
import asyncio
import base64
import collections
import hashlib
import json
import pathlib
import signal
import time
from contextlib import asynccontextmanager

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

import settings
from batcher import FAILED, REFUSED, SERVED, Batcher
from drift import DriftWatch
from intake import Bodies, HungUp, Inputs, Refused, tensor

BUNDLE = pathlib.Path(__file__).resolve().parent.parent
REQUESTS = Counter("inference_requests_total", "Requests by how they ended", ["end"])
RESPONSES = Counter("inference_responses_total", "Requests by HTTP status; 499: the client had hung up", ["code"])
LATENCY = Histogram("inference_latency_seconds", "From arrival to answer")
BATCHES = Histogram("inference_batch_size", "Requests run together", buckets=[1, 2, 4, 8, 16, 32, 64])
ROWS = Counter("inference_rows_total", "Rows that the model computed")
NOT_FINITE = Counter("inference_outputs_not_finite_total", "Answers with numbers that are not finite")
QUEUE = Gauge("inference_queue_length", "Requests that wait")
PSI = Gauge("inference_input_psi", "Population stability index against the reference", ["input", "feature"])
PSI_LIMIT = Gauge("inference_input_psi_limit", "What chance passes once in a thousand times, at least 0.1", ["input", "feature"])
KS = Gauge("inference_input_ks", "Kolmogorov-Smirnov distance to the reference", ["input", "feature"])
KS_LIMIT = Gauge("inference_input_ks_limit", "What chance passes once in a thousand times", ["input", "feature"])
# Series exist from the start: a rate needs one before the first event. Refused requests are the client's fault.
for end in (SERVED, "cached", "shared", REFUSED, "rejected", "timed-out", FAILED, "hung-up"):
    REQUESTS.labels(end)
for code in (200, 400, 408, 413, 429, 499, 500, 503, 504):
    RESPONSES.labels(str(code))
ENDS = {429: "rejected", 500: FAILED, 504: "timed-out", 499: "hung-up"}


class PredictionCache:
    """Least recently used first out, none older than its time to live, which is looked at when it is read."""

    def __init__(self, entries: int, ttl_s: float):
        self.entries, self.ttl_s, self.kept = entries, ttl_s, collections.OrderedDict()

    def get(self, key):
        value, expires = self.kept.pop(key, (None, 0.0))
        if value is None or expires <= time.monotonic():
            return None
        self.kept[key] = (value, expires)
        return value

    def set(self, key, value):
        if self.entries == 0:
            return
        self.kept[key] = (value, time.monotonic() + self.ttl_s)
        while len(self.kept) > self.entries:
            self.kept.popitem(last=False)


def cache_key(feeds: dict[str, np.ndarray]) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(feeds):
        array = np.ascontiguousarray(feeds[name])
        digest.update(f"{name}|{array.dtype}|{array.shape}|".encode())
        # Texts are pointers in memory.
        digest.update(json.dumps(array.ravel().tolist()).encode() if array.dtype.kind == "O" else array.tobytes())
    return digest.digest()


def recorded_input():
    path = BUNDLE / "evidence" / "recorded.json"
    if not path.exists():
        return None
    inputs = json.loads(path.read_text())["inputs"]
    return {t["name"]: np.frombuffer(base64.b64decode(t["base64"]), t["dtype"]).reshape(t["shape"]) for t in inputs}


class Server:
    def __init__(self):
        options = ort.SessionOptions()
        options.intra_op_num_threads = settings.THREADS
        self.session = ort.InferenceSession(str(settings.MODEL), options, providers=["CPUExecutionProvider"])
        self.inputs, self.bodies = Inputs(self.session), Bodies()
        self.outputs = [one.name for one in self.session.get_outputs()]
        self.cache = PredictionCache(settings.CACHE_ENTRIES, settings.CACHE_TTL_S)
        self.drift = DriftWatch(BUNDLE / "monitoring" / "reference.json")
        self.batcher = Batcher(self.session, recorded_input(), self.ran)
        QUEUE.set_function(lambda: len(self.batcher.waiting))

    @staticmethod
    def ran(requests: int, rows: int):
        BATCHES.observe(requests)
        ROWS.inc(rows)

    def obey_signals(self):
        """The first to know of SIGTERM are bodies that are still on their way; then the web server stops as it does."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)

            def stop(given, frame, before=before):
                loop.call_soon_threadsafe(self.bodies.stop)
                if callable(before):
                    before(given, frame)

            signal.signal(number, stop)

    async def answer(self, request: Request, arrived: float):
        """The end and the document of one request."""
        body = await self.bodies.read(request)
        if settings.CACHE_ENTRIES == 0:
            # What is turned away anyway is not read: that would take time from what is answered.
            self.batcher.admit(arrived, 1)
        feeds = self.inputs.read(body)
        key = cache_key(feeds)
        outputs, end = self.cache.get(key), "cached"
        if outputs is None:
            gone = asyncio.ensure_future(hang_up(request))
            try:
                (kind, value), shared = await self.batcher.ask(feeds, key, arrived, gone)
            finally:
                gone.cancel()
            if kind != SERVED:
                raise Refused({REFUSED: 400, FAILED: 500}.get(kind, 504), value or "No answer in time.")
            outputs, end = value, "shared" if shared else SERVED
            self.cache.set(key, outputs)
        self.drift.observe(feeds)
        tensors = [tensor(name, value) for name, value in zip(self.outputs, outputs)]
        if not all(finite for _, finite in tensors):
            NOT_FINITE.inc()
        return end, json.dumps({"model_name": settings.NAME, "outputs": [one for one, _ in tensors]}, allow_nan=False)


async def hang_up(request: Request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


state: dict[str, Server] = {}


@asynccontextmanager
async def lifespan(_: FastAPI):
    server = Server()
    await asyncio.get_running_loop().run_in_executor(server.batcher.pool, server.batcher.warm_up)
    worker = asyncio.create_task(server.batcher.work())
    try:
        server.obey_signals()
    except ValueError:  # Not in the main thread: whoever runs the server there ends it.
        pass
    state["server"] = server
    yield
    worker.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/v2/health/live")
async def live():
    return {"live": True}


@app.get("/v2/health/ready")
async def ready(response: Response):
    is_ready = "server" in state and not state["server"].bodies.stopping
    response.status_code = 200 if is_ready else 503
    return {"ready": is_ready}


@app.get("/drift")
async def drift():
    return state["server"].drift.report()


@app.get("/metrics")
async def metrics():
    for one in state["server"].drift.report():
        of = (one["input"], one["feature"])
        PSI.labels(*of).set(one["psi"])
        PSI_LIMIT.labels(*of).set(one["psi_limit"])
        KS.labels(*of).set(one["ks"])
        KS_LIMIT.labels(*of).set(one["ks_limit"])
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def infer(request: Request):
    arrived = time.monotonic()
    headers, code = {}, 200
    try:
        end, text = await state["server"].answer(request, arrived)
        LATENCY.observe(time.monotonic() - arrived)
    except Refused as error:
        code, headers = error.status, error.headers
        end, text = ENDS.get(code, REFUSED), json.dumps({"error": str(error)})
    except HungUp:
        code, end, text = 499, "hung-up", ""
    except Exception as error:  # Whatever it is, it is counted, and the next request is answered.
        settings.log.exception("A request failed")
        code, end, text = 500, FAILED, json.dumps({"error": str(error)[:500]})
    REQUESTS.labels(end).inc()
    RESPONSES.labels(str(code)).inc()
    return Response(text, code, headers, "application/json")


# Not as a route of FastAPI, which would look for parameters in every request.
app.add_route(f"/v2/models/{settings.NAME}/infer", infer, ["POST"])
`;
