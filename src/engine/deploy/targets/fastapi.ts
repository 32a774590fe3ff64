import { quoted } from '../../quoted';
import { deploymentName, hasFreeBatch, type DeployFacts, type DeployTarget } from '../deploy-facts';
import { checkSha256 } from '../python-parts';
import { loadTest, serverManifests } from './server-operations';

export const fastapi: DeployTarget = {
  id: 'fastapi',
  title: 'A server in Python (FastAPI)',
  checkedWith:
    'Python 3.11, fastapi 0.165.0, uvicorn 0.54.0, onnxruntime 1.32.0, prometheus_client 0.26.0, kubernetes-validate 1.37 (1.31)',
  make(facts) {
    return {
      files: [
        { path: 'server/app.py', text: server(facts) },
        { path: 'server/requirements.txt', text: requirements },
        { path: 'server/Dockerfile', text: dockerfile },
        { path: 'server/kubernetes.yaml', text: serverManifests(facts) },
        ...(facts.recorded === null ? [] : [{ path: 'server/load_test.py', text: loadTest(facts) }]),
      ],
      notes: [
        'server/: pip install -r requirements.txt, then uvicorn app:app. It speaks the JSON of the KServe v2 protocol; binary tensors are not implemented. The Dockerfile was not built here.',
        'server/kubernetes.yaml has two replicas behind a service, with an autoscaler by CPU; server/load_test.py asks a running server by a schedule and says whether it keeps to a p99.',
      ],
    };
  },
};

const requirements = `fastapi==0.165.0
uvicorn==0.54.0
onnxruntime==1.32.0
prometheus_client==0.26.0
numpy
`;

const dockerfile = `FROM python:3.11-slim
WORKDIR /bundle
COPY server/requirements.txt server/
RUN pip install --no-cache-dir -r server/requirements.txt
COPY . .
RUN useradd --no-create-home serving
USER serving
WORKDIR /bundle/server
EXPOSE 8000
HEALTHCHECK CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/v2/health/ready')"
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000"]
`;

/** What differs between models; the rest is the same for all. */
function server(facts: DeployFacts): string {
  const name = deploymentName(facts.inspection.file.name);
  const mostBatch = hasFreeBatch(facts.inspection)
    ? 'int(os.environ.get("MAX_BATCH", "16"))'
    : '1  # The batch size of the model is fixed.';
  return `${imports}
${checkSha256(facts)}


NAME = ${quoted(name)}
MAX_BATCH = ${mostBatch}
${body}`;
}

const imports = `"""Serves the model over HTTP: requests that come together run together, and answers are kept for a while."""
import asyncio
import collections
import json
import os
import pathlib
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI, HTTPException, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
`;

