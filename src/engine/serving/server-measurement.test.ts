import { describe, expect, it } from 'vitest';
import {
  answerDelaysMs,
  clientsAtCapacity,
  describeServerMeasurement,
  fullBatch,
  rateWithinTarget,
  servedBatchTimes,
  servedTimesByThreads,
  serverThreads,
  type MeasuredRate,
} from './server-measurement';
import { exampleServerMeasurement } from './testing/example-server-measurement';

const rate = (perSecond: number, withinTarget: number): MeasuredRate => ({
  ...{ perSecond, withinTarget, durationS: 10, requests: 100, servedPerSecond: 10, statuses: { 200: 100 }, lateMs: 0 },
  answeredMs: { p50: 5, p95: perSecond / 10, p99: null },
});

it('accepts a rate only if all lower rates hold too', () => {
  expect(rateWithinTarget([rate(100, 0.97), rate(50, 0.99), rate(200, 0.4), rate(300, 0.99)])).toBe(100);
  expect(rateWithinTarget([rate(50, 0.94)])).toBeNull();
});

it('says the limit, or that there is none', () => {
  const rates = [rate(50, 0.99), rate(100, 0.97)];
  const measured = { ...exampleServerMeasurement, rates, targetMs: 50, capacityPerSecond: 150 };
  expect(describeServerMeasurement({ ...measured, limits: { perSecondWithinTarget: 100 } })).toBe(
    'Up to 100 requests per second the server answers 95\u00a0% of requests within 50.0\u00a0ms (p95 10.0\u00a0ms); its capacity is 150 per second.',
  );
  expect(describeServerMeasurement({ ...measured, limits: { perSecondWithinTarget: null } })).toBe(
    'None of the measured rates reaches 95\u00a0% of requests within 50.0\u00a0ms.',
  );
});

describe('the cost of HTTP and JSON', () => {
  const timesWith = (overheadMs: number, capacityPerSecond: number) =>
    servedBatchTimes({
      ...exampleServerMeasurement,
      server: { ...exampleServerMeasurement.server, maxBatch: 4 },
      batchTimes: [
        { batch: 1, samplesMs: [10] },
        { batch: 4, samplesMs: [16] },
      ],
      ...{ overheadMs, capacityPerSecond },
    }).map(({ samplesMs }) => Number(samplesMs[0]!.toFixed(9)));

  it('gives a single request its time alone, and full batches the measured capacity', () => {
    expect(timesWith(1.3, 200)).toEqual([11.3, 20]);
    expect(timesWith(1, 200)).toEqual([11, 20]);
  });

  it('keeps the capacity if a request alone costs more or less than one of a full batch can', () => {
    expect(timesWith(9, 200)).toEqual([14, 20]);
    expect(timesWith(0, 200)).toEqual([11, 20]);
    expect(timesWith(2, 1000)).toEqual([10, 16]);
  });
});

describe('the delay of answers', () => {
  const measured = {
    ...exampleServerMeasurement,
    server: { ...exampleServerMeasurement.server, maxBatch: 4, maxWaitMs: 5 },
    batchTimes: [
      { batch: 1, samplesMs: [10] },
      { batch: 4, samplesMs: [16] },
    ],
    ...{ overheadMs: 9, capacityPerSecond: 200 },
    alone: { answersMs: [23, 21, 19, 15], runMs: 11 },
  };

  it('lets a single request occupy the server for its run only, and delays its answer by the rest', () => {
    expect(servedBatchTimes(measured).map(({ samplesMs }) => samplesMs[0])).toEqual([11, 20]);
    expect(answerDelaysMs(measured)).toEqual([0, 3, 5, 7]);
  });

  it('counts no wait of a server without batches, and all instances of one that has several', () => {
    const single = { ...measured.server, maxBatch: 1, instances: 2 };
    const batchTimes = [{ batch: 1, samplesMs: [10] }];
    const alone = { answersMs: [15, 15], runMs: 11 };
    const inParallel = { ...measured, server: single, batchTimes, alone };
    expect(servedBatchTimes(inParallel)).toEqual(batchTimes);
    expect(servedBatchTimes({ ...inParallel, capacityPerSecond: 125 })[0]!.samplesMs[0]).toBe(16);
    expect(answerDelaysMs(inParallel)).toEqual([5, 5]);
  });

  it('is unknown to a document of an earlier version', () => {
    expect(answerDelaysMs(exampleServerMeasurement)).toEqual([]);
  });
});

it('fills batches only up to a size of which two end within the timeout', () => {
  const batchTimes = [1, 2, 4, 8].map((batch) => ({ batch, samplesMs: [100 * batch] }));
  const largest = (maxBatch: number, timeoutMs: number) => fullBatch(batchTimes, { maxBatch, timeoutMs }).batch;
  expect(largest(8, 10_000)).toBe(8);
  expect(largest(4, 10_000)).toBe(4);
  expect(largest(8, 1000)).toBe(4);
  expect(largest(8, 10)).toBe(1);
  expect(fullBatch(batchTimes.slice(2), { maxBatch: 1, timeoutMs: 10_000 }).batch).toBe(4);
  expect(clientsAtCapacity(batchTimes, { maxBatch: 8, timeoutMs: 1000 })).toBe(8);
  expect(clientsAtCapacity(batchTimes, { maxBatch: 1, timeoutMs: 1000, instances: 4 })).toBe(8);
});

it('adds the same cost of HTTP and JSON to the times of other numbers of threads', () => {
  const { server } = exampleServerMeasurement;
  const measured = {
    ...exampleServerMeasurement,
    server: { ...server, maxBatch: 1, threads: 0, cores: 2 },
    batchTimes: [{ batch: 1, samplesMs: [4] }],
    timesByThreads: [{ threads: 1, batchTimes: [{ batch: 1, samplesMs: [7] }] }],
    capacityPerSecond: 200,
  };
  expect(serverThreads(measured)).toBe(2);
  expect([...servedTimesByThreads(measured)]).toEqual([
    [1, { times: [{ batch: 1, samplesMs: [8] }] }],
    [2, { times: [{ batch: 1, samplesMs: [5] }] }],
  ]);
  const timesByLength = [{ length: 16, batchTimes: [{ batch: 1, samplesMs: [3] }] }];
  expect(servedTimesByThreads({ ...measured, timesByLength }).get(2)!.texts).toEqual({
    isPadded: true,
    byLength: [{ length: 16, times: [{ batch: 1, samplesMs: [4] }] }],
  });
});
