"""Recomputes what `search`, `optimize --goal`, `evaluate` and `check` claim, without Pareto's code, and ends with 1 if a claim differs.

    pip install numpy onnxruntime scikit-learn skl2onnx pillow tokenizers
    python tools/recompute-claims.py [<model>=<data>…] [--write]

Two samples run, a random forest and a regression of scikit-learn, and the models that are named. Labels say what a loss is: a class
lost, or an error that grew. Texts without labels are compared by the cosines of embeddings. Sizes and hashes are those of the files, outputs
those of ONNX Runtime's own build, words those of the rule in docs/design/measuring.md, and exit codes follow from the limits.
95 % intervals of 100 random halves must hold the loss of all samples at least 90 times.
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
OWN = {"digits-mlp": "digits-evaluation", "fashion-cnn": "fashion-mnist-evaluation"}
Z = 1.959963984540054
TEXT_LIMIT = 0.002


class Claims:
    """Counts agreements, and keeps what disagrees."""

    def __init__(self):
        self.count, self.wrong = 0, []

    def equal(self, what, claimed, own, tolerance=0.0):
        self.count += 1
        if not (np.allclose(claimed, own, rtol=0, atol=tolerance) if tolerance else claimed == own):
            self.wrong.append(f"{what}: claims {claimed}, is {own}")


def scikit_models(folder):
    """A classifier and a regression with data that did not train them."""
    from skl2onnx import to_onnx
    from sklearn.datasets import load_breast_cancer, load_diabetes
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neural_network import MLPRegressor

    forest, regression = RandomForestClassifier(30, random_state=0), MLPRegressor(hidden_layer_sizes=(64, 64), max_iter=800, random_state=0)
    made = [("forest", forest, load_breast_cancer, {"zipmap": False}), ("regression", regression, load_diabetes, {})]
    for name, model, load, options in made:
        x, y = load(return_X_y=True)
        model.fit(x[:220], y[:220])
        data = x[220:].astype(np.float32)
        exported = to_onnx(model, data[:1], options={id(model): options}, target_opset=17)
        (folder / f"{name}.onnx").write_bytes(exported.SerializeToString())
        np.savez(folder / f"{name}.npz", X=data, labels=y[220:].astype(np.float32 if name == "regression" else np.int64))
        yield folder / f"{name}.onnx", folder / f"{name}.npz"


def pareto(*words):
    done = subprocess.run(["node", ROOT / "cli/pareto.mjs", *map(str, words), "--json"], capture_output=True, text=True)
    if not done.stdout.strip():
        raise RuntimeError(f"pareto {' '.join(map(str, words))}: {done.stderr[-500:]}")
    return json.loads(done.stdout), done.returncode


def picture(path, rule):
    """What torchvision computes with Pillow: the shorter side resized, the center cropped, channels normalized."""
    from PIL import Image

    size, filters = (rule["width"], rule["height"]), {"bilinear": 2, "bicubic": 3}
    with Image.open(path) as opened:
        image = opened.convert("L" if rule["channels"] == "gray" else "RGB")
    if rule["fit"] == "cover":
        scale = rule.get("shorterSide", max(size)) / min(image.size)
        image = image.resize([max(1, int(side * scale + 1e-9)) for side in image.size], filters[rule["filter"]])
        left, top = (round((side - kept) / 2) for side, kept in zip(image.size, size, strict=True))
        image = image.crop((left, top, left + size[0], top + size[1]))
    elif rule["fit"] == "exact":
        image = image.resize(size, filters[rule["filter"]])
    else:
        raise RuntimeError(f"the script does not know {rule['fit']}")
    pixels = np.atleast_3d(np.asarray(image, np.float32))
    pixels = pixels[..., ::-1] if rule["channels"] == "bgr" else pixels
    pixels = (pixels * np.float32(rule.get("scale", 1)) - np.float32(rule.get("mean", 0))) / np.float32(rule.get("std", 1))
    return pixels.transpose(2, 0, 1) if rule["layout"] == "NCHW" else pixels


def samples_of(model, data, mapping):
    """The feeds of all samples, each with a batch of 1, and their labels."""
    if data.is_dir():
        paths = sorted(data.glob("*/*.*"), key=lambda path: path.relative_to(data).as_posix())
        (name, rule), names = next(iter(mapping["inputs"].items())), sorted({path.parent.name for path in paths})
        classes = mapping["labels"].get("classes", names)
        return [{name: picture(path, rule["image"])[None]} for path in paths], np.array([classes.index(p.parent.name) for p in paths])
    if data.suffix == ".jsonl":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(model.parent / "tokenizer.json"))
        tokenizer.no_padding()
        rules = {name: rule["text"] for name, rule in mapping["inputs"].items()}
        tokenizer.enable_truncation(next(iter(rules.values()))["length"])
        lines = [tokenizer.encode(json.loads(line)["text"]) for line in data.read_text().splitlines()]
        of = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        return [{n: np.array([getattr(line, of[r["gives"]])]) for n, r in rules.items()} for line in lines], None
    arrays, (name, rule) = np.load(data), next(iter(mapping["inputs"].items()))
    rule = rule.get("image", rule)
    values = arrays[rule.get("array") or next(key for key in arrays if arrays[key].ndim > 1)].astype(np.float32)
    channels = (-1, *[1] * (values.ndim - 2)) if values.ndim > 2 else (-1,)
    scale, mean, std = (np.reshape(np.float32(rule.get(key, usual)), channels) for key, usual in (("scale", 1), ("mean", 0), ("std", 1)))
    return [{name: value[None]} for value in (values * scale - mean) / std], arrays[mapping["labels"]["array"]]


def outputs_of(path, feeds, output, settings):
    options = ort.SessionOptions()
    for key, value in settings.items():
        options.add_session_config_entry(key, value)
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return [session.run([output], feed)[0][0] for feed in feeds]


def scores_of(outputs, labels):
    """One number per sample, above is worse: 1 for a wrong answer, or the absolute error."""
    answers = np.stack(outputs)
    if labels.dtype.kind == "f":
        return np.abs(answers.ravel().astype(float) - labels.ravel())
    return (answers.argmax(axis=1) != labels).astype(float)


def cosine_losses(before, after):
    rows = zip(before, after, strict=True)
    return np.array([(1 - (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)).mean() for a, b in rows])


def tango(lost, won, n):
    """Tango's score interval of a difference of paired shares (1998), by bisection."""

    def statistic(d):
        big, small = -lost - won + (2 * n - lost + won) * d, -won * d * (1 - d)
        q = (np.sqrt(max(0.0, big * big - 8 * n * small)) - big) / (4 * n)
        return (lost - won - n * d) / np.sqrt(max(n * (2 * q + d * (1 - d)), 1e-300))

    def root(low, high, target):
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if statistic(middle) > target else (low, middle)
        return (low + high) / 2

    value = (lost - won) / n
    return root(-1 + 1e-12, value, Z), root(value, 1 - 1e-12, -Z)


