/**
 * The lab against a server whose every part is known: one thread reads requests and writes answers while another runs batches, as the
 * server of a bundle. The lab sees only what `measure-server` measures of it.
 */
import { expect, it } from 'vitest';
import { median } from '../metrics/quantile';
import { createSeededRandom } from '../seeded-random';
import { scheduleRequests } from './arrivals';
import { EventQueue } from './event-queue';
import { percentiles } from './serving-result';
import { answerDelaysMs, servedBatchTimes, type ServerMeasurement } from './server-measurement';
import { measuredServiceTimes } from './service-times';
import { simulateServing } from './simulate';
import { exampleServerMeasurement } from './testing/example-server-measurement';

interface KnownServer {
  readonly maxBatch: number;
  readonly waitMs: number;
  /** Work of the thread of HTTP for each request, and for each answer. */
  readonly readMs: number;
  readonly writeMs: number;
  /** Time of a batch beyond its run, and of a run. */
  readonly handoverMs: number;
  readonly runMs: (batch: number) => number;
  /** Mean of the client's own delay. */
  readonly jitterMs: number;
}

/** Latencies of requests that are due at these times, or of `clients` that ask again after each answer until `untilMs`. */
function drive(server: KnownServer, dueMs: readonly number[], clients = 0, untilMs = 0): readonly number[] {
  const random = createSeededRandom(7);
  const work = new EventQueue<() => void>();
  const later = (atMs: number, run: () => void): void => work.add(atMs, run);
  let [httpFreeMs, isRunning] = [0, false];
  const queue: { due: number; arrived: number }[] = [];
  const latencies: number[] = [];
  const http = (nowMs: number, ms: number, done: (endMs: number) => void): void => {
    httpFreeMs = Math.max(httpFreeMs, nowMs) + ms;
    const endMs = httpFreeMs;
    later(endMs, () => done(endMs));
  };
  const send = (due: number): void => {
    const arrived = due - Math.log(1 - random.next()) * server.jitterMs;
    later(arrived, () =>
      http(arrived, server.readMs, (readMs) => {
        queue.push({ due, arrived });
        look(readMs);
      }),
    );
  };
  const look = (nowMs: number): void => {
    if (isRunning || queue.length === 0) return;
    const lateMs = queue[0]!.arrived + server.waitMs;
    if (queue.length < server.maxBatch && server.maxBatch > 1 && nowMs < lateMs) {
      later(lateMs, () => look(lateMs));
      return;
    }
    isRunning = true;
    const batch = queue.splice(0, server.maxBatch);
    const endMs = nowMs + server.handoverMs + server.runMs(batch.length) * (0.97 + 0.06 * random.next());
    later(endMs, () => {
      isRunning = false;
      for (const { due } of batch) {
        http(endMs, server.writeMs, (writtenMs) => {
          latencies.push(writtenMs - due);
          if (clients > 0 && writtenMs < untilMs) send(writtenMs);
        });
      }
      look(endMs);
    });
  };
  for (const due of clients > 0 ? Array.from({ length: clients }, () => 0) : dueMs) send(due);
  for (let next = work.next(); next !== undefined; next = work.next()) next.event();
  return latencies;
}

function measure(server: KnownServer): ServerMeasurement {
  const sizes = [1, 2, 4, 8, 16].filter((size) => size <= server.maxBatch);
  const batchTimes = sizes.map((batch) => ({
    batch,
    samplesMs: Array.from({ length: 30 }, (_, index) => server.runMs(batch) * (0.97 + 0.002 * index)),
  }));
  const busyMs = server.runMs(1) + server.waitMs + server.readMs + server.writeMs;
  const dueMs = Array.from({ length: 60 }, (_, index) => index * 3 * busyMs);
  const answersMs = [...drive(server, dueMs)];
  const untilMs = 2000;
  const answered = drive(server, [], 2 * server.maxBatch, untilMs).length;
  const runMs = server.runMs(1) + server.handoverMs;
  return {
    ...exampleServerMeasurement,
    server: { ...exampleServerMeasurement.server, maxBatch: server.maxBatch, maxWaitMs: server.waitMs },
    batchTimes,
    overheadMs: Math.max(0, median(answersMs) - server.runMs(1) - server.waitMs),
    alone: { answersMs, runMs },
    capacityPerSecond: (answered * 1000) / untilMs,
  };
}

function ratiosOf(server: KnownServer): readonly number[] {
  const measurement = measure(server);
  return [0.3, 0.6, 0.9].map((share, index) => {
    const perSecond = share * measurement.capacityPerSecond;
    const popularity = { count: 1, exponent: 0 };
    const due = scheduleRequests({ kind: 'poisson', perSecond }, 10, popularity, index).map(({ atMs }) => atMs);
    const found = percentiles(drive(server, due)).p95!;
    const { requests } = simulateServing({
      ...{ arrivals: { kind: 'poisson', perSecond }, durationS: 10, popularity, seed: index },
      ...{ policy: { maxBatch: server.maxBatch, maxWaitMs: server.waitMs }, instances: 1, cache: null },
      service: measuredServiceTimes(servedBatchTimes(measurement)),
      answerDelaysMs: answerDelaysMs(measurement),
    });
    return percentiles(requests.map(({ scheduledMs, endedMs }) => endedMs - scheduledMs)).p95! / found;
  });
}

const usual: KnownServer = {
  ...{ maxBatch: 16, waitMs: 5, readMs: 0.4, writeMs: 0.2, handoverMs: 0.3, jitterMs: 0.5 },
  runMs: (batch) => 2 + 6 * batch,
};

it.each<[string, KnownServer]>([
  ['a picture model', usual],
  ['a model whose batches save much', { ...usual, runMs: (batch) => 8 + batch }],
  ['a server that jitters', { ...usual, jitterMs: 4 }],
  ['a server without batches', { ...usual, maxBatch: 1, waitMs: 0 }],
  ['large requests that are read while batches run', { ...usual, readMs: 4, writeMs: 0.5 }],
])('predicts the p95 of %s at three loads', (_, server) => {
  for (const ratio of ratiosOf(server)) {
    expect(ratio).toBeGreaterThan(1 / 1.2);
    expect(ratio).toBeLessThan(1.2);
  }
});
