"""The lab against real servers, and its search against all settings. Not part of npm test.

    pip install fastapi uvicorn onnxruntime prometheus_client numpy onnx
    python tools/deploy-check/check_lab.py [--only <words of a check>] [--keep <folder>] [--seconds <of each load>]

Servers of four models run at 30, 60 and 90 % of their capacity. The lab simulates the same loads on the times that measure-server
wrote. Ratios count, and only on a machine with nothing else to do.
"""
import itertools
import json
import subprocess
import sys

from check_serving import ROOT, Bundles, parser_of_checks, row, run_checks

SHARES = (0.3, 0.6, 0.9)
MODELS = ("cnn", "text", "masked_text", "slow")


def pareto(*given):
    command = ["node", ROOT / "cli" / "pareto.mjs", *map(str, given), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr}")
    return json.loads(done.stdout)


def model_of(bundle):
    return next(bundle.glob("models/*/1/model.onnx"))


def measured(bundle, seconds, *rates):
    """The document of measure-server, and its file."""
    asked = ("--rates", ",".join(map(str, rates))) if rates else ("--rates", "1")
    document = pareto("measure-server", bundle, "--python", sys.executable, "--duration-s", seconds, *asked)
    file = bundle / "server.json"
    file.write_text(json.dumps(document))
    return document, file


def simulated(bundle, file, document, rate, seconds, seed=0):
    """Requests arrive at the same times as in the measurement if the seed is that of the measured rate."""
    server = document["server"]
    return pareto(
        *("simulate", model_of(bundle), "--times", file, "--arrivals", f"poisson:{rate}", "--duration-s", seconds, "--seed", seed),
        *("--max-batch", server["maxBatch"], "--max-wait-ms", round(server["maxWaitMs"]), "--timeout-ms", round(server["timeoutMs"])),
        *("--target-ms", round(document["targetMs"]) or 1),
    )


def prediction(bundles, seconds):
    for name in MODELS:
        bundle = bundles.of(name)
        first, _ = measured(bundle, 1)
        rates = [round(share * first["capacityPerSecond"], 2) for share in SHARES]
        document, file = measured(bundle, seconds, *rates)
        for index, (share, found) in enumerate(zip(SHARES, document["rates"])):
            said = simulated(bundle, file, document, found["perSecond"], seconds, document["seed"] + index)
            p95, own = said["answeredMs"]["p95"], found["answeredMs"]["p95"]
            ratio = p95 / own if p95 and own else float("nan")
            throughput = said["servedPerSecond"] / max(1e-9, found["servedPerSecond"])
            holds = 1 / 1.3 <= ratio <= 1.3 and abs(throughput - 1) <= 0.05
            row(f"{name} at {share:.0%} of capacity", f"p95 lab / server {ratio:.2f}, throughput {throughput:.3f}", "within 1.3, within 5 %", holds)


def ranking(bundles, seconds):
    """Compares a float model and its int8 variant: which is faster by the lab, and which by the server."""
    samples, right, tried = ROOT / "public" / "samples", 0, 0
    for sample in ("fashion-cnn", "digits-mlp"):
        capacity, said = {}, {}
        for kind in ("float", "int8"):
            bundle = bundles.folder / f"{sample}-{kind}"
            model = samples / f"{sample}.onnx"
            if kind == "int8":
                model = bundles.folder / f"{sample}-int8.onnx"
                if not model.exists():
                    pareto("optimize", samples / f"{sample}.onnx", "--pass", "quantize-dynamic", "-o", model)
            if not bundle.exists():
                Bundles.make(model, bundle)
            document, file = measured(bundle, seconds)
            capacity[kind] = document["capacityPerSecond"]
            said[kind] = [
                simulated(bundle, file, document, round(share * capacity["float"], 2), 30)["answeredMs"]["p95"] or 1e9 for share in SHARES
            ]
        for index, _ in enumerate(SHARES):
            tried += 1
            right += (said["int8"][index] < said["float"][index]) == (capacity["int8"] > capacity["float"])
    row("ranking of float and int8", f"{right} of {tried}", "6 of 6", right == tried == 6)


def search(bundles, _):
    """The search of simulate --tune against every setting, on the times of one server."""
    bundle = bundles.of("cnn")
    document, file = measured(bundle, 1)
    load = ("--times", file, "--arrivals", f"poisson:{round(0.6 * document['capacityPerSecond'], 1)}", "--duration-s", 20, "--target-ms", 20)
    tuned = pareto("simulate", model_of(bundle), *load, "--tune", "--max-batch", 16)["tuned"]
    settings = list(itertools.product((1, 2, 4, 8, 16, 32), (0, 1, 2, 5), (1, 2)))
    found = [
        pareto("simulate", model_of(bundle), *load, "--max-batch", batch, "--max-wait-ms", wait, "--instances", instances)["answeredMs"]["p95"]
        for batch, wait, instances in settings
    ]
    best = min(p95 for p95 in found if p95 is not None)
    ratio, share = tuned["best"]["p95Ms"] / best, len(tuned["tried"]) / len(settings)
    row(f"search against the best of {len(settings)}", f"p95 {ratio:.2f} of the best, {share:.0%} of the runs", "≤ 1.05, ≤ 25 %", ratio <= 1.05 and share <= 0.25)


CHECKS = [prediction, ranking, search]


if __name__ == "__main__":
    parser = parser_of_checks()
    parser.add_argument("--seconds", type=int, default=20)
    given = parser.parse_args()
    run_checks(CHECKS, given, given.seconds)
