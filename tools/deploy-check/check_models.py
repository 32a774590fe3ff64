"""Several models on one server, its cache, its logs and measure-server: tried with real servers. Not part of npm test.

    pip install fastapi uvicorn onnxruntime prometheus_client numpy onnx
    python tools/deploy-check/check_models.py [--only <words of a check>] [--keep <folder>]
"""
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime as ort

from check_serving import ROOT, Server, inputs_of, parser_of_checks, raw_of, row, run_checks
from http_load import Target, closed_loop, open_loop, request_bytes


def folder_of(bundles, *names):
    """A folder of bundles, as BUNDLES names it."""
    folder = bundles.folder / "-".join(("all", *names))
    for name in names:
        if not (folder / name).exists():
            shutil.copytree(bundles.of(name), folder / name)
    return str(folder)


def of_model(server, name):
    return Target(server.port, name)


async def post(target, path):
    status, body, _ = await target.client.send(request_bytes(path))
    return status, json.loads(body)


async def several(bundles):
    with Server(bundles.of("cnn"), BUNDLES=folder_of(bundles, "text"), MODEL_CONTROL="explicit", TIMEOUT_MS="20000") as server:
        cnn, text = server.target(), of_model(server, "text")
        answers = await asyncio.gather(*(one.client.send(raw_of(one, inputs_of(one.name, index))) for index in range(50) for one in (cnn, text)))
        good = sum(status == 200 for status, _, _ in answers)
        counts = [(await one.metrics())['inference_requests_total{end="served"}'] for one in (cnn, text)]
        row("two models on one server", f"{good} of 100, counted {counts}", "100, 50 each", good == 100 and counts == [50, 50])
        waiting = asyncio.gather(*(text.client.send(raw_of(text, inputs_of("text", index))) for index in range(20)))
        await asyncio.sleep(0.01)
        unloaded, _ = await post(text, "/v2/repository/models/text/unload")
        ended = {status for status, _, _ in await waiting}
        gone, _, _ = await text.client.send(raw_of(text, inputs_of("text", 0)))
        _, index = await post(text, "/v2/repository/index")
        states = {one["name"]: one["state"] for one in index}
        other, _, _ = await cnn.client.send(raw_of(cnn, inputs_of("cnn", 0)))
        found = f"{unloaded}, accepted {sorted(ended)}, then {gone}, other {other}, {states}"
        row("unload", found, "200; 200 or 404; 404; 200", (unloaded, gone, other) == (200, 404, 200) and ended <= {200, 404} and states["text"] == "UNAVAILABLE")
        loaded, _ = await post(text, "/v2/repository/models/text/load")
        again, _, _ = await text.client.send(raw_of(text, inputs_of("text", 0)))
        unknown, _ = await post(text, "/v2/repository/models/none/load")
        row("load", f"{loaded}, answers {again}, unknown {unknown}", "200, 200, 404", (loaded, again, unknown) == (200, 200, 404))
        status, body, _ = await cnn.get("/models")
        names = [(one["name"], one["requests"]["served"] > 0) for one in json.loads(body)]
        row("/models", f"{status} {names}", "both, with counts", status == 200 and sorted(names) == [("cnn", True), ("text", True)])
    with Server(bundles.of("cnn")) as server:
        refused, _ = await post(server.target(), "/v2/repository/models/cnn/unload")
        row("unload without MODEL_CONTROL", str(refused), "403", refused == 403)


async def eviction(bundles):
    for policy, kept in (("lru", [0, 2]), ("fifo", [1, 2])):
        with Server(bundles.of("cnn"), CACHE_ENTRIES="2", CACHE_EVICTION=policy, TIMEOUT_MS="20000") as server:
            target = server.target()
            ask = lambda index: target.client.send(raw_of(target, inputs_of("cnn", index)))
            for index in (0, 1, 0, 2):
                await ask(index)
            hits = lambda: target.get("/cache-stats")
            found = []
            for index in (0, 1, 2):
                before = json.loads((await hits())[1])["cnn"]["hits"]
                # Looked at from the oldest on, so that no look evicts what is looked at later.
                if index in kept:
                    await ask(index)
                    found.append(json.loads((await hits())[1])["cnn"]["hits"] - before)
            stats = json.loads((await hits())[1])["cnn"]
            row(f"{policy} keeps {kept}", f"hits {found}, {stats['size']} of {stats['entries']}, evicted {stats['evicted']}", "1, 1", found == [1, 1] and stats["evicted"] == 1)


