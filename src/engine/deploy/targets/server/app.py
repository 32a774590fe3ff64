"""Serves models over HTTP (KServe's v2 protocol): requests that arrive together run as a batch, and answers are cached."""
import asyncio
import json
import re
import signal
import time
import uuid
from contextlib import asynccontextmanager, suppress

import metrics
import settings
from batcher import FAILED, REFUSED
from fastapi import FastAPI, Request, Response
from intake import HungUp, Refused
from logs import log, log_error
from model import Served
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

ENDS = {429: "rejected", 500: FAILED, 504: "timed-out", 499: "hung-up"}


class Server:
    def __init__(self):
        self.models: dict[str, Served] = {}
        self.changing, self.stopping, self.is_ready = asyncio.Lock(), False, False

    async def start(self):
        settings.check_names()
        wanted = None if settings.LOAD is None else [one.strip() for one in settings.LOAD.split(",") if one.strip()]
        for name in settings.known_models() if wanted is None else wanted:
            await self.load(name)
        self.is_ready = True

    async def load(self, name: str):
        async with self.changing:
            bundle = settings.known_models().get(name)
            if bundle is None:
                raise Refused(404, f"There is no bundle of a model {name!r}.")
            if name in self.models:
                return
            model = await asyncio.get_running_loop().run_in_executor(None, Served, bundle)
            await model.start()
            self.models[name] = model

    async def unload(self, name: str):
        async with self.changing:
            model = self.find(name)
            # No new request reaches it after this; requests that it has are answered.
            del self.models[name]
            await model.end()

    def find(self, name: str) -> Served:
        model = self.models.get(name)
        if model is None:
            raise Refused(404, f"The model {name!r} is not loaded.")
        return model

    async def end(self):
        for name in list(self.models):
            await self.unload(name)

    def stop(self):
        self.stopping = True
        for name, model in self.models.items():
            model.bodies.stop()
            metrics.READY.labels(name, settings.REPLICA).set(0)

    def obey_signals(self):
        """Tells unfinished bodies of SIGTERM first; then the web server stops as usual."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)

            def stop(given, frame, before=before):
                loop.call_soon_threadsafe(self.stop)
                if callable(before):
                    before(given, frame)

            signal.signal(number, stop)


state: dict[str, Server] = {}


@asynccontextmanager
async def lifespan(_: FastAPI):
    server = Server()
    await server.start()
    # Outside the main thread, the owner of the thread ends the server.
    with suppress(ValueError):
        server.obey_signals()
    state["server"] = server
    yield
    await server.end()


# The pages of FastAPI's documentation lack the route of requests, and load scripts from elsewhere.
app = FastAPI(lifespan=lifespan, openapi_url=None)


@app.exception_handler(Refused)
async def refused(_: Request, error: Refused):
    return as_json({"error": str(error)}, error.status, error.headers)


def as_json(document, status: int = 200, headers=None):
    return Response(json.dumps(document), status, headers, "application/json")


@app.get("/v2")
async def server_metadata():
    return {"name": "pareto", "version": "1", "extensions": ["model_repository"]}


@app.get("/v2/health/live")
async def live():
    return {"live": True}


@app.get("/v2/health/ready")
async def ready():
    server = state.get("server")
    is_ready = server is not None and server.is_ready and not server.stopping
    return as_json({"ready": is_ready}, 200 if is_ready else 503)


@app.get("/models")
async def models():
    """Every loaded model with its counts and limits, and every model that can be loaded."""
    loaded = state["server"].models
    others = [name for name in settings.known_models() if name not in loaded]
    return [*(model.stats() for model in loaded.values()), *({"name": name, "state": "UNAVAILABLE"} for name in others)]


@app.get("/cache-stats")
async def cache_stats():
    return {name: model.cache.stats() for name, model in state["server"].models.items()}


@app.get("/drift")
async def drift():
    return {name: model.drift.report() for name, model in state["server"].models.items()}


@app.get("/metrics")
async def read_metrics():
    for name, model in state["server"].models.items():
        metrics.show_drift(name, model.drift.report())
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@app.get("/v2/models/{name}")
@app.get("/v2/models/{name}/versions/1")
async def describe(name: str):
    return as_json(state["server"].find(name).description())


@app.get("/v2/models/{name}/ready")
@app.get("/v2/models/{name}/versions/1/ready")
async def model_ready(name: str):
    is_ready = name in state["server"].models
    return as_json({"name": name, "ready": is_ready}, 200 if is_ready else 503)


@app.post("/v2/repository/index")
async def index():
    """The list of models in the form of Triton's extension of the protocol."""
    loaded = state["server"].models
    names = [*loaded, *(name for name in settings.known_models() if name not in loaded)]
    return [{"name": name, "version": "1", "state": "READY" if name in loaded else "UNAVAILABLE"} for name in names]


@app.post("/v2/repository/models/{name}/load")
async def load(name: str):
    await change(state["server"].load, name)
    return {}


@app.post("/v2/repository/models/{name}/unload")
async def unload(name: str):
    await change(state["server"].unload, name)
    return {}


async def change(work, name: str):
    if settings.MODEL_CONTROL != "explicit":
        raise Refused(403, "Set MODEL_CONTROL=explicit to load and unload models.")
    try:
        await work(name)
    except Refused:
        raise
    except Exception as error:
        log_error("load failed", error, model=name)
        raise Refused(400, f"The model {name!r} cannot be loaded: {str(error)[:200]}") from error


def request_id(request: Request) -> str:
    """The client's id if it is a plain one, or else a new one."""
    given = request.headers.get("x-request-id", "")
    return given if re.fullmatch(r"[\w.:-]{1,64}", given) else uuid.uuid4().hex


async def infer(request: Request):
    arrived, server, name = time.monotonic(), state["server"], request.path_params["name"]
    own_id = request_id(request)
    headers, code, model, problem = {"X-Request-Id": own_id}, 200, server.models.get(name), None
    if model is None:
        return as_json({"error": f"The model {name[:64]!r} is not loaded."}, 404, headers)
    model.in_flight += 1
    try:
        end, text = await model.answer(request, arrived, server.models.get(model.limits.shadow))
        metrics.LATENCY.labels(name).observe(time.monotonic() - arrived)
    except Refused as error:
        code, problem = error.status, str(error)
        headers |= error.headers
        end, text = ENDS.get(code, REFUSED), json.dumps({"error": problem})
    except HungUp:
        code, end, text = 499, "hung-up", ""
    except Exception as error:  # Whatever it is, it is counted, and the next request is answered.
        log_error("request failed", error, model=name, request_id=own_id)
        code, end, text, problem = 500, FAILED, json.dumps({"error": str(error)[:500]}), str(error)
    finally:
        model.in_flight -= 1
    model.counts[end] += 1
    metrics.REQUESTS.labels(name, end).inc()
    metrics.RESPONSES.labels(name, str(code)).inc()
    if settings.LOG_REQUESTS == "all" or (settings.LOG_REQUESTS == "failed" and code in (500, 504)):
        taken = round((time.monotonic() - arrived) * 1000, 2)
        log("request", model=name, request_id=own_id, code=code, end=end, ms=taken, **({"error": problem[:200]} if problem else {}))
    return Response(text, code, headers, "application/json")


# No route of FastAPI, which would search every request for parameters.
app.add_route("/v2/models/{name}/infer", infer, ["POST"])
app.add_route("/v2/models/{name}/versions/1/infer", infer, ["POST"])
