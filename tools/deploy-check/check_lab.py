"""The lab against real servers, and its search against all settings. Not part of npm test.

    pip install fastapi uvicorn onnxruntime prometheus_client numpy onnx
    python tools/deploy-check/check_lab.py [--only <words of a check>] [--keep <folder>] [--seconds <of each load>] [--table <file>]
        [--model <file.onnx>]

Servers of four models run at 30, 60 and 90 % of their capacity. The lab simulates the same loads, with the same arrivals, on the times
that measure-server wrote. made_models.py makes the models: runs of 3 to 50 ms. --model takes your own instead; repeat it.
One core is left for the client and HTTP. Ratios count, and only on a machine with nothing else to do.
"""
import itertools
import json
import os
import pathlib
import subprocess
import sys

import numpy as np

import made_models
from check_serving import ROOT, Bundles, parser_of_checks, row, run_checks

SHARES = (0.3, 0.6, 0.9)
THREADS = max(1, (os.cpu_count() or 2) - 1)
# The passes that make each int8 variant. Dynamic quantization joins rows in one scale, so its server runs them one by one.
INT8 = {"pictures": "quantize-static", "encoder": "quantize-dynamic"}
lines = []


def pareto(*given):
    command = ["node", ROOT / "cli" / "pareto.mjs", *map(str, given), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr}")
    return json.loads(done.stdout)


def model_of(bundle):
    return next(bundle.glob("models/*/1/model.onnx"))


class Measured:
    """The server of a bundle, measured once: at 30, 60, 90 and 120 % of its capacity, or at the rates that are named."""

    def __init__(self, bundle, seconds, rates=(), threads=THREADS):
        asked = ("--rates", ",".join(map(str, rates))) if rates else ()
        given = ("--python", sys.executable, "--duration-s", seconds, *asked, *(("--threads", threads) if threads else ()))
        self.bundle, self.file = bundle, bundle / "server.json"
        self.document = pareto("measure-server", bundle, *given)
        self.file.write_text(json.dumps(self.document))

    def simulated(self, index):
        """What the lab says about a measured rate. Its arrivals are those of the measurement, and no two requests are equal."""
        document, found = self.document, self.document["rates"][index]
        server = document["server"]
        return pareto(
            *("simulate", model_of(self.bundle), "--times", self.file, "--arrivals", f"poisson:{found['perSecond']}"),
            *("--duration-s", found["durationS"], "--seed", document["seed"] + index, "--inputs", "1000000:0"),
            *("--max-batch", server["maxBatch"], "--max-wait-ms", round(server["maxWaitMs"])),
            *("--timeout-ms", round(server["timeoutMs"]), "--max-queue", 256),
            *("--target-ms", max(1, round(document["targetMs"]))),
        )


def models_of(bundles, given):
    """Names and bundles of the models to compare with."""
    for path in given:
        model = pathlib.Path(path).resolve()
        bundle = bundles.folder / f"{model.parent.name}-{model.stem}"
        if not bundle.exists():
            Bundles.make(model, bundle)
        yield bundle.name, bundle
    for make in () if given else made_models.REAL_SIZE:
        yield make.__name__, bundles.of(make.__name__)


measured = {}


def measured_once(name, bundle, seconds):
    """Prediction and ranking share the measurement of a float model."""
    if name not in measured:
        measured[name] = Measured(bundle, seconds)
    return measured[name]


def cell(ms):
    return "-" if ms is None else f"{ms:.1f}"


def prediction(bundles, given):
    lines.append("| model | load | requests/s | p95 lab, ms | p95 server, ms | p95 ratio | throughput ratio | holds |")
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for name, bundle in models_of(bundles, given.model):
        server = measured_once(name, bundle, given.seconds)
        for index, (share, found) in enumerate(zip(SHARES, server.document["rates"])):
            said = server.simulated(index)
            p95, own = said["answeredMs"]["p95"], found["answeredMs"]["p95"]
            ratio = p95 / own if p95 and own else float("nan")
            throughput = said["servedPerSecond"] / max(1e-9, found["servedPerSecond"])
            holds = 1 / 1.3 <= ratio <= 1.3 and abs(throughput - 1) <= 0.05
            texts = f"{found['perSecond']:g} | {cell(p95)} | {cell(own)} | {ratio:.2f} | {throughput:.3f} | {'yes' if holds else 'no'}"
            lines.append(f"| {name} | {share:.0%} | {texts} |")
            row(f"{name} at {share:.0%} of capacity", f"p95 lab / server {ratio:.2f}, throughput {throughput:.3f}", "within 1.3, within 5 %", holds)