async def rounded_and_warm(bundles):
    with tempfile.TemporaryDirectory() as cache:
        settings = {"CACHE_ENTRIES": "10", "CACHE_DECIMALS": "3", "CACHE_FOLDER": cache, "TIMEOUT_MS": "20000"}
        feeds = {"x": np.full((1, 1, 8, 8), 0.25, "float32")}
        near = {"x": feeds["x"] + np.float32(1e-5)}
        far = {"x": feeds["x"] + np.float32(1e-2)}
        with Server(bundles.of("cnn"), **settings) as server:
            target = server.target()
            for one in (feeds, near, far):
                await target.client.send(raw_of(target, one))
            stats = json.loads((await target.get("/cache-stats"))[1])["cnn"]
            row("keys of rounded inputs", f"hits {stats['hits']}, misses {stats['misses']}", "1, 2", (stats["hits"], stats["misses"]) == (1, 2))
        with Server(bundles.of("cnn"), **settings) as server:
            target = server.target()
            await target.client.send(raw_of(target, feeds))
            stats = json.loads((await target.get("/cache-stats"))[1])["cnn"]
            row("warm start", f"hits {stats['hits']}, size {stats['size']}", "1, 2", (stats["hits"], stats["size"]) == (1, 2))


async def shadow(bundles):
    environment = {"SHADOW__CNN": "slow:1", "BUNDLES": folder_of(bundles, "slow"), "TIMEOUT_MS": "20000"}
    with Server(bundles.of("cnn"), **environment) as server:
        target = server.target()
        for index in range(8):
            await target.client.send(raw_of(target, inputs_of("cnn", index)))
            await asyncio.sleep(0.15)
        metrics = await target.metrics()
        seen = {key: number for key, number in metrics.items() if key.startswith("inference_shadow_total")}
        total = sum(seen.values())
        row("the other model is asked the same", str(seen)[-56:], "compared, none failed", total >= 4 and not any("failed" in key for key in seen))


async def ids(bundles):
    with tempfile.TemporaryFile() as log, Server(bundles.of("text"), LOG_REQUESTS="all", output=log) as server:
        target = server.target()
        body = raw_of(target, inputs_of("text", 0))
        given = body.replace(b"\r\n\r\n", b"\r\nX-Request-Id: order-7\r\n\r\n", 1)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(given)
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        log.seek(0)
        lines = [json.loads(line) for line in log.read().decode().splitlines()]
        logged = [line for line in lines if line["event"] == "request"]
        held = b"order-7" in head and len(logged) == 1 and logged[0]["request_id"] == "order-7" and logged[0]["code"] == 200
        row("request ids", str(logged)[:58], "in the answer and in a line of JSON", held)


async def lengths(bundles):
    """Texts of many lengths at once: with padding they run together, and every answer is that of the text alone."""
    session = ort.InferenceSession(str(next(bundles.of("masked_text").glob("models/*/1/model.onnx"))))
    mine = np.random.default_rng(5)
    texts = [{"ids": mine.integers(0, 4000, (1, length)), "mask": np.ones((1, length), "int64")} for length in mine.integers(3, 60, 400)]
    means = {}
    for pads in ("0", "1"):
        with Server(bundles.of("masked_text"), TIMEOUT_MS="60000", MAX_QUEUE="1000", PAD_TEXTS=pads) as server:
            target, gate = server.target(), asyncio.Semaphore(32)
            target.client.limit_s = 60

            async def ask(feeds):
                async with gate:
                    status, body, _ = await target.client.send(raw_of(target, feeds))
                found = {one["name"]: one for one in json.loads(body).get("outputs", [])} if status == 200 else {}
                expected = zip(session.get_outputs(), session.run(None, feeds))
                return bool(found) and all(found[one.name]["shape"] == list(a.shape) and np.allclose(a.ravel(), found[one.name]["data"], atol=1e-5) for one, a in expected)

            right = sum(await asyncio.gather(*map(ask, texts)))
            metrics = await target.metrics()
            means[pads] = metrics["inference_batch_size_sum"] / metrics["inference_batch_size_count"]
        row(f"400 texts of 57 lengths, padding {pads}", f"{right} right, mean batch {means[pads]:.1f}", "400", right == 400)
    row("padding joins texts", f"mean batch {means['0']:.1f} to {means['1']:.1f}", "at least twice", means["1"] >= 2 * means["0"])


