"""Metrics for Prometheus. Every series has the model's name; Prometheus adds the replica as instance."""
from prometheus_client import Counter, Gauge, Histogram

ENDS = ("served", "cached", "shared", "refused", "rejected", "timed-out", "failed", "hung-up")
CODES = (200, 400, 408, 413, 429, 499, 500, 503, 504)

REQUESTS = Counter("inference_requests_total", "Requests by how they ended", ["model", "end"])
RESPONSES = Counter("inference_responses_total", "Requests by HTTP status; 499: the client had hung up", ["model", "code"])
LATENCY = Histogram("inference_latency_seconds", "From arrival to answer", ["model"])
BATCHES = Histogram("inference_batch_size", "Requests run together", ["model"], buckets=[1, 2, 4, 8, 16, 32, 64])
ROWS = Counter("inference_rows_total", "Rows that the model computed", ["model"])
NOT_FINITE = Counter("inference_outputs_not_finite_total", "Answers with numbers that are not finite", ["model"])
READY = Gauge("inference_model_ready", "1 while the model is loaded and takes requests", ["model", "replica"])
QUEUE = Gauge("inference_queue_length", "Requests that wait", ["model"])
RUNNING = Gauge("inference_requests_in_flight", "Requests that came and are not answered", ["model"])
CACHED = Gauge("inference_cache_entries", "Answers that are kept", ["model"])
SHADOW = Counter("inference_shadow_total", "Answers of the other model beside this one's", ["model", "shadow", "result"])
PSI, PSI_LIMIT, KS, KS_LIMIT = {}, {}, {}, {}
for side in ("input", "output"):
    of = ["model", side, "feature"]
    PSI[side] = Gauge(f"inference_{side}_psi", "Population stability index against the reference", of)
    PSI_LIMIT[side] = Gauge(f"inference_{side}_psi_limit", "What chance passes once in a thousand times, at least 0.1", of)
    KS[side] = Gauge(f"inference_{side}_ks", "Kolmogorov-Smirnov distance to the reference", of)
    KS_LIMIT[side] = Gauge(f"inference_{side}_ks_limit", "What chance passes once in a thousand times", of)


def begin(model: str):
    """Series exist from the start: a rate needs one before the first event."""
    for end in ENDS:
        REQUESTS.labels(model, end)
    for code in CODES:
        RESPONSES.labels(model, str(code))
    for one in (LATENCY, BATCHES, ROWS, NOT_FINITE):
        one.labels(model)


def forget(model: str, replica: str, drifts):
    """Removes gauges of a model that is unloaded: its last drift would alert forever. Its counters stay."""
    for gauge in (QUEUE, RUNNING, CACHED):
        gauge.remove(model)
    for one in drifts:
        side, of = drift_labels(model, one)
        for gauges in (PSI, PSI_LIMIT, KS, KS_LIMIT):
            gauges[side].labels(*of)
            gauges[side].remove(*of)
    READY.labels(model, replica).set(0)


def drift_labels(model: str, one):
    side = "input" if "input" in one else "output"
    return side, (model, one[side], one["feature"])


def show_drift(model: str, found):
    for one in found:
        side, of = drift_labels(model, one)
        PSI[side].labels(*of).set(one["psi"])
        PSI_LIMIT[side].labels(*of).set(one["psi_limit"])
        if "ks" in one:
            KS[side].labels(*of).set(one["ks"])
            KS_LIMIT[side].labels(*of).set(one["ks_limit"])
