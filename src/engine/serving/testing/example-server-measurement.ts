import type { ServerMeasurement } from '../server-measurement';

/** A measurement in the form that `measure-server --json` prints. */
export const exampleServerMeasurement: ServerMeasurement = {
  model: 'digits-mlp',
  sha256: 'b'.repeat(64),
  server: {
    ...{ python: '3.11.7', onnxruntime: '1.32.0', machine: 'Linux x86_64', cores: 2, threads: 0 },
    ...{ maxBatch: 16, maxWaitMs: 5, timeoutMs: 1000, peakMemoryBytes: 100_000_000 },
  },
  targetMs: 50,
  seed: 0,
  inputs: { kind: 'synthetic', count: 64 },
  batchTimes: [
    { batch: 1, samplesMs: [2, 2, 3] },
    { batch: 16, samplesMs: [8, 8, 9] },
  ],
  overheadMs: 1.5,
  capacityPerSecond: 400,
  rates: [
    {
      ...{ perSecond: 100, durationS: 10, requests: 1000, servedPerSecond: 100, statuses: { 200: 1000 } },
      ...{ answeredMs: { p50: 8, p95: 12, p99: 20 }, withinTarget: 1, lateMs: 0.4 },
    },
  ],
  limits: { perSecondWithinTarget: 100 },
};
