"""Tries a bundle's server as someone on call would, and prints a table. Not part of npm test.

    pip install fastapi uvicorn onnxruntime prometheus_client numpy onnx
    python tools/deploy-check/check_serving.py [--only <words of a check>] [--keep <folder>]

Bundles are made by the command line of this repository, of models that made_models.py builds. Only 127.0.0.1 is used; every
loop ends by itself. Timings of other work on the machine count: run it alone.
"""
import argparse
import asyncio
import collections
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime as ort

import made_models
from http_load import Client, Target, closed_loop, open_loop, request_bytes

ROOT = pathlib.Path(__file__).resolve().parents[2]
draw = np.random.default_rng(1)
rows = []


def row(check, found, wanted, holds):
    rows.append(holds)
    print(f"{'ok  ' if holds else 'FAIL'} | {check:44} | {found:58} | {wanted}", flush=True)


class Bundles:
    def __init__(self, folder):
        self.folder = folder

    def of(self, name):
        bundle = self.folder / name
        if not bundle.exists():
            model = self.folder / f"{name}.onnx"
            getattr(made_models, name)(model)
            self.make(model, bundle)
        return bundle

    def of_sample(self):
        """A bundle with a reference for drift."""
        bundle, samples = self.folder / "fashion", ROOT / "public" / "samples"
        if not bundle.exists():
            self.make(samples / "fashion-cnn.onnx", bundle, "--data", samples / "fashion-mnist-calibration.npz")
        return bundle

    @staticmethod
    def make(model, bundle, *rest):
        command = ["node", ROOT / "cli" / "pareto.mjs", "bundle", model, "-o", bundle, "--json", *rest]
        subprocess.run(command, check=True, cwd=ROOT, capture_output=True, timeout=300)


class Server:
    """A bundle's server on a free port, for the length of a `with`."""

    def __init__(self, bundle, output=None, **environment):
        self.bundle, self.output, self.environment = bundle, output, environment
        self.name = next(path.parent for path in bundle.glob("models/*/1")).name

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(self.port), "--loop", "asyncio", "--log-level", "warning"]
        self.process = subprocess.Popen(command, cwd=self.bundle / "server", env={**os.environ, **self.environment}, stdout=self.output)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"The server of {self.bundle} does not start.")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def target(self):
        return Target(self.port, self.name)

    def memory_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


V2 = {"float32": "FP32", "int64": "INT64", "object": "BYTES"}


def inputs_of(name, index):
    """Different inputs of one row each."""
    mine = np.random.default_rng(1000 + index)
    if name == "clip":
        feeds = {one: mine.standard_normal((1, 16)) for one in ("images", "texts")}
    elif name == "text":
        return {"ids": mine.integers(0, 100, (1, 4 + index % 3))}
    else:
        shapes = {"boxes": (1, 16), "softmax_over_requests": (1, 8), "cnn": (1, 1, 8, 8), "slow": (1, 1, 8, 8), "dynamic_int8": (1, 16)}
        feeds = {"x": mine.standard_normal(shapes[name])}
    return {one: array.astype("float32") for one, array in feeds.items()}


def raw_of(target, feeds):
    return target.raw({name: (V2[str(array.dtype)], array) for name, array in feeds.items()})


def verdicts(bundles):
    alone, joined = ["clip", "boxes", "softmax_over_requests", "dynamic_int8"], ["cnn", "text", "slow"]
    for name in alone + joined:
        bundle = bundles.of(name)
        settings = json.loads((bundle / "server" / "model.json").read_text())
        server = settings["maxBatch"]
        triton = int(re.search(r"max_batch_size: (\d+)", next(bundle.glob("models/*/config.pbtxt")).read_text())[1])
        said = json.loads((bundle / "evidence" / "metadata.json").read_text())["batching"]
        wanted = (1, 0) if name in alone else (16, 32)
        row(f"batch of {name}", f"server {server}, Triton {triton}: {said['joining']}", f"{wanted[0]}, {wanted[1]}", (server, triton) == wanted and said["reason"])


async def right_answers(bundles):
    for name in ["clip", "boxes", "cnn", "text", "dynamic_int8"]:
        session = ort.InferenceSession(str(next(bundles.of(name).glob("models/*/1/model.onnx"))))
        with Server(bundles.of(name), TIMEOUT_MS="60000") as server:
            target, gate = server.target(), asyncio.Semaphore(64)
            target.client.limit_s = 60

            async def ask(index):
                feeds = inputs_of(name, index)
                async with gate:
                    status, body, _ = await target.client.send(raw_of(target, feeds))
                if status != 200:
                    return f"status {status}"
                expected = session.run(None, feeds)
                found = json.loads(body)["outputs"]
                is_right = all(list(a.shape) == b["shape"] and np.allclose(a.ravel(), b["data"], rtol=1e-4, atol=1e-5) for a, b in zip(expected, found))
                return "right" if is_right else "WRONG"

            answers = collections.Counter(await asyncio.gather(*map(ask, range(1000))))
            batches = await target.metrics()
            mean = batches["inference_batch_size_sum"] / batches["inference_batch_size_count"]
        row(f"1,000 answers of {name}, 64 at once", f"{', '.join(f'{count} {kind}' for kind, count in answers.items())}; mean batch {mean:.1f}", "1000 right", answers["right"] == 1000)


