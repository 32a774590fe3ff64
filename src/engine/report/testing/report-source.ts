/** The source of a report, for tests that create one. Every number is invented. */
import type { CellResult } from '../../metrics/cell';
import { createReport, type ReportSource } from '../create-report';
import type { Report } from '../report-schema';

const openInput = 'the size of the input "x" is open';
const sha256 = 'ab'.repeat(32);

const match: CellResult['outputMatch'] = {
  sqnrDb: 41.2,
  maxAbs: 0.01,
  cosine: 0.9999,
  identical: false,
  samples: 8,
  inputs: 'synthetic',
  outputs: [{ name: 'y', sqnrDb: 41.2, maxAbs: 0.01, cosine: 0.9999 }],
  valid: true,
};

export const exampleSource: ReportSource = {
  createdAt: '2026-11-24T16:00:00.000Z',
  software: { pareto: '0.1.0', onnxruntimeWeb: '1.30.0' },
  inspection: {
    file: { name: 'model.onnx', sizeBytes: 10_822_323, sha256 },
    irVersion: 8,
    producer: 'a tool 1.0',
    opsets: [{ domain: '', version: 17 }],
    functions: [],
    inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 3, null] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: null }],
    parameters: 2_690_312,
    unreadParameters: 0,
    weightBytes: 10_761_248,
    macs: null,
    flops: null,
    bytes: null,
    peakActivationBytes: null,
    peakActivation: null,
    unknown: { macs: openInput, flops: openInput, bytes: openInput },
    uncountedOperators: [],
    peakActivationUnknown: 'The size of "x" is not known.',
    operators: { Conv: 2, Relu: 1 },
    precision: [],
    deadWeights: [],
    providers: {
      wasm: { sentence: '', evidence: '', leaves: [], copies: 0, notMeasured: [] },
      webgpu: { sentence: '', evidence: '', leaves: [], copies: 0, notMeasured: [] },
      webnn: { sentence: '', evidence: '', leaves: [], copies: 0, notMeasured: [] },
    },
    nodes: ['Conv', 'Relu', 'Conv'].map((op, index) => ({
      path: `graph/${op}_${index}`,
      name: '',
      op,
      domain: '',
      inputs: [],
      outputs: [],
      parameters: 0,
      macs: null,
      flops: null,
      bytes: null,
      outputShapes: [],
    })),
    values: {},
    externalFiles: [],
    warnings: [],
  },
  device: null,
  inputs: { seed: 1, freeDimensions: { N: 1 } },
  variants: [
    {
      id: 'v1',
      name: 'int8 (dynamic)',
      recipe: {
        version: 1,
        seed: 0,
        steps: [{ pass: 'quantize-dynamic', enabled: true, options: { perChannel: true, exclude: ['a', 'b'] } }],
      },
      optimization: {
        model: { name: 'model.onnx', sizeBytes: 10_822_323, sha256, nodes: 3, parameters: 2_690_312 },
        variant: { sizeBytes: 2_900_000, sha256, nodes: 5, parameters: 2_690_400, macs: null },
        sizeBytes: { original: 10_822_323, variant: 2_900_000 },
        passes: [
          {
            id: 'quantize-dynamic',
            options: {},
            ms: 12.5,
            changes: [{ path: 'graph/Conv_0', op: 'Conv', what: 'quantized' }],
            refusals: [
              { path: 'graph/Conv_2', op: 'Conv', code: 'slow', reason: 'It would be slow.' },
              { path: 'graph/Conv_3', op: 'Conv', code: 'slow', reason: 'It would be slow.' },
            ],
          },
        ],
        ms: 20,
      },
      gzipBytes: { original: 9_960_000, variant: 2_700_000 },
    },
  ],
  cells: [
    {
      variant: 'v1',
      ep: 'wasm',
      threads: 4,
      batch: 1,
      loadMs: 100,
      firstRunMs: 20,
      steady: {
        medianMs: 8.1,
        meanMs: 8.2,
        stdMs: 0.2,
        minMs: 7.9,
        p95Ms: 8.6,
        p99Ms: 9,
        madMs: 0.1,
        runs: 100,
        intervalMs: [8.05, 8.15],
      },
      samplesMs: Array.from({ length: 101 }, (_, index) => index),
      runsPerSample: 1,
      placement: { CPUExecutionProvider: 5 },
      outputMatch: match,
      flags: [],
    },
  ],
  failures: [{ variant: 'v1', ep: 'webgpu', message: 'The adapter is missing.' }],
  comparisons: [
    { variant: 'v1', ep: 'wasm', ratio: 1.52, interval: [1.48, 1.57], noiseFloor: 0.02, verdict: 'faster', pairs: 40 },
  ],
};

export function reportOfExample(): Report {
  return createReport(exampleSource);
}

export const exampleMatch = match;
