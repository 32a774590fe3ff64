"""Tries a bundle's rollout.py against recorded answers of Prometheus. Needs Python alone. Not part of npm test.

    npm run -s pareto -- bundle public/samples/digits-mlp.onnx --targets rollout -o <bundle>
    python tools/deploy-check/check_rollout.py <bundle>
"""
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse

SCRIPT = pathlib.Path(sys.argv[1]).resolve() / "rollout" / "rollout.py"
PLAN = json.loads((SCRIPT.parent / "plan.json").read_text())
rows = []


class Recorded(http.server.BaseHTTPRequestHandler):
    """Answers every query as Prometheus 2.42 writes an instant vector: by the first words that are in the query."""

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)["query"][0]
        self.server.asked.append(query)
        # Ratios hold the query of the requests, too.
        name = next((one["name"] for one in PLAN["gates"] if fill(one["query"]) == query), "requests")
        value = self.server.values[name]
        value = value(len(self.server.asked)) if callable(value) else value
        result = [] if value is None else [{"metric": {}, "value": [1764500000.0, str(value)]}]
        body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def fill(query):
    return query.replace("SELECTOR", PLAN["selector"]).replace("WINDOW", "1s")


GOOD = {"requests": 1000, "errors": 0.0, "p99 in ms": 20.0}


def run(title, wanted, starts=1, **values):
    """Exit code, the weights that were set, and the verdicts of the windows."""
    named = {one["name"]: None for one in PLAN["gates"]} | GOOD | {key.replace("_", " "): value for key, value in values.items()}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorded)
    server.values, server.asked = named, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        steps = [{**step, "windows": 2} for step in PLAN["steps"]]
        write = f"{sys.executable} -c \"open(r'{folder / 'weights'}', 'a').write('{{canary}} ')\""
        plan = {**PLAN, "windowS": 1, "mostPauses": 3, "steps": steps, "setWeight": write}
        (folder / "plan.json").write_text(json.dumps(plan))
        command = [sys.executable, SCRIPT, "--prometheus", f"http://127.0.0.1:{server.server_port}", "--plan", folder / "plan.json", "--state", folder / "state.json"]
        for _ in range(starts):
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        weights = (folder / "weights").read_text().split()
        verdicts = [line["verdict"] for line in lines if line["event"] == "window"]
    server.shutdown()
    found = (done.returncode, weights, verdicts)
    rows.append(found == wanted)
    print(f"{'ok  ' if rows[-1] else 'FAIL'} | {title:48} | {found}{'' if rows[-1] else f' instead of {wanted}'}", flush=True)


run("a good version gets everything", (0, ["5", "25", "50", "100"], ["pass"] * 8))
run("2 % errors roll back in the first window", (1, ["5", "0"], ["fail"]), errors=0.02)
run("errors that begin in the second window", (1, ["5", "0"], ["pass", "fail"]), errors=lambda asked: 0.0 if asked <= 6 else 0.02)
run("a slow one rolls back", (1, ["5", "0"], ["fail"]), p99_in_ms=80.0)
run("inputs that drift roll back", (1, ["5", "0"], ["fail"]), drift_of_inputs=1.4)
run("no data does not pass", (2, ["5"], ["pause"] * 3), requests=None, errors=None, p99_in_ms=None)
run("too few requests do not pass, nor fail", (2, ["5"], ["pause"] * 3), requests=20, errors=0.5)
run("it was rolled back: a second start does nothing", (1, ["5", "0"], []), starts=2, errors=0.02)
print(f"{sum(rows)} of {len(rows)} hold")
sys.exit(0 if all(rows) else 1)