const body = `MAX_WAIT_S = float(os.environ.get("MAX_WAIT_MS", "5")) / 1000
MAX_QUEUE = int(os.environ.get("MAX_QUEUE", "256"))
TIMEOUT_S = float(os.environ.get("TIMEOUT_MS", "1000")) / 1000
CACHE_ENTRIES = int(os.environ.get("CACHE_ENTRIES", "0"))
CACHE_TTL_S = float(os.environ.get("CACHE_TTL_S", "3600"))
# ONNX element types by the names of the v2 protocol and of NumPy.
TYPES = {
    "BOOL": "bool", "UINT8": "uint8", "UINT16": "uint16", "UINT32": "uint32", "UINT64": "uint64",
    "INT8": "int8", "INT16": "int16", "INT32": "int32", "INT64": "int64",
    "FP16": "float16", "FP32": "float32", "FP64": "float64",
}
NAMES = {numpy: v2 for v2, numpy in TYPES.items()}

REQUESTS = Counter("inference_requests_total", "Requests by how they ended", ["end"])
LATENCY = Histogram("inference_latency_seconds", "From arrival to answer")
BATCHES = Histogram("inference_batch_size", "Requests run together", buckets=[1, 2, 4, 8, 16, 32, 64])
QUEUE = Gauge("inference_queue_length", "Requests that wait")
PSI = Gauge("inference_input_psi", "Population stability index against the reference", ["input", "feature"])
PSI_LIMIT = Gauge("inference_input_psi_limit", "What chance passes once in a thousand times, at least 0.1", ["input", "feature"])
KS = Gauge("inference_input_ks", "Kolmogorov-Smirnov distance to the reference", ["input", "feature"])
KS_LIMIT = Gauge("inference_input_ks_limit", "What chance passes once in a thousand times", ["input", "feature"])
# Series exist from the start: a rate needs one before the first event.
for end in ("served", "cached", "rejected", "timed-out", "failed"):
    REQUESTS.labels(end)


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
        digest.update(array.tobytes())
    return digest.digest()


class DriftWatch:
    """Mean and deviation of the last samples of each input, against what they were before deployment."""

    KEPT, FEWEST = 1000, 100

    def __init__(self, path: pathlib.Path):
        reference = json.loads(path.read_text()) if path.exists() else {"samples": 0, "features": []}
        self.samples, self.features = reference["samples"], reference["features"]
        self.seen = {(one["input"], one["feature"]): collections.deque(maxlen=self.KEPT) for one in self.features}

    def observe(self, feeds):
        for (name, feature), kept in self.seen.items():
            if name not in feeds:
                continue
            samples = feeds[name].astype("float64").reshape(len(feeds[name]) if feeds[name].ndim else 1, -1)
            kept.extend(samples.mean(axis=1) if feature == "mean" else samples.std(axis=1))

    def report(self):
        found = []
        for one in self.features:
            window = np.sort(np.asarray(self.seen[one["input"], one["feature"]]))
            if len(window) < self.FEWEST:
                continue
            counts = np.bincount(np.searchsorted(one["edges"], window), minlength=len(one["shares"]))
            now, before = np.maximum(counts / len(window), 1e-4), np.maximum(one["shares"], 1e-4)
            either = 1 / self.samples + 1 / len(window)
            # The reference's distribution function, between its 5 % quantiles.
            expected = np.interp(window, one["quantiles"], np.linspace(0, 1, len(one["quantiles"])))
            steps = np.arange(len(window) + 1) / len(window)
            found.append({
                "input": one["input"], "feature": one["feature"], "samples": len(window),
                "psi": float(np.sum((now - before) * np.log(now / before))),
                "psi_limit": max(0.1, one["chiSquared"] * either),
                "ks": float(max(np.max(np.abs(steps[1:] - expected)), np.max(np.abs(steps[:-1] - expected)))),
                "ks_limit": 1.95 * either**0.5,
            })
        return found


class Batcher:
    """A full batch goes at once, others when the oldest has waited long enough; every request is answered."""

    def __init__(self, session: ort.InferenceSession):
        self.session, self.waiting, self.wake = session, collections.deque(), asyncio.Event()
        self.pool = ThreadPoolExecutor(1)

    async def predict(self, feeds):
        if len(self.waiting) >= MAX_QUEUE:
            REQUESTS.labels("rejected").inc()
            raise HTTPException(429, "The queue is full.", {"Retry-After": "1"})
        answer = asyncio.get_running_loop().create_future()
        self.waiting.append((feeds, answer, time.monotonic()))
        self.wake.set()
        try:
            return await asyncio.wait_for(answer, TIMEOUT_S)
        except asyncio.TimeoutError:
            REQUESTS.labels("timed-out").inc()
            raise HTTPException(504, "No answer in time.")

    async def work(self):
        while True:
            QUEUE.set(len(self.waiting))
            while self.waiting and self.waiting[0][1].done():
                self.waiting.popleft()
            if not self.waiting:
                self.wake.clear()
                await self.wake.wait()
                continue
            due = self.waiting[0][2] + MAX_WAIT_S
            if len(self.waiting) < MAX_BATCH and time.monotonic() < due:
                self.wake.clear()
                try:
                    await asyncio.wait_for(self.wake.wait(), due - time.monotonic())
                except asyncio.TimeoutError:
                    pass
                continue
            await self.run([self.waiting.popleft() for _ in range(min(MAX_BATCH, len(self.waiting)))])

    async def run(self, entries):
        # Callers that have gone are not worked for; only equal shapes can be joined.
        alive = [(feeds, answer) for feeds, answer, _ in entries if not answer.done()]
        groups = collections.defaultdict(list)
        for feeds, answer in alive:
            groups[tuple((n, a.shape[1:], a.dtype.str) for n, a in sorted(feeds.items()))].append((feeds, answer))
        for group in groups.values():
            BATCHES.observe(len(group))
            try:
                sizes = [next(iter(feeds.values())).shape[0] if MAX_BATCH > 1 else 1 for feeds, _ in group]
                joined = {n: np.concatenate([feeds[n] for feeds, _ in group]) if len(group) > 1 else group[0][0][n] for n in group[0][0]}
                outputs = await asyncio.get_running_loop().run_in_executor(self.pool, self.session.run, None, joined)
            except Exception as error:  # One answer for all of the group. Whatever it is, the next batch is worked on.
                for _, answer in group:
                    REQUESTS.labels("failed").inc()
                    if not answer.done():
                        answer.set_exception(HTTPException(400, str(error)[:500]))
                continue
            start = 0
            for (_, answer), size in zip(group, sizes):
                if not answer.done():
                    answer.set_result([o[start : start + size] if len(group) > 1 else o for o in outputs])
                start += size


state = {}


@asynccontextmanager
async def lifespan(_: FastAPI):
    session = ort.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
    drift = DriftWatch(pathlib.Path(__file__).resolve().parent.parent / "monitoring" / "reference.json")
    state.update(session=session, batcher=Batcher(session), cache=PredictionCache(CACHE_ENTRIES, CACHE_TTL_S), drift=drift)
    worker = asyncio.create_task(state["batcher"].work())
    yield
    worker.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/v2/health/live")
async def live():
    return {"live": True}


@app.get("/v2/health/ready")
async def ready():
    return {"ready": "session" in state}


@app.get("/drift")
async def drift():
    return state["drift"].report()


@app.get("/metrics")
async def metrics():
    for one in state["drift"].report():
        of = (one["input"], one["feature"])
        PSI.labels(*of).set(one["psi"])
        PSI_LIMIT.labels(*of).set(one["psi_limit"])
        KS.labels(*of).set(one["ks"])
        KS_LIMIT.labels(*of).set(one["ks_limit"])
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def read_inputs(text: bytes) -> dict[str, np.ndarray]:
    try:
        feeds = {
            one["name"]: np.asarray(one["data"], TYPES[one["datatype"]]).reshape(one["shape"])
            for one in json.loads(text)["inputs"]
        }
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise HTTPException(400, f"The inputs cannot be read: {error}")
    missing = [one.name for one in state["session"].get_inputs() if one.name not in feeds]
    if missing:
        raise HTTPException(400, f"The model also takes {', '.join(missing)}.")
    # Requests are joined along the first dimension, and their answers are told apart by it.
    sizes = {array.shape[0] if array.ndim else 0 for array in feeds.values()}
    if MAX_BATCH > 1 and (len(sizes) != 1 or 0 in sizes):
        raise HTTPException(400, "The first dimension of every input is the batch: the same size for all, at least 1.")
    return feeds


@app.post(f"/v2/models/{NAME}/infer")
async def infer(request: Request):
    started = time.monotonic()
    feeds = read_inputs(await request.body())
    state["drift"].observe(feeds)
    key = cache_key(feeds) if CACHE_ENTRIES else None
    outputs = state["cache"].get(key) if key else None
    end = "cached" if outputs is not None else "served"
    if outputs is None:
        outputs = await state["batcher"].predict(feeds)
        if key:
            state["cache"].set(key, outputs)
    REQUESTS.labels(end).inc()
    LATENCY.observe(time.monotonic() - started)
    names = [one.name for one in state["session"].get_outputs()]
    return {
        "model_name": NAME,
        "outputs": [
            {"name": n, "datatype": NAMES.get(str(o.dtype), "BYTES"), "shape": list(o.shape), "data": o.ravel().tolist()}
            for n, o in zip(names, outputs)
        ],
    }
`;
