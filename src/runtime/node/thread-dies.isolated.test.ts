/** A thread that is ended from outside while a job runs: the job ends with a sentence, and no bar stands still. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createCalibrationData } from '../../engine/data/calibration';
import { suggestMapping } from '../../engine/data/mapping/suggest-mapping';
import { openDataset } from '../../engine/data/open-dataset';
import { MemorySource } from '../../engine/onnx/byte-source';
import { resolveOptions } from '../../engine/passes/options';
import { passContext } from '../../engine/passes/testing/pass-context';
import { fineTune } from '../../engine/passes/train/fine-tune/fine-tune';
import { weakened } from '../../engine/passes/train/testing/small-net';
import { openModel } from '../../engine/recipe/open-model';
import { sensitivityTechnique } from '../../engine/search/sensitivity-techniques';
import { evaluateModels } from '../evaluation/evaluate-models';
import { measureSensitivity } from '../search/measure-sensitivity';
import type { SearchHost } from '../search/search-request';
import { measureBatches } from '../serving/measure-batches';
import { runLive } from '../serving/run-live';
import { createSessionInference } from '../session/session-inference';
import { createNodeHost } from './node-host';
import { createNodePictureDecoder } from './node-picture-decoder';

// Its threads share the code of the runtime then.
await import('../testing/keep-runtime');

const fate = vi.hoisted(() => ({ isSealed: false }));
vi.mock('node:worker_threads', async (original) => {
  const real = await original<typeof import('node:worker_threads')>();
  class Thread extends real.Worker {
    override postMessage(...given: Parameters<InstanceType<typeof real.Worker>['postMessage']>) {
      super.postMessage(...given);
      if (fate.isSealed) void this.terminate();
    }
  }
  return { ...real, Worker: Thread };
});

beforeEach(() => void (fate.isSealed = false));

const { signal } = new AbortController();
const sample = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../public/samples/${name}`, import.meta.url)));
const host: SearchHost = {
  signal,
  checkpoint: () => new Promise((resolve) => setImmediate(resolve)),
  createHash: () => {
    const hash = createHash('sha256');
    return { update: (part) => void hash.update(part), digestHex: () => hash.digest('hex') };
  },
  sessions: createNodeHost(),
  mostThreads: 1,
  inference: createSessionInference(createNodeHost),
  measuring: { sessions: createNodeHost(), timerResolutionUs: 5, crossOriginIsolated: true, softwareAdapter: false },
  exclusively: (_signal, job) => job(),
};
const bytes = sample('digits-mlp.onnx');
const opened = openModel({
  name: 'digits-mlp.onnx',
  source: new MemorySource(bytes),
  sha256: '',
  findData: () => undefined,
});
const files = { name: 'digits-mlp.onnx', model: new Blob([bytes]), externalData: [] };
const dataset = await openDataset(
  [{ path: 'digits-evaluation.npz', source: new MemorySource(sample('digits-evaluation.npz')) }],
  { decoder: createNodePictureDecoder(), context: host },
);
const { mapping } = suggestMapping(dataset.description, opened.inspection);
const calibration = createCalibrationData(
  {
    dataset,
    fingerprint: '',
    mapping,
    split: { seed: 0, calibration: 256, evaluation: null },
    inputs: opened.inspection.inputs,
    freeDimensions: {},
  },
  host,
);

/** Ends each thread that is asked for something, once the job has told so often how far it is. */
function killAfter(count: number): () => void {
  let told = 0;
  return () => {
    told += 1;
    if (told === count) fate.isSealed = true;
  };
}

const ended = /The worker of the session ended: exit code [01], probably out of memory/;
const asked = { files, ep: 'wasm', threads: 1, freeDimensions: {}, seed: 0 } as const;

describe('a thread that dies', () => {
  it('ends a training', async () => {
    const tell = killAfter(40);
    const context = passContext({
      original: opened.model,
      inference: host.inference!,
      data: calibration,
      progress: tell,
      checkpoint: () => host.checkpoint(),
    });
    const options = resolveOptions(fineTune, { steps: 2000, matchLayers: false });
    await expect(fineTune.run(weakened(opened.model), options, context)).rejects.toThrow(ended);
  });

  it('ends a measurement of layers', async () => {
    const request = {
      opened,
      original: files,
      technique: sensitivityTechnique('4-bit-weights'),
      data: {
        dataset,
        mapping,
        indices: [0, 1, 2, 3],
        calibration: { samples: calibration.samples, take: () => calibration },
      },
      freeDimensions: {},
      threads: 1,
    };
    const measuring = measureSensitivity(host, request, { progress: killAfter(3), measured: () => undefined });
    await expect(measuring).rejects.toThrow(ended);
  });

  it('ends an evaluation, of this model alone', async () => {
    const request = {
      ...asked,
      models: [{ id: 'digits', files }],
      dataset,
      mapping,
      indices: Array.from({ length: 500 }, (_, index) => index),
      batch: 1,
    };
    await expect(evaluateModels(host, host.sessions, request, killAfter(5))).rejects.toThrow(ended);
  });

  it('ends the timing of batches, and a live run', async () => {
    const batches = { ...asked, batches: [1, 2, 4] };
    await expect(measureBatches(signal, createNodeHost(), batches, killAfter(2))).rejects.toThrow(ended);
    const load = {
      arrivals: { kind: 'poisson', perSecond: 50 },
      policy: { maxBatch: 4, maxWaitMs: 2 },
      instances: 2,
      cache: null,
      popularity: { count: 10, exponent: 0 },
      durationS: 60,
      seed: 0,
    } as const;
    await expect(runLive(signal, createNodeHost, { ...asked, load }, killAfter(5))).rejects.toThrow(ended);
  });
});
