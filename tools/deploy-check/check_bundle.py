"""Checks every file of a bundle with the parser or runtime of its own tool. Not part of npm test.

    npm run -s pareto -- bundle public/samples/fashion-cnn.onnx -o /tmp/bundle
    pip install tritonclient grpcio protobuf pyyaml onnxruntime numpy fastapi uvicorn prometheus_client httpx openvino \\
        kubernetes-validate
    python tools/deploy-check/check_bundle.py /tmp/bundle

promtool (Debian: prometheus) is looked for on the PATH and in $PROMTOOL. coreml/convert.py runs where $COREML_PYTHON names a Python
that has coremltools, torch and onnx2torch.
"""
import base64
import concurrent.futures
import importlib.util
import json
import os
import pathlib
import py_compile
import shutil
import subprocess
import sys
import time

import httpx
import yaml
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

bundle = pathlib.Path(sys.argv[1]).resolve()
promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
failures, missing = [], []


def check(title, work):
    try:
        note = work()
        print(f"ok    {title}{'' if note is None else f': {note}'}")
    except Exception as error:  # every check is reported
        failures.append(title)
        print(f"FAIL  {title}: {error}")


def needs(tool, is_there, title, work):
    """A check with a tool that is not everywhere. Without the tool it is named at the end."""
    if is_there:
        check(title, work)
    else:
        missing.append(f"{title} ({tool} is not there)")


def triton():
    path = next(bundle.glob("models/*/config.pbtxt"))
    config = text_format.Parse(path.read_text(), model_config_pb2.ModelConfig())
    assert config.name == path.parent.name, "the name is not the folder's"
    assert (path.parent / "1" / "model.onnx").exists(), "no model file"
    warmed = set(config.model_warmup[0].inputs)
    assert warmed == {one.name for one in config.input}, "the warm-up lacks an input"
    return f"{config.name}, max_batch_size {config.max_batch_size}"


def kserve():
    for path in sorted(bundle.glob("kubernetes/*.yaml")):
        service = yaml.safe_load(path.read_text())
        assert service["kind"] == "InferenceService" and service["spec"]["predictor"]["model"]["storageUri"]
    assert service["spec"]["predictor"]["canaryTrafficPercent"] == 5


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, (done.stdout + done.stderr)[-800:]
    return done.stdout.strip().splitlines()[-1]


def server():
    port = "8123"
    environment = {**os.environ, "CACHE_ENTRIES": "100", "MAX_BATCH": "8", "TIMEOUT_MS": "60000"}
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", port, "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=bundle / "server", env=environment)
    try:
        base = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                if httpx.get(f"{base}/v2/health/ready").json()["ready"]:
                    break
            except httpx.TransportError:
                time.sleep(0.2)
        return load(base)
    finally:
        process.terminate()
        process.wait()


