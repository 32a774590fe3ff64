"""The batching policy on the cases that `src/engine/serving/batching-cases.test.ts` runs too."""
import asyncio
import json
import pathlib
import time
from types import SimpleNamespace

import batcher
import numpy as np
import pytest
from batcher import SERVED, TIMED_OUT, Batcher, Entry
from intake import Refused

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = json.loads((ROOT / "src" / "engine" / "serving" / "fixtures" / "batching-cases.json").read_text())


def limits_of(policy, **others):
    return SimpleNamespace(
        max_batch=policy["maxBatch"], max_wait_s=policy["maxWaitMs"] / 1000, max_queue=policy["maxQueue"],
        timeout_s=policy["timeoutMs"] / 1000, instances=1, max_rows=16, padding=None, **others,
    )


def session(run=None):
    return SimpleNamespace(get_outputs=lambda: [SimpleNamespace(name="y")], run=run)


async def run_case(case, monkeypatch):
    """Runs one instance in simulated time: arrivals, ends of batches and times at which the policy wants to look again."""
    server = Batcher(session(), limits_of(case["policy"]), None, lambda *_: None)
    entries, batches, rejected = {}, [], []
    running, wake = None, None
    arrivals = list(enumerate(case["arrivals"]))
    while arrivals or running or server.waiting:
        now_ms = min(x for x in (arrivals[0][1] if arrivals else None, running and running[0], None if running else wake) if x is not None)
        monkeypatch.setattr(batcher.time, "monotonic", lambda now_ms=now_ms: now_ms / 1000)
        if running and running[0] == now_ms:
            _, started_ms, batch = running
            server.times.note(len(batch), (now_ms - started_ms) / 1000)
            for one in batch:
                one.end(SERVED, None)
            running = None
        while arrivals and arrivals[0][1] == now_ms:
            number, _ = arrivals.pop(0)
            try:
                server.admit(now_ms / 1000, 1)
            except Refused:
                rejected.append(number)
                continue
            one = entries[number] = Entry({"x": np.zeros((1, 2))}, now_ms / 1000, True, None)
            one.deadline = one.arrived + server.limits.timeout_s
            server.waiting.append(one)
        if running is None:
            batch, until = server.choose(now_ms / 1000)
            wake = None if until is None else round(until * 1000, 6)
            if batch:
                took = case["batchMs"][len(batch) - 1]
                running = (now_ms + took, now_ms, batch)
                server.free_at[0] = now_ms / 1000 + server.times.expected(len(batch))
                batches.append([now_ms, [number for number, one in entries.items() if one in batch]])
    timed_out = [number for number, one in entries.items() if one.answer.done() and one.answer.result()[0] == TIMED_OUT]
    return {"batches": batches, "rejected": rejected, "notStarted": timed_out}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_shared_cases(case, monkeypatch):
    assert asyncio.run(run_case(case, monkeypatch)) == case["expected"]


def ask(server, *values, timeout=5.0):
    """Answers of requests that come at once, each with one row."""

    async def all_of_them():
        worker, gone = asyncio.create_task(server.work()), asyncio.get_running_loop().create_future()
        try:
            now = time.monotonic()
            asked = (server.ask({"x": np.full((1, 2), value)}, bytes([number]), now, gone) for number, value in enumerate(values))
            return await asyncio.wait_for(asyncio.gather(*asked), timeout)
        finally:
            worker.cancel()

    return [(kind, value) for (kind, value), _ in asyncio.run(all_of_them())]


POLICY = {"maxBatch": 4, "maxWaitMs": 5, "maxQueue": 64, "timeoutMs": 2000}


def test_splits_a_batch_into_the_rows_of_each_request():
    server = Batcher(session(lambda _, feeds: [feeds["x"] * 2]), limits_of(POLICY), None, lambda *_: None)
    assert [value[0].tolist() for _, value in ask(server, 1.0, 2.0, 3.0)] == [[[2.0, 2.0]], [[4.0, 4.0]], [[6.0, 6.0]]]


def test_a_faulty_request_fails_alone():
    def run(_, feeds):
        if (feeds["x"] < 0).any():
            raise RuntimeError("negative")
        return [feeds["x"]]

    server = Batcher(session(run), limits_of(POLICY), {"x": np.ones((1, 2))}, lambda *_: None)
    assert [kind for kind, _ in ask(server, 1.0, -1.0, 3.0, 4.0)] == [SERVED, batcher.REFUSED, SERVED, SERVED]


def test_a_request_that_runs_too_long_times_out():
    def run(_, feeds):
        time.sleep(0.2)
        return [feeds["x"]]

    server = Batcher(session(run), limits_of({**POLICY, "timeoutMs": 50}), None, lambda *_: None)
    assert ask(server, 1.0) == [(TIMED_OUT, None)]


def test_a_request_that_is_dropped_before_its_start_times_out():
    async def dropped():
        server, gone = Batcher(session(), limits_of(POLICY), None, lambda *_: None), asyncio.get_running_loop().create_future()
        asked = asyncio.create_task(server.ask({"x": np.ones((1, 2))}, b"", time.monotonic(), gone))
        await asyncio.sleep(0)
        server.waiting[0].answer.cancel()
        return await asked

    assert asyncio.run(dropped()) == ((TIMED_OUT, None), False)