async def goodput(bundles):
    """Rounds alternate with the capacity that they are compared with, so that other work on the machine disturbs both."""
    with Server(bundles.of("slow")) as server:
        target, rounds, seconds = server.target(), 4, 4
        raws = [raw_of(target, inputs_of("slow", index)) for index in range(3000)]
        await closed_loop(target, raws[:200], 16, 3)
        capacities, shares = [], {2: (0, 0, 0), 4: (0, 0, 0)}
        for turn in range(rounds):
            for share, sums in shares.items():
                capacities.append(await closed_loop(target, raws[:200], 16, seconds))
                computed = (await target.metrics())["inference_rows_total"]
                draw.shuffle(raws)
                statuses, in_time = await open_loop(target, raws, share * capacities[-1], seconds, draw, 1.0)
                await asyncio.sleep(1.2)
                computed = (await target.metrics())["inference_rows_total"] - computed
                shares[share] = [sum(pair) for pair in zip(sums, (statuses.get(200, 0), in_time, computed))]
        capacity = sum(capacities) / len(capacities)
        row("capacity, 16 clients", f"{capacity:.1f}/s ({min(capacities):.1f} to {max(capacities):.1f})", "", True)
        for share, (good, in_time, computed) in shares.items():
            of_capacity, wasted = good / (rounds * seconds * capacity), 1 - good / max(1, computed)
            found = f"{of_capacity:.2f} of it, {in_time / (rounds * seconds * capacity):.2f} by the client's clock, {wasted:.0%} wasted"
            row(f"goodput at {share} × capacity", found, "≥ 0.8, ≤ 10 %", of_capacity >= 0.8 and wasted <= 0.1)


async def bad_among_good(bundles):
    with Server(bundles.of("text"), MAX_WAIT_MS="200") as server:
        target = server.target()
        feeds = [{"ids": draw.integers(0, 100, (1, 4))} for _ in range(16)]
        feeds[7]["ids"][0, 2] = 100_000
        answers = await asyncio.gather(*(target.client.send(raw_of(target, one)) for one in feeds))
        statuses = [status for status, _, _ in answers]
        row("1 bad of 16", f"{statuses.count(200)} × 200, {statuses.count(400)} × 400", "15 × 200, 1 × 400", statuses.count(200) == 15 and statuses[7] == 400)
    # No random text runs, so no input is recorded: the first request that runs shows that the model works.
    with Server(bundles.of("categories")) as server:
        target = server.target()
        words = [target.raw({"words": ("BYTES", np.array([[word]], object))}) for word in ("c", "a", "c")]
        statuses = [(await target.client.send(raw))[0] for raw in words]
        row("a bad one without a recorded input", str(statuses), "[500, 200, 400]", statuses == [500, 200, 400])


async def equal_requests(bundles):
    for entries in ("0", "100"):
        with Server(bundles.of("slow"), CACHE_ENTRIES=entries, TIMEOUT_MS="5000") as server:
            target = server.target()
            raw = raw_of(target, inputs_of("slow", 0))
            answers = await asyncio.gather(*(target.client.send(raw) for _ in range(60)))
            computed = (await target.metrics())["inference_rows_total"]
            good = sum(status == 200 for status, _, _ in answers)
            row(f"60 equal at once, cache {entries}", f"{good} × 200, {computed:.0f} runs", "60, 1", good == 60 and computed == 1)


async def hang_ups(bundles):
    with Server(bundles.of("slow"), TIMEOUT_MS="20000", MAX_QUEUE="1000") as server:
        target = server.target()

        async def leave(index):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(raw_of(target, inputs_of("slow", index)))
            await writer.drain()
            await asyncio.sleep(0.03)
            writer.close()

        await asyncio.gather(*map(leave, range(200)))
        await asyncio.sleep(3)
        metrics = await target.metrics()
        computed, counted = metrics["inference_rows_total"], metrics['inference_responses_total{code="499"}']
        row("200 hang up after 30 ms", f"{computed:.0f} rows, {counted:.0f} counted as 499", "≤ 20 rows", computed <= 20)


