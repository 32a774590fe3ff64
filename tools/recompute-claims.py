"""Recomputes what `search`, `optimize --goal`, `evaluate` and `check` claim, without Pareto's code, and ends with 1 if a claim differs.

    pip install numpy onnxruntime onnx scikit-learn skl2onnx
    python tools/recompute-claims.py [<model>…] [--write]

Six models run: four samples with their data, and a random forest and a regression of scikit-learn, which it makes. For each
it compares sizes with the files, losses and intervals with ONNX Runtime's own build, words with the rule in
docs/design/measuring.md, the best of a search with its limits, and exit codes with the limits. 95 % intervals of 100 random
halves of the data must hold the loss of all data at least 90 times.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime as ort
from results import ROOT, print_tables, write_results

SAMPLES = ROOT / "public/samples"
MODELS = ["digits-mlp", "fashion-cnn", "fashion-lstm", "fashion-transformer", "forest", "regression"]
LIMIT = 0.01
SIDES = ("original", "variant")


class Claims:
    """Counts agreements, and keeps what disagrees."""

    def __init__(self):
        self.count, self.wrong = 0, []

    def equal(self, what, claimed, own, tolerance=0.0):
        self.count += 1
        pairs = zip(np.ravel(np.array(claimed, float)), np.ravel(np.array(own, float))) if tolerance else [(claimed, own)]
        if any(abs(a - b) > tolerance if tolerance else a != b for a, b in pairs):
            self.wrong.append(f"{what}: claims {claimed}, is {own}")


def make_scikit_models(folder):
    """A classifier and a regression with data that did not train them."""
    from skl2onnx import to_onnx
    from sklearn.datasets import load_breast_cancer, load_diabetes
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neural_network import MLPRegressor

    x, y = load_breast_cancer(return_X_y=True)
    forest = RandomForestClassifier(30, random_state=0).fit(x[:250], y[:250])
    data = {"forest": (forest, x, y, 250)}
    x, y = load_diabetes(return_X_y=True)
    regression = MLPRegressor(hidden_layer_sizes=(64, 64), max_iter=800, random_state=0).fit(x[:200], y[:200])
    data["regression"] = (regression, x, y, 200)
    for name, (model, x, y, trained) in data.items():
        options = {"zipmap": False} if name == "forest" else {}
        made = to_onnx(model, x[:1].astype(np.float32), options={id(model): options}, target_opset=17)
        (folder / f"{name}.onnx").write_bytes(made.SerializeToString())
        labels = y[trained:] if name == "forest" else y[trained:].astype(np.float32)
        np.savez(folder / f"{name}.npz", X=x[trained:].astype(np.float32), labels=labels)


def files_of(name, folder):
    if name in ("forest", "regression"):
        return folder / f"{name}.onnx", folder / f"{name}.npz"
    data = "digits-evaluation" if name == "digits-mlp" else "fashion-mnist-evaluation"
    return SAMPLES / f"{name}.onnx", SAMPLES / f"{data}.npz"


def pareto(*words):
    done = subprocess.run(["node", str(ROOT / "cli/pareto.mjs"), *map(str, words), "--json"], capture_output=True, text=True)
    if not done.stdout.strip():
        raise RuntimeError(f"pareto {' '.join(map(str, words))}: {done.stderr[-500:]}")
    return json.loads(done.stdout), done.returncode


def outputs_of(path, inputs, document):
    """Runs with the preprocessing of the claimed mapping: pixels divided and normalized, tables as they are."""
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    rule = document["mapping"]["inputs"][feed.name]
    values = inputs[rule["array"]].astype(np.float32)
    if set(rule) - {"array", "scale", "mean", "std"}:
        raise RuntimeError(f"the script does not know the preprocessing {rule}")
    for key, change in (("scale", np.multiply), ("mean", np.subtract), ("std", np.divide)):
        if key in rule:
            given = np.array(rule[key], np.float32)
            values = change(values, given.reshape(-1, *[1] * (values.ndim - 2)) if given.size > 1 else given.ravel()[0] if given.ndim else given)
    names = [output.name for output in session.get_outputs()]
    parts = [session.run(names, {feed.name: part}) for part in np.array_split(values, -(-len(values) // 64))]
    task = document["task"]["output"]
    return np.concatenate([part[names.index(task)] for part in parts])


def scores_of(outputs, labels, is_regression):
    """One number per sample: the absolute error, or 1 for a wrong answer. Above is worse."""
    if is_regression:
        return np.abs(outputs.ravel().astype(float) - labels.ravel())
    return (outputs.argmax(axis=1) != labels).astype(float)


def tango(only_original, only_variant, samples):
    """Tango's score interval of a difference of paired shares (1998), by bisection: lost answers as a share."""
    b, c, n = only_original, only_variant, samples

    def statistic(d):
        big, small = -b - c + (2 * n - b + c) * d, -c * d * (1 - d)
        q = (np.sqrt(max(0.0, big * big - 8 * n * small)) - big) / (4 * n)
        spread = n * (2 * q + d * (1 - d))
        return (b - c - n * d) / np.sqrt(max(spread, 1e-300))

    def root(low, high, target):
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if statistic(middle) > target else (low, middle)
        return (low + high) / 2

    value = (b - c) / n
    return root(-1 + 1e-12, value, T_975_EXACT), root(value, 1 - 1e-12, -T_975_EXACT)


