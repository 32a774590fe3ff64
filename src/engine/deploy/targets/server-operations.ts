/** Files for the operation of a bundle's server: replicas behind a load balancer, and a load test. */
import { quoted } from '../../quoted';
import { deploymentName, type DeployFacts } from '../deploy-facts';
import { measurementsOf } from '../measurements';

/** The image is the one that the bundle's Dockerfile builds. */
export function serverManifests(facts: DeployFacts): string {
  const { inspection } = facts;
  const name = quoted(deploymentName(inspection.file.name));
  return [
    `# docker build -f server/Dockerfile -t ${deploymentName(inspection.file.name)}:1 . && kubectl apply -f server/kubernetes.yaml
${deployment(name, quoted(`${deploymentName(inspection.file.name)}:1`), facts)}`,
    `apiVersion: v1
kind: ServiceAccount
metadata: { name: ${name} }
automountServiceAccountToken: false
`,
    `apiVersion: v1
kind: Service
metadata: { name: ${name}, labels: { app: ${name} } }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80, targetPort: 8000 }] }
`,
    autoscaler(name),
    `# One of two pods stays while nodes are emptied.
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: ${name} }
spec: { minAvailable: 1, selector: { matchLabels: { app: ${name} } } }
`,
    `# Requests may reach the port of the server. The server sends no requests.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name} }
spec:
  podSelector: { matchLabels: { app: ${name} } }
  policyTypes: [Ingress, Egress]
  ingress: [{ ports: [{ port: 8000, protocol: TCP }] }]
  egress: []
`,
  ].join('---\n');
}

/** The limit of processor cores of a container. */
const cores = 2;

function deployment(name: string, image: string, facts: DeployFacts): string {
  const { requestMi, limitMi } = containerMemory(facts);
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, labels: { app: ${name} } }
spec:
  replicas: 2
  # A new version replaces the old one pod by pod; kubectl rollout undo restores the old one.
  strategy: { type: RollingUpdate, rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata:
      labels: { app: ${name} }
      annotations: { prometheus.io/scrape: "true", prometheus.io/port: "8000", prometheus.io/path: /metrics }
    spec:
      serviceAccountName: ${name}
      automountServiceAccountToken: false
      securityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001, seccompProfile: { type: RuntimeDefault } }
      # Spreads pods over nodes and zones.
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app: ${name} } } }
        - { maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app: ${name} } } }
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - { weight: 100, podAffinityTerm: { topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: ${name} } } } }
      # 5 s until no more requests are sent here, then the time of the last requests.
      terminationGracePeriodSeconds: 30
      containers:
        - name: server
          image: ${image}
          imagePullPolicy: Always
          ports: [{ name: http, containerPort: 8000 }]
          env:
            - { name: MAX_WAIT_MS, value: "5" }
            - { name: CACHE_ENTRIES, value: "0" }
            # The limit of cpu. With 0, ONNX Runtime starts a thread for each core of the node.
            - { name: THREADS, value: "${cores}" }
            - { name: REPLICA, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
          resources:
            requests: { cpu: "1", memory: ${requestMi}Mi, ephemeral-storage: 64Mi }
            limits: { cpu: "${cores}", memory: ${limitMi}Mi, ephemeral-storage: 256Mi }
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, privileged: false, capabilities: { drop: [ALL] } }
          volumeMounts: [{ name: tmp, mountPath: /tmp }]
          lifecycle: { preStop: { exec: { command: [sleep, "5"] } } }
          startupProbe: { httpGet: { path: /v2/health/live, port: 8000 }, periodSeconds: 2, failureThreshold: 60 }
          readinessProbe: { httpGet: { path: /v2/health/ready, port: 8000 }, periodSeconds: 5, timeoutSeconds: 2 }
          livenessProbe: { httpGet: { path: /v2/health/live, port: 8000 }, periodSeconds: 10, timeoutSeconds: 5 }
      volumes: [{ name: tmp, emptyDir: { sizeLimit: 64Mi } }]