async def mixed_requests(bundles):
    """Good and bad ones: the client's statuses and the server's counts have to be the same."""
    with Server(bundles.of_sample(), TIMEOUT_MS="20000") as server:
        target, gate, statuses = server.target(), asyncio.Semaphore(32), {}
        picture = lambda value: target.raw({"image": ("FP32", np.full((1, 1, 28, 28), value, "float32"))})
        name = json.loads((server.bundle / "evidence" / "recorded.json").read_text())["inputs"][0]["name"]
        text = lambda data, shape=(1, 1, 28, 28): target.raw_text(f'{{"inputs": [{{"name": "{name}", "datatype": "FP32", "shape": {list(shape)}, "data": {data}}}]}}'.encode())
        zeros = ", ".join(["0"] * 783)
        kinds = {
            "good": text(f"[{zeros}, 1]"), "NaN": text(f"[{zeros}, NaN]"), "inf": text(f"[{zeros}, Infinity]"), "1e300": text(f"[{zeros}, 1e300]"),
            "null": text(f"[{zeros}, null]"), "short": text("[1]"), "shape": text(f"[{zeros}, 1]", (1, 28, 28)), "no JSON": target.raw_text(b"{"),
            "nested": target.raw_text(b"[" * 200_000), "no inputs": target.raw_text(b"{}"), "500 rows": text(json.dumps([0] * 784 * 17), (17, 1, 28, 28)),
        }
        raws = list(kinds.values())
        drifts = []

        async def ask(index):
            async with gate:
                raw = raws[index % len(raws)] if index % 2 else text(json.dumps(draw.uniform(0, 255, 784).tolist()))
                status, _, _ = await target.client.send(raw)
                statuses[status] = statuses.get(status, 0) + 1
                if index % 20 == 0:
                    drifts.append((await target.get("/drift"))[0])

        await asyncio.gather(*map(ask, range(1000)))
        metrics = await target.metrics()
        counted = {code: int(metrics[f'inference_responses_total{{code="{code}"}}']) for code in statuses}
        row("1,000 mixed: client and server count alike", f"{statuses}", f"{counted}", statuses == counted and 500 not in statuses and 0 not in statuses)
        one_each = {kind: (await target.client.send(raw))[0] for kind, raw in kinds.items()}
        wanted = {"good": 200, "500 rows": 413}
        row("each kind", " ".join(f"{kind} {status}" for kind, status in one_each.items())[:58], "400 but good 200, rows 413", all(status == wanted.get(kind, 400) for kind, status in one_each.items()))
        row("/drift", f"{drifts.count(200)} of {len(drifts)} × 200", "all", set(drifts) == {200})
        metrics = await target.metrics()
        gauges = {key: number for key, number in metrics.items() if key.startswith("inference_input_")}
        row("gauges of drift", f"{len(gauges)}, {sum(map(np.isfinite, gauges.values()))} finite", "all finite", gauges and all(map(np.isfinite, gauges.values())))
        failed = metrics['inference_requests_total{end="failed"}']
        row("clients' errors that count as the server's", f"{failed:.0f}", "0", failed == 0)


def send_blocking(port, raw):
    """The status; 0 where the connection was ended without one."""
    try:
        with socket.create_connection(("127.0.0.1", port), 60) as connection:
            connection.sendall(raw)
            return int(connection.recv(64).split(b" ")[1])
    except (OSError, IndexError):
        return 0


async def large_body(bundles):
    with Server(bundles.of("cnn")) as server:
        target, probe = server.target(), Client(server.port)
        await target.client.send(raw_of(target, inputs_of("cnn", 0)))
        body = b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": [20000000], "data": [' + b"0.12345, " * 22_000_000 + b"0]}]}"
        before, most, worst, sending = server.memory_mb(), 0.0, 0.0, True

        async def watch():
            nonlocal most, worst
            while sending:
                status, _, seconds = await probe.send(request_bytes("/v2/health/live", method="GET"))
                most, worst = max(most, server.memory_mb()), max(worst, seconds if status == 200 else 99)
                await asyncio.sleep(0.02)

        watching = asyncio.create_task(watch())
        # In a thread: the loop that probes must not wait for it.
        began = time.perf_counter()
        status = await asyncio.to_thread(send_blocking, server.port, target.raw_text(body))
        sending, seconds = False, time.perf_counter() - began
        await watching
        found = f"{status} after {seconds:.1f} s, liveness {worst * 1000:.0f} ms, {most - before:+.0f} MB"
        row(f"a body of {len(body) / 1e6:.0f} MB", found, "413, < 200 ms, < 50 MB", status == 413 and worst < 0.2 and most - before < 50)
        status, _, _ = await target.client.send(target.raw({"x": ("FP32", np.zeros((500, 1, 8, 8), "float32"))}))
        row("500 rows, largest batch 16", str(status), "413", status == 413)