def calibration(bundles):
    file = bundles.folder / "pictures.npz"
    np.savez(file, x=np.random.default_rng(3).standard_normal((32, 3, 32, 32)).astype("float32"))
    return file


def int8_of(bundles, name):
    """A bundle of the int8 variant of a made model."""
    bundle, model = bundles.folder / f"{name}-int8", bundles.folder / f"{name}-int8.onnx"
    if not bundle.exists():
        data = ("--data", calibration(bundles)) if INT8[name] == "quantize-static" else ()
        pareto("optimize", bundles.folder / f"{name}.onnx", "--pass", INT8[name], *data, "-o", model)
        Bundles.make(model, bundle)
    return bundle


def ranking(bundles, given):
    """Which of float and int8 has the lower p95 at the same rates: by the lab, and by the servers."""
    lines.extend(["", "| model | requests/s | p95 lab: float, int8, ms | p95 server: float, int8, ms | same order |", "| --- | ---: | ---: | ---: | --- |"])
    right, tried = 0, 0
    for name in INT8:
        servers = [measured_once(name, bundles.of(name), given.seconds)]
        rates = [found["perSecond"] for found in servers[0].document["rates"][: len(SHARES)]]
        servers.append(Measured(int8_of(bundles, name), given.seconds, rates))
        for index, rate in enumerate(rates):
            said = [server.simulated(index)["answeredMs"]["p95"] for server in servers]
            found = [server.document["rates"][index]["answeredMs"]["p95"] for server in servers]
            # Too few answers for a p95: the server was overloaded.
            faster = [(one[1] or 1e9) < (one[0] or 1e9) for one in (said, found)]
            tried += 1
            right += faster[0] == faster[1]
            cells = " | ".join(", ".join(map(cell, one)) for one in (said, found))
            lines.append(f"| {name} | {rate:g} | {cells} | {'yes' if faster[0] == faster[1] else 'no'} |")
    row("ranking of float and int8", f"{right} of {tried}", "6 of 6", right == tried == 6)


def search(bundles, _):
    """The search of simulate --tune against every setting, on the times of one server."""
    server = Measured(bundles.of("cnn"), 1, (1,), threads=None)
    load = ("--times", server.file, "--arrivals", f"poisson:{round(0.6 * server.document['capacityPerSecond'], 1)}", "--duration-s", 20, "--target-ms", 20)
    model = model_of(server.bundle)
    tuned = pareto("simulate", model, *load, "--tune", "--max-batch", 16)["tuned"]
    settings = list(itertools.product((1, 2, 4, 8, 16, 32), (0, 1, 2, 5), (1, 2)))
    found = [
        pareto("simulate", model, *load, "--max-batch", batch, "--max-wait-ms", wait, "--instances", instances)["answeredMs"]["p95"]
        for batch, wait, instances in settings
    ]
    best = min(p95 for p95 in found if p95 is not None)
    ratio, share = tuned["best"]["p95Ms"] / best, len(tuned["tried"]) / len(settings)
    row(f"search against the best of {len(settings)}", f"p95 {ratio:.2f} of the best, {share:.0%} of the runs", "≤ 1.05, ≤ 25 %", ratio <= 1.05 and share <= 0.25)


CHECKS = [prediction, ranking, search]


if __name__ == "__main__":
    parser = parser_of_checks()
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--table", help="a file for the tables of prediction and ranking, in Markdown")
    parser.add_argument("--model", action="append", default=[], help="a model in place of the made ones, for the prediction")
    given = parser.parse_args()
    try:
        run_checks(CHECKS, given, given)
    finally:
        if given.table:
            pathlib.Path(given.table).write_text("\n".join([*lines, ""]))