`;
}

/**
 * Returns the memory that a container of this model requests and its limit, in MiB. Python and ONNX Runtime take a fixed part, and
 * the model takes more than its size, because it is read and then prepared. If the server was measured, its peak fits.
 */
export function containerMemory(facts: DeployFacts): { readonly requestMi: number; readonly limitMi: number } {
  const modelMi = facts.modelBytes.plain / 2 ** 20;
  const peaks = measurementsOf(facts).servers.map(({ server }) => (server.peakMemoryBytes ?? 0) / 2 ** 20);
  const peakMi = Math.max(0, ...peaks);
  return {
    requestMi: Math.ceil(Math.max(512, 384 + 2 * modelMi, peakMi)),
    limitMi: Math.ceil(Math.max(1024, 768 + 3 * modelMi, 1.5 * peakMi)),
  };
}

/** Scaling by the processor alone works everywhere; the other two measures need an adapter of metrics. */
function autoscaler(name: string): string {
  return `# By the processor, without anything else. With prometheus-adapter or KEDA, also by what waits and what is in flight:
# - { type: Pods, pods: { metric: { name: inference_queue_length }, target: { type: AverageValue, averageValue: "16" } } }
# - { type: Pods, pods: { metric: { name: inference_requests_in_flight }, target: { type: AverageValue, averageValue: "32" } } }
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: ${name} }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: ${name} }
  minReplicas: 2
  maxReplicas: 8
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
  behavior: { scaleDown: { stabilizationWindowSeconds: 300 } }
`;
}

/** An open loop: requests come by a schedule that does not wait for answers, and latency counts from it. */
export function loadTest({ inspection }: DeployFacts): string {
  return `"""Asks the server in an open loop: python load_test.py [url] [requests a second] [seconds] [p99 in ms]. pip install httpx numpy"""
import asyncio
import base64
import json
import pathlib
import random
import sys
import time

import httpx
import numpy as np

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
RATE, SECONDS, TARGET_MS = (float(one) for one in (sys.argv[2:] + ["50", "10", "50"][len(sys.argv[2:]) :])[:3])
NAME = ${quoted(deploymentName(inspection.file.name))}
V2 = {"bool": "BOOL", "float16": "FP16", "float32": "FP32", "float64": "FP64"}

recorded = json.loads((pathlib.Path(__file__).resolve().parent.parent / "evidence" / "recorded.json").read_text())


VARIANTS = 64


def as_input(tensor, turn):
    """Makes requests unequal, because equal requests at the same time share one run."""
    data = np.frombuffer(base64.b64decode(tensor["base64"]), tensor["dtype"])
    data = data * (1 + turn / 1000) if data.dtype.kind == "f" else np.roll(data, turn)
    datatype = V2.get(tensor["dtype"], tensor["dtype"].upper())
    return {"name": tensor["name"], "datatype": datatype, "shape": tensor["shape"], "data": data.astype(tensor["dtype"]).tolist()}


BODIES = [json.dumps({"inputs": [as_input(tensor, turn) for tensor in recorded["inputs"]]}) for turn in range(VARIANTS)]


async def main():
    draw = random.Random(0)
    due, schedule = 0.0, []
    while (due := due + draw.expovariate(RATE)) < SECONDS:
        schedule.append(due)
    answered_ms, failed = [], 0
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=None)) as client:
        began = time.perf_counter()

        async def ask(turn, at):
            nonlocal failed
            await asyncio.sleep(max(0, at - (time.perf_counter() - began)))
            try:
                answer = await client.post(f"{URL}/v2/models/{NAME}/infer", content=BODIES[turn % VARIANTS])
                answer.raise_for_status()
            except httpx.HTTPError:
                failed += 1
            else:
                answered_ms.append((time.perf_counter() - began - at) * 1000)

        await asyncio.gather(*(ask(turn, at) for turn, at in enumerate(schedule)))
    if len(answered_ms) < 299:
        print(f"{len(answered_ms)} answers; a p99 needs 299 of them. Ask longer or more often.")
    if answered_ms:
        p50, p95, p99 = np.percentile(answered_ms, [50, 95, 99])
        print(f"{len(answered_ms)} answered, {failed} failed; p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms")
    if failed or not answered_ms or p99 > TARGET_MS:
        raise SystemExit(f"Not within {TARGET_MS:g} ms without a failure.")


asyncio.run(main())
`;
}