async def isolation(bundles):
    """Times are compared within one run: alone, beside an overloaded model, alone again."""
    with Server(bundles.of("cnn"), BUNDLES=folder_of(bundles, "slow"), THREADS="1") as server:
        cnn, slow = server.target(), of_model(server, "slow")
        draw = np.random.default_rng(0)
        quick = [raw_of(cnn, inputs_of("cnn", index)) for index in range(400)]
        heavy = [raw_of(slow, inputs_of("slow", index)) for index in range(400)]
        capacity = await closed_loop(slow, heavy, 8, 3)

        async def p95():
            taken = []
            for raw in quick[:150]:
                status, _, seconds = await cnn.client.send(raw)
                taken.append(seconds)
                await asyncio.sleep(0.01)
            return float(np.percentile(taken, 95))

        alone = await p95()
        load = asyncio.create_task(open_loop(slow, heavy, 2 * capacity, 6, draw, 1.0))
        await asyncio.sleep(1)
        beside = await p95()
        await load
        again = await p95()
        ratio = beside / max(alone, again)
        row("p95 beside an overloaded model", f"{ratio:.2f} of alone ({beside * 1000:.1f} ms)", "below 1.5", ratio < 1.5)


def measured(bundles):
    for name, seconds in (("cnn", "3"), ("masked_text", "1")):
        command = ["node", ROOT / "cli" / "pareto.mjs", "measure-server", bundles.of(name), "--python", sys.executable, "--duration-s", seconds, "--timeout-ms", "20000", "--scenario", "single-stream,multi-stream,server,offline", "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
        document = json.loads(done.stdout) if done.returncode == 0 else {}
        sizes = [one["batch"] for one in document.get("batchTimes", [])]
        asked = [one["requests"] for one in document.get("rates", [])]
        row(f"measure-server of {name}", f"batches {sizes}, requests {asked} {done.stderr[:40]}", "1 to 16, four rates", sizes == [1, 2, 4, 8, 16] and len(asked) == 4)
        scenarios = {one["scenario"]: one for one in document.get("scenarios", [])}
        # Far shorter than a valid run, and each says so; nothing else may be wrong with streams and the offline run.
        broken = {key: [rule["rule"] for rule in one["rules"] if not rule["holds"]] for key, one in scenarios.items()}
        held = len(broken) == 4 and all("duration-s" in rules and "failed-queries" not in rules for rules in broken.values())
        row(f"scenarios of {name}", " ".join(f"{key} {one['metric']['value'] or 0:.4g}" for key, one in scenarios.items())[:58], "four, too short, none failed", held)
        lengths = [one["length"] for one in document.get("timesByLength", [])]
        row(f"times by length of {name}", str(lengths), "texts alone", bool(lengths) == (name == "masked_text"))


def names(bundles):
    """Two models of one name: the server ends with a sentence that names both bundles."""
    folder = bundles.folder / "same-names"
    if not folder.exists():
        shutil.copytree(bundles.of("text"), folder / "other")
        facts = folder / "other" / "server" / "model.json"
        facts.write_text(facts.read_text().replace('"text"', '"cnn"', 1))
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", "0", "--loop", "asyncio"]
    done = subprocess.run(command, cwd=bundles.of("cnn") / "server", env={**os.environ, "BUNDLES": str(folder)}, capture_output=True, text=True, timeout=120)
    row("two models of one name", f"exit {done.returncode}", "no start, a sentence", done.returncode != 0 and "of the name 'cnn'" in done.stderr)


CHECKS = [names, several, eviction, rounded_and_warm, shadow, ids, lengths, isolation, measured]


if __name__ == "__main__":
    run_checks(CHECKS, parser_of_checks().parse_args())