T_975_EXACT = 1.959963984540054


def loss_of(before, after, is_regression):
    """The loss with its 95 % interval, in the unit of the limit."""
    difference, n = after - before, len(before)
    if not is_regression:
        lost, won = int((difference > 0).sum()), int((difference < 0).sum())
        return (lost - won) / n, tango(lost, won, n)
    scale, mean = before.mean(), difference.mean()
    half = student(n - 1) * difference.std(ddof=1) / np.sqrt(n)
    return mean / scale, ((mean - half) / scale, (mean + half) / scale)


def student(freedom):
    z = T_975_EXACT  # Cornish-Fisher, exact to 1e-6 for 30 and more
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def word_of(value, interval, limit, is_confirmed=True):
    low, high = interval
    if high <= limit:
        return "within" if is_confirmed else "probably-within"
    if low > limit:
        return "outside"
    if high - low > 4 * limit:
        return "too-few-samples"
    return "probably-within" if value <= limit else "probably-outside"


def halves_that_hold(before, after, is_regression):
    """In how many of 100 random halves the interval holds the loss of all samples."""
    all_of, _ = loss_of(before, after, is_regression)
    random, held = np.random.default_rng(0), 0
    for _ in range(100):
        half = np.sort(random.choice(len(before), len(before) // 2, replace=False))
        _, (low, high) = loss_of(before[half], after[half], is_regression)
        held += low - 1e-12 <= all_of <= high + 1e-12
    return held


def check_file(claims, what, path, size, sha256):
    claims.equal(f"{what} size", size, path.stat().st_size)
    claims.equal(f"{what} hash", sha256, hashlib.sha256(path.read_bytes()).hexdigest())


def examine(name, folder):
    claims = Claims()
    model, data = files_of(name, folder)
    inputs = np.load(data)
    labels, is_regression = inputs["labels"], name == "regression"
    variant = folder / f"{name}-goal.onnx"
    made, code = pareto("optimize", model, "--goal", "smaller", "--data", data, "-o", variant)
    claims.equal("optimize exit", code, 0)
    claims.equal("optimize original", made["sizeBytes"]["original"], model.stat().st_size)
    check_file(claims, "optimize", variant, made["sizeBytes"]["variant"], made["variant"]["sha256"])
    claims.equal("optimize verdict", made["lossVerdict"]["limit"], LIMIT)
    said, code = pareto("evaluate", variant, "--against", model, "--data", data)
    claims.equal("evaluate exit", code, 0)
    scores = [scores_of(outputs_of(path, inputs, said), labels, is_regression) for path in (model, variant)]
    metric = "mae" if is_regression else "top1"
    for side, score, document in zip(SIDES, scores, (said["against"], said)):
        own = score.mean() if is_regression else 1 - score.mean()
        # Kernels differ in their rounding, so an answer at a border may differ.
        tolerance = 1e-3 * abs(own) if is_regression else 1.5 / len(score)
        claims.equal(f"evaluate {metric} of the {side}", document["metrics"][metric]["value"], own, tolerance)
    value, interval = loss_of(*scores, is_regression)
    difference = said["against"]["difference"]
    claimed, span = (x if is_regression else -x for x in (difference["value"], np.array(difference["interval"])))
    scale = scores[0].mean() if is_regression else 1
    span = sorted(span / scale)
    close = 3 / len(labels) if not is_regression else 1e-3
    claims.equal("evaluate loss", claimed / scale, value, close)
    claims.equal("evaluate interval", span, interval, close)
    if not is_regression:
        exact = tango(difference["onlyOriginal"], difference["onlyVariant"], len(labels))
        claims.equal("evaluate interval by its counts", span, exact, 1e-5)
    claims.equal("evaluate word", said["lossVerdict"]["word"], word_of(claimed / scale, span, LIMIT))
    held = halves_that_hold(*scores, is_regression)
    claims.equal("halves that hold", held >= 90, True)
    for limit, size in ((LIMIT, 10**9), (LIMIT, 1), (1e-9, 10**9)):
        budget = folder / "budget.json"
        budget.write_text(json.dumps({"sizeBytes": size, "accuracyLoss": limit}))
        checked, code = pareto("check", model, variant, "--budget", budget, "--data", data)
        holds = {check["limit"]: check["holds"] for check in checked["checks"]}
        claims.equal(f"check size {size}", holds["sizeBytes"], variant.stat().st_size <= size)
        claims.equal(f"check loss {limit}", holds["accuracyLoss"], bool(claimed / scale <= limit))
        claims.equal("check exit", code, 0 if all(holds.values()) else 1)
        word = next(check["lossVerdict"]["word"] for check in checked["checks"] if "lossVerdict" in check)
        claims.equal(f"check word {limit}", word, word_of(claimed / scale, span, limit))
    best = examine_search(claims, name, (model, data), folder)
    size = f"{model.stat().st_size:,} → {variant.stat().st_size:,}"
    loss = f"{100 * value:.2f} ({100 * interval[0]:.2f} to {100 * interval[1]:.2f})"
    row = [name, size, loss, said["lossVerdict"]["word"], str(held), best, str(claims.count), str(len(claims.wrong))]
    return row, claims.wrong


def examine_search(claims, name, given, folder):
    model, data = given
    out = folder / f"{name}-found"
    found, code = pareto("search", model, "--data", data, "--budget-s", 20, "-o", out)
    claims.equal("search original", found["originalBytes"], model.stat().st_size)
    claims.equal("search exit", code, 0)
    for candidate in found["candidates"]:
        loss = candidate.get("confirmed", candidate.get("loss"))
        if loss is None or loss["interval"] is None:
            continue
        is_confirmed = candidate.get("confirmed", {}).get("word") == "confirmed"
        own = word_of(loss["value"], loss["interval"], found["limits"]["accuracyLoss"], is_confirmed)
        claims.equal(f"search word of {candidate['id']}", candidate["lossVerdict"]["word"], own)
        if "onlyOriginal" in loss:
            exact = tango(loss["onlyOriginal"], loss["onlyVariant"], loss["samples"])
            claims.equal(f"search interval of {candidate['id']}", loss["interval"], exact, 1e-5)
    if found["best"] in (None, "original"):
        claims.equal("search writes no best", (out / "best.onnx").exists(), False)
        return "none"
    best = next(candidate for candidate in found["candidates"] if candidate["id"] == found["best"])
    check_file(claims, "search best", out / "best.onnx", best["sizeBytes"], best["sha256"])
    claims.equal("search best is no loss", best["lossVerdict"]["word"] in ("within", "probably-within"), True)
    claims.equal("search best is smaller", best["sizeBytes"] < model.stat().st_size, True)
    # No other one that keeps the limit as surely is smaller.
    rivals = [c["sizeBytes"] for c in found["candidates"] if c.get("confirmed", {}).get("word") == "confirmed"]
    if best.get("confirmed", {}).get("word") == "confirmed":
        claims.equal("search best is the smallest", best["sizeBytes"] <= 1.01 * min(rivals), True)
    return f"{best['id']}, {best['sizeBytes']:,}, {best['lossVerdict']['word']}"


def main():
    names = [word for word in sys.argv[1:] if not word.startswith("--")] or MODELS
    rows, wrong = [], []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        make_scikit_models(folder)
        for name in names:
            row, differing = examine(name, folder)
            rows.append(row)
            wrong += [f"{name}: {each}" for each in differing]
            print(" | ".join(row), *differing, sep="\n  ", flush=True)
    columns = ["model", "bytes", "loss, %", "verdict", "halves that hold", "best of a search", "claims", "wrong"]
    tables = [{"columns": columns, "rows": rows}]
    if "--write" in sys.argv:
        write_results("claims", tables, [f"onnxruntime {ort.__version__}"])
    else:
        print_tables(tables)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