def mean_of(values):
    """The mean with Student's interval; Cornish and Fisher's quantile is exact to 1e-6 from 30 on."""
    freedom, mean = len(values) - 1, values.mean()
    quantile = Z + (Z**3 + Z) / (4 * freedom) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)
    half = quantile * values.std(ddof=1) / np.sqrt(len(values))
    return mean, (mean - half, mean + half)


def loss_of(before, after, kind):
    """The loss with its 95 % interval, in the unit of the limit."""
    if kind == "texts":
        return mean_of(after)
    if kind == "numbers":
        value, interval = mean_of(after - before)
        return value / before.mean(), tuple(np.array(interval) / before.mean())
    lost, won = int((after > before).sum()), int((after < before).sum())
    return (lost - won) / len(before), tango(lost, won, len(before))


def word_of(value, interval, limit, is_confirmed=True):
    low, high = interval
    if high <= limit:
        return "within" if is_confirmed else "probably-within"
    if low > limit:
        return "outside"
    if high - low > 4 * limit:
        return "too-few-samples"
    return "probably-within" if value <= limit else "probably-outside"


def halves_that_hold(before, after, kind):
    whole, random, held = loss_of(before, after, kind)[0], np.random.default_rng(0), 0
    for _ in range(100):
        half = random.choice(len(before), len(before) // 2, replace=False)
        low, high = loss_of(before[half], after[half], kind)[1]
        held += low - 1e-12 <= whole <= high + 1e-12
    return held


def claimed_loss(said, kind):
    """The loss that `evaluate` claims, as `loss_of` returns it."""
    if kind == "texts":
        return said["outputMatch"]["perOutput"][0]["cosineLoss"].values()
    value, (low, high) = (said["against"]["difference"][key] for key in ("value", "interval"))
    scale = said["against"]["metrics"]["mae"]["value"] if kind == "numbers" else -1
    return value / scale, sorted((low / scale, high / scale))


def check_file(claims, what, path, size, sha256):
    claims.equal(f"{what} size", size, path.stat().st_size)
    claims.equal(f"{what} hash", sha256, hashlib.sha256(path.read_bytes()).hexdigest())


def examine(model, data, folder):
    claims, name = Claims(), model.parent.name if model.stem == "model" else model.stem
    variant = folder / "goal.onnx"
    source = ["--data", data]
    if data.suffix == ".jsonl":
        source += ["--tokenizer", model.parent / "tokenizer.json"]
    made, code = pareto("optimize", model, "--goal", "smaller", *source, "-o", variant)
    claims.equal("optimize exit", code, 0)
    claims.equal("optimize original", made["sizeBytes"]["original"], model.stat().st_size)
    check_file(claims, "optimize", variant, made["sizeBytes"]["variant"], made["variant"]["sha256"])
    said, code = pareto("evaluate", variant, "--against", model, *source)
    claims.equal("evaluate exit", code, 0)
    feeds, labels = samples_of(model, data, said["mapping"])
    kind = "texts" if labels is None else "numbers" if labels.dtype.kind == "f" else "classes"
    output = said["outputMatch"]["perOutput"][0]["name"] if labels is None else said["mapping"]["task"]["output"]
    # Pareto opens a file with the settings that its document states for it.
    settings = made["variant"].get("sessionOptions", {})
    found = [outputs_of(path, feeds, output, each) for path, each in ((model, {}), (variant, settings))]
    if labels is None:
        scores = [np.zeros(len(feeds)), cosine_losses(*found)]
    else:
        scores = [scores_of(each, labels) for each in found]
        for side, score, document in zip(("original", "variant"), scores, (said["against"], said), strict=True):
            metric, own = ("mae", score.mean()) if kind == "numbers" else ("top1", 1 - score.mean())
            # Kernels round differently, so an answer at a border may differ.
            claims.equal(f"evaluate {metric} of the {side}", document["metrics"][metric]["value"], own, max(1e-3 * own, 1.5 / len(score)))
    limit = TEXT_LIMIT if kind == "texts" else 0.01
    before, after = scores
    value, interval = loss_of(before, after, kind)
    claimed, span = claimed_loss(said, kind)
    close = 3 / len(feeds) if kind == "classes" else max(1e-3, 0.02 * abs(value)) if kind == "numbers" else 0.05 * value + 1e-6
    claims.equal("evaluate loss", claimed, value, close)
    claims.equal("evaluate interval", span, interval, close)
    if kind == "classes":
        counts = said["against"]["difference"]
        exact = tango(counts["onlyOriginal"], counts["onlyVariant"], len(feeds))
        claims.equal("evaluate interval by its counts", span, exact, 1e-5)
    claims.equal("evaluate word", said["lossVerdict"]["word"], word_of(claimed, span, limit))
    claims.equal("evaluate limit", said["lossVerdict"]["limit"], limit)
    held = halves_that_hold(before, after, kind)
    claims.equal("halves that hold", held >= 90, True)
    decibels = said["outputMatch"]["sqnrDb"]
    for size, allowed, least in ((10**9, limit, 1), (1, 1e-9, 99)):
        budget = folder / "budget.json"
        budget.write_text(json.dumps({"sizeBytes": size, **({} if kind == "texts" else {"accuracyLoss": allowed}), "sqnrDb": least}))
        checked, code = pareto("check", model, variant, "--budget", budget, *source)
        checks = {check["limit"]: check for check in checked["checks"]}
        claims.equal(f"check size {size}", checks["sizeBytes"]["holds"], variant.stat().st_size <= size)
        claims.equal(f"check outputs {least}", checks["sqnrDb"]["holds"], decibels >= least)
        claims.equal("check exit", code, 0 if all(check["holds"] for check in checks.values()) else 1)
        if kind != "texts":
            claims.equal(f"check loss {allowed}", checks["accuracyLoss"]["holds"], bool(claimed <= allowed))
            claims.equal(f"check word {allowed}", checks["accuracyLoss"]["lossVerdict"]["word"], word_of(claimed, span, allowed))
    best = examine_search(claims, model, source, folder / "found", limit)
    sizes = f"{model.stat().st_size:,} → {variant.stat().st_size:,}"
    loss = f"{100 * value:.2f} ({100 * interval[0]:.2f} to {100 * interval[1]:.2f})"
    return [name, sizes, loss, said["lossVerdict"]["word"], str(held), best, str(claims.count), str(len(claims.wrong))], claims.wrong


def examine_search(claims, model, source, out, limit):
    found, code = pareto("search", model, *source, "--budget-s", 10, "-o", out)
    claims.equal("search original", found["originalBytes"], model.stat().st_size)
    claims.equal("search exit", code, 0)
    for candidate in found["candidates"]:
        loss, is_confirmed = candidate.get("confirmed", candidate.get("loss")), candidate.get("confirmed", {}).get("word") == "confirmed"
        if loss is None or loss["interval"] is None:
            continue
        claims.equal(f"search word of {candidate['id']}", candidate["lossVerdict"]["word"], word_of(loss["value"], loss["interval"], limit, is_confirmed))
        if "onlyOriginal" in loss:
            exact = tango(loss["onlyOriginal"], loss["onlyVariant"], loss["samples"])
            claims.equal(f"search interval of {candidate['id']}", loss["interval"], exact, 1e-5)
    if found["best"] in (None, "original"):
        claims.equal("search writes no best", (out / "best.onnx").exists(), False)
        return "none"
    best = next(candidate for candidate in found["candidates"] if candidate["id"] == found["best"])
    check_file(claims, "search best", out / "best.onnx", best["sizeBytes"], best["sha256"])
    # A search that had too few samples says so, and recommends nothing.
    claims.equal("search best is no loss", best["lossVerdict"]["word"] in ("within", "probably-within", "too-few-samples"), True)
    claims.equal("search best is smaller", best["sizeBytes"] < model.stat().st_size, True)
    # No other one that keeps the limit as surely is smaller.
    sure = [c["sizeBytes"] for c in found["candidates"] if c.get("confirmed", {}).get("word") == "confirmed"]
    if best.get("confirmed", {}).get("word") == "confirmed":
        claims.equal("search best is the smallest", best["sizeBytes"] <= 1.01 * min(sure), True)
    return f"{best['id']}, {best['sizeBytes']:,}, {best['lossVerdict']['word']}"


def main():
    named = [word.split("=") for word in sys.argv[1:] if "=" in word]
    rows: list[list[str]] = []
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        own = [[SAMPLES / f"{name}.onnx", SAMPLES / f"{data}.npz"] for name, data in OWN.items()]
        for model, data in [*own, *scikit_models(folder), *([pathlib.Path(word) for word in pair] for pair in named)]:
            made = folder / f"{len(rows)}"
            made.mkdir()
            row, differing = examine(model, data, made)
            rows.append(row)
            wrong += [f"{row[0]}: {each}" for each in differing]
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