def load(base):
    import numpy as np

    recorded = json.loads((bundle / "evidence" / "recorded.json").read_text())
    array = lambda t: np.frombuffer(base64.b64decode(t["base64"]), t["dtype"]).reshape(t["shape"])
    names = {"float32": "FP32", "int64": "INT64", "int32": "INT32", "uint8": "UINT8", "bool": "BOOL", "float16": "FP16"}
    name = next(bundle.glob("models/*")).name

    def ask(shift):
        inputs = []
        for tensor in recorded["inputs"]:
            data = array(tensor) + np.asarray(shift, tensor["dtype"]) if tensor["dtype"].startswith("float") else array(tensor)
            shape = {"name": tensor["name"], "datatype": names[tensor["dtype"]], "shape": tensor["shape"]}
            inputs.append({**shape, "data": data.ravel().tolist()})
        return httpx.post(f"{base}/v2/models/{name}/infer", json={"inputs": inputs}, timeout=60)

    # Large inputs take long to write as JSON.
    count = 200 if sum(array(tensor).size for tensor in recorded["inputs"]) < 20_000 else 40
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, [index % 20 / 100 for index in range(count)]))
    assert all(one.status_code == 200 for one in answers), [one.text for one in answers if one.status_code != 200][:1]
    for expected, found in zip(recorded["outputs"], answers[0].json()["outputs"]):
        assert np.allclose(array(expected).ravel(), found["data"], rtol=1e-3, atol=1e-3), expected["name"]
    assert ask(0).json()["outputs"] == answers[0].json()["outputs"]
    first = {"name": recorded["inputs"][0]["name"], "datatype": names[recorded["inputs"][0]["dtype"]]}
    scalar = {"inputs": [{**first, "shape": [], "data": [1]}]}
    for wrong in ["{", "[]", json.dumps({"inputs": [{"name": "x"}]}), json.dumps({"inputs": []}), json.dumps(scalar)]:
        refused = httpx.post(f"{base}/v2/models/{name}/infer", content=wrong)
        assert refused.status_code == 400, f"{wrong}: {refused.status_code}"
    assert ask(0.5).status_code == 200, "the server answers no more after what it refused"
    metrics = httpx.get(f"{base}/metrics").text
    cached = f'inference_requests_total{{end="cached",model="{name}"}}'
    assert cached in metrics, "the metrics do not count what came from the cache"
    assert httpx.get(f"{base}/cache-stats").json()[name]["hits"] > 0, "nothing came from the cache"
    if promtool:
        checked = subprocess.run([promtool, "check", "metrics"], input=metrics, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    if (bundle / "server" / "load_test.py").exists():
        print(f"      {run(sys.executable, 'load_test.py', base, '20', '5', '30000', cwd=bundle / 'server')}")
    return f"{count} of {count} answered{drifted(base, ask) if count == 200 else ''}"


def drifted(base, ask):
    """Feeds random inputs, which differ from the reference. The server must report that."""
    if not (bundle / "monitoring" / "reference.json").exists():
        return ""
    report = next(iter(httpx.get(f"{base}/drift").json().values()))
    assert report, "the server reports no drift figures"
    assert any(one["psi"] > one["psi_limit"] for one in report), "random inputs pass for the reference's"
    assert "inference_input_psi_limit{" in httpx.get(f"{base}/metrics").text
    return "; random inputs drift: " + ", ".join(f"{one['feature']} PSI {one['psi']:.2f}" for one in report)


def rules():
    folder = bundle / "monitoring"
    run(promtool, "check", "rules", "rules.yml", cwd=folder)
    return run(promtool, "test", "rules", "rules_test.yml", cwd=folder)


def server_manifests():
    from kubernetes_validate import validate

    documents = list(yaml.safe_load_all((bundle / "server" / "kubernetes.yaml").read_text()))
    for document in documents:
        validate(document, "1.31", strict=True)
    return ", ".join(document["kind"] for document in documents)


check("verify.py", lambda: run(sys.executable, "verify.py", cwd=bundle))
for script in bundle.glob("**/*.py"):
    check(f"{script.relative_to(bundle)} compiles", lambda script=script: py_compile.compile(str(script), doraise=True) and None)
for document in bundle.glob("**/*.json"):
    check(f"{document.relative_to(bundle)} parses", lambda document=document: json.loads(document.read_text()) and None)
if any(bundle.glob("models/*/config.pbtxt")):
    check("Triton's configuration", triton)
if (bundle / "kubernetes").exists():
    check("KServe's manifests", kserve)
if (bundle / "monitoring").exists():
    needs("promtool", promtool, "monitoring/rules.yml and its test", rules)
if (bundle / "coreml").exists() and os.environ.get("COREML_PYTHON"):
    check("coreml/convert.py", lambda: run(os.environ["COREML_PYTHON"], "convert.py", cwd=bundle / "coreml"))
if (bundle / "tensorrt").exists():
    check("tensorrt/build.sh", lambda: subprocess.run(["sh", "-n", bundle / "tensorrt/build.sh"], check=True) and None)
if (bundle / "server").exists():
    check("the server", server)
    needs("kubernetes_validate", importlib.util.find_spec("kubernetes_validate"), "server/kubernetes.yaml", server_manifests)
if (bundle / "openvino").exists():
    needs("openvino", importlib.util.find_spec("openvino"), "openvino/convert.py", lambda: run(sys.executable, "convert.py", cwd=bundle / "openvino"))
if (bundle / "web").exists():
    check("web/run-model.js", lambda: subprocess.run(["node", "--check", bundle / "web/run-model.js"], check=True) and None)
for one in missing:
    print(f"not run: {one}")
sys.exit(1 if failures else 0)