async def slow_bodies(bundles):
    with Server(bundles.of("slow"), TIMEOUT_MS="10000") as server:
        target, held = server.target(), []
        raw = raw_of(target, inputs_of("slow", 0))
        for _ in range(200):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(raw[: len(raw) // 2])
            held.append((reader, writer))
        asked = [asyncio.create_task(target.client.send(raw_of(target, inputs_of("slow", index)))) for index in range(48)]
        await asyncio.sleep(0.5)
        began = time.perf_counter()
        server.process.send_signal(signal.SIGTERM)
        answers = await asyncio.gather(*asked)
        while server.process.poll() is None and time.perf_counter() - began < 40:
            await asyncio.sleep(0.05)
        seconds = time.perf_counter() - began
        statuses = [status for status, _, _ in answers]
        good = statuses.count(200)
        for _, writer in held:
            writer.close()
        row("SIGTERM beside 200 slow bodies", f"ended after {seconds:.1f} s, {good} of 48 answered, others {sorted(set(statuses) - {200})}", "≤ 15 s, 48", seconds <= 15 and good == 48)


async def texts_and_maps(bundles):
    with Server(bundles.of("zipmap")) as server:
        target = server.target()
        status, body, _ = await target.client.send(target.raw({"words": ("BYTES", np.array([["a"], ["b"]], object))}))
        found = json.loads(body).get("outputs", [{}])[0] if status == 200 else {}
        row("texts in, maps out", f"{status} {found.get('data')} {found.get('parameters')}"[:58], "200 and the columns", status == 200 and np.allclose(found["data"], [0.25, 0.75, 0.75, 0.25]))
        said = json.loads((await target.get(f"/v2/models/{target.name}"))[1])["outputs"][0]
        row("what the server says of maps", f"{said['datatype']} {said['shape']}", f"{found.get('datatype')} [-1, -1]", (said["datatype"], said["shape"]) == (found.get("datatype"), [-1, -1]))


async def protocol(bundles):
    with Server(bundles.of("text"), TIMEOUT_MS="20000") as server:
        target = server.target()
        feeds, long_text = {"ids": ("INT64", np.arange(4).reshape(1, 4))}, {"ids": ("INT64", np.zeros((1, 5000), "int64"))}
        body = target.raw(feeds).split(b"\r\n\r\n", 1)[1]
        document = json.loads(body)

        async def status(raw):
            return (await target.client.send(raw))[0]

        path = f"/v2/models/{target.name}"
        found = {
            "version 1": await status(request_bytes(f"{path}/versions/1/infer", body)),
            "version 2": await status(request_bytes(f"{path}/versions/2/infer", body)),
            "its output": await status(target.raw_text(json.dumps({**document, "outputs": [{"name": "y"}]}).encode())),
            "another output": await status(target.raw_text(json.dumps({**document, "outputs": [{"name": "z"}]}).encode())),
            "binary": await status(request_bytes(f"{path}/infer", body, Inference_Header_Content_Length=str(len(body)))),
            "gzip": await status(request_bytes(f"{path}/infer", body, Content_Encoding="gzip")),
            "identity": await status(request_bytes(f"{path}/infer", body, Content_Encoding="identity")),
            "a long text": await status(target.raw(long_text)),
            "pages": (await target.get("/docs"))[0],
        }
        wanted = {"version 1": 200, "version 2": 404, "its output": 200, "another output": 400, "binary": 400, "gzip": 400, "identity": 200, "a long text": 413, "pages": 404}
    for name, tokens in {"one_text": long_text["ids"][1], "flat_text": long_text["ids"][1][0]}.items():
        with Server(bundles.of(name)) as server:
            target = server.target()
            found[name], wanted[name] = (await target.client.send(target.raw({"ids": ("INT64", tokens)})))[0], 413
    row("the protocol", " ".join(map(str, found.values())), " ".join(map(str, wanted.values())), found == wanted)


CHECKS = [verdicts, right_answers, goodput, bad_among_good, equal_requests, hang_ups, mixed_requests, large_body, slow_bodies, texts_and_maps, protocol]


def parser_of_checks():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--keep")
    return parser


@contextlib.contextmanager
def kept_folder(keep):
    """The folder that a person keeps, or one that is removed at the end."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder


def run_checks(checks, given, *more):
    """Runs the checks that --only names, separated by commas, with their bundles and `more`. Ends with 1 if one does not hold."""
    with kept_folder(given.keep) as folder:
        for check in checks:
            if any(one in check.__name__ for one in given.only.split(",")):
                done = check(Bundles(folder), *more)
                if asyncio.iscoroutine(done):
                    asyncio.run(done)
    print(f"{sum(map(bool, rows))} of {len(rows)} hold")
    sys.exit(0 if all(rows) else 1)


if __name__ == "__main__":
    run_checks(CHECKS, parser_of_checks().parse_args())
