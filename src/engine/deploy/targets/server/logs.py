"""Writes one JSON object a line to stdout, for log collectors. Texts of clients are cut and have no line ends."""
import json
import sys
import time
import traceback


def log(event: str, **facts):
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 1_000_000 % 1000:03d}Z", "event": event, **facts}
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()


def log_error(event: str, error: BaseException, **facts):
    log(event, level="error", error=str(error)[:500], trace="".join(traceback.format_exception(error))[-2000:], **facts)
