"""Moves requests to the new version step by step, and back if a gate fails. Needs only Python.

    python rollout.py --prometheus http://prometheus:9090

plan.json has the steps, the gates and the command that sets the weight. state.json keeps where it is: started again, it goes on.
Exit code 0: all requests go to the new version. 1: rolled back. 2: stopped, the weight is as it was.
"""
import argparse
import json
import math
import pathlib
import shlex
import subprocess
import sys
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
OPERATORS = {"<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}


def say(event, **facts):
    print(json.dumps({"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **facts}), flush=True)


class Prometheus:
    def __init__(self, url: str):
        self.url = url.rstrip("/")

    def ask(self, query: str) -> float | None:
        """One number; None without data or without an answer."""
        try:
            asked = f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
            with urllib.request.urlopen(asked, timeout=10) as answer:
                result = json.load(answer)["data"]["result"]
            value = float(result[0]["value"][1]) if result else math.nan
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            say("no answer of Prometheus", error=str(error)[:200])
            return None
        return value if math.isfinite(value) else None


def assess(plan, prometheus) -> tuple[str, list]:
    """fail if a gate fails, pause if one has too little data, or else pass."""
    seen, verdict = [], "pass"

    def fill(query: str) -> str:
        return query.replace("SELECTOR", plan["selector"]).replace("WINDOW", f"{plan['windowS']}s")

    requests = prometheus.ask(fill(plan["requests"])) or 0.0
    for gate in plan["gates"]:
        value = prometheus.ask(fill(gate["query"]))
        if value is None or requests < gate["minRequests"]:
            # A server without reference data has no value for this gate.
            ended = "skipped" if gate.get("optional") and value is None else "pause"
        else:
            ended = "pass" if OPERATORS[gate["op"]](value, gate["value"]) else "fail"
        seen.append({"gate": gate["name"], "value": value, "limit": gate["value"], "verdict": ended})
        if ended == "fail" or (ended == "pause" and verdict == "pass"):
            verdict = ended
    return verdict, [{"requests": requests}, *seen]


def set_weight(plan, weight: int):
    """No shell: names cannot become commands."""
    words = [word.replace("{canary}", str(weight)).replace("{stable}", str(100 - weight)) for word in shlex.split(plan["setWeight"])]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError((done.stderr or done.stdout).strip()[-300:] or f"exit code {done.returncode}")
    say("weight", weight=weight)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prometheus", required=True)
    parser.add_argument("--plan", default=str(HERE / "plan.json"))
    parser.add_argument("--state", default=str(HERE / "state.json"))
    given = parser.parse_args()
    plan, state = json.loads(pathlib.Path(given.plan).read_text()), pathlib.Path(given.state)
    prometheus, step = Prometheus(given.prometheus), 0
    if state.exists():
        kept = json.loads(state.read_text())
        if kept["ended"]:
            say("ended before", **kept)
            return 0 if kept["ended"] == "done" else 1
        step = kept["step"]

    def keep(ended: str | None = None):
        state.write_text(json.dumps({"step": step, "ended": ended}))

    try:
        while step < len(plan["steps"]):
            weight = plan["steps"][step]["weight"]
            set_weight(plan, weight)
            keep()
            held, paused = 0, 0
            while held < plan["steps"][step]["windows"]:
                time.sleep(plan["windowS"])
                verdict, seen = assess(plan, prometheus)
                say("window", weight=weight, verdict=verdict, gates=seen)
                if verdict == "fail":
                    set_weight(plan, 0)
                    keep("rolled back")
                    say("rolled back", weight=weight)
                    return 1
                # The step neither passes nor fails without data.
                held, paused = (held + 1, 0) if verdict == "pass" else (held, paused + 1)
                if paused >= plan["mostPauses"]:
                    say("stopped", why="too little data for too long", weight=weight)
                    return 2
            step += 1
        keep("done")
        say("done")
        return 0
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
        say("stopped", why=f"the weight could not be set: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
