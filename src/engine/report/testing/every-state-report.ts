/** A report for tests and for a look at screens, with every state that a cell can have. Its numbers are invented. */
import type { CellFlag, ExecutionProvider, Verdict } from '../../metrics/cell';
import { reportVersion, type Report, type ReportCell } from '../report-schema';
import type { ReportSweep } from '../sweep-schema';

interface CellGiven {
  readonly variant: string;
  readonly ep: ExecutionProvider;
  readonly medianMs: number;
  readonly sqnrDb: number;
  readonly flags?: readonly CellFlag[];
  readonly problem?: string;
  readonly placement?: Readonly<Record<string, number>>;
}

const ownPlacement: Readonly<Partial<Record<ExecutionProvider, Record<string, number>>>> = {
  wasm: { CPUExecutionProvider: 297 },
  webgpu: { WebGpuExecutionProvider: 274, CPUExecutionProvider: 23 },
  'webnn-cpu': { WebNNExecutionProvider: 190, CPUExecutionProvider: 107 },
};

export function exampleCell({ variant, ep, medianMs, sqnrDb, flags = [], problem, placement }: CellGiven): ReportCell {
  const at = (factor: number): number => medianMs * factor;
  const match = { sqnrDb, maxAbs: sqnrDb >= 300 ? 0 : 0.0134, cosine: sqnrDb >= 300 ? 1 : 0.99987 };
  return {
    variant,
    ep,
    threads: 4,
    batch: 1,
    loadMs: at(14),
    firstRunMs: at(3.1),
    steady: {
      medianMs,
      meanMs: at(1.02),
      stdMs: at(0.06),
      minMs: at(0.93),
      p95Ms: at(1.13),
      p99Ms: at(1.3),
      madMs: at(0.02),
      runs: 184,
      intervalMs: [at(0.988), at(1.014)],
    },
    quantilesMs: Array.from({ length: 21 }, (_, index) =>
      at(0.93 + 0.07 * (index / 10) ** 1.6 + (index === 20 ? 0.2 : 0)),
    ),
    runsPerSample: 1,
    measuredAt: '2026-11-24T15:54:00.000Z',
    placement: { ...(placement ?? ownPlacement[ep]) },
    outputMatch: {
      ...match,
      identical: sqnrDb >= 300,
      samples: 8,
      inputs: 'synthetic',
      outputs: [{ name: 'softmax_11.tmp_0', ...match }],
      valid: problem === undefined,
      ...(problem === undefined ? {} : { problem }),
    },
    flags: [...flags],
  };
}

function comparison(
  variant: string,
  ep: ExecutionProvider,
  ratio: number,
  verdict: Verdict,
): Report['comparisons'][number] {
  return { variant, ep, ratio, interval: [ratio * 0.97, ratio * 1.03], noiseFloor: 0.021, verdict, pairs: 92 };
}

/** A sweep over batch sizes of which the last gains little. */
export function exampleSweep(variant: string): ReportSweep {
  const points = [
    [1, 123],
    [2, 230],
    [4, 234],
  ].map(([value, samplesPerSecond]) => {
    const medianMs = (value! / samplesPerSecond!) * 1000;
    return {
      value: value!,
      samplesPerSecond: samplesPerSecond!,
      interval: [samplesPerSecond! * 0.98, samplesPerSecond! * 1.02] as [number, number],
      medianMs,
      medianIntervalMs: [medianMs * 0.98, medianMs * 1.02] as [number, number],
      samples: 60,
    };
  });
  return {
    ...{ variant, axis: 'batch', ep: 'wasm', threads: 4, freeDimensions: { W: 320 } },
    measuredAt: '2026-11-24T15:55:00.000Z',
    points,
  };
}

function reportVariant(id: string, name: string, sizeBytes: number, gzipBytes: number): Report['variants'][number] {
  return {
    id,
    name,
    recipe: {
      version: 1,
      seed: 0,
      steps: [{ pass: 'quantize-dynamic', enabled: true, options: { perChannel: name.includes('per-channel') } }],
    },
    sha256: 'b'.repeat(64),
    sizeBytes: { original: 10_857_958, variant: sizeBytes },
    gzipBytes: { original: 10_012_345, variant: gzipBytes },
    nodes: 421,
    parameters: 2_704_000,
    passes: [
      {
        id: 'quantize-dynamic',
        ms: 143,
        changes: [{ op: 'MatMul', what: 'Quantized to 8 bits', count: 17 }],
        changeCount: 17,
        refusals: [
          {
            code: 'conv-left-out',
            reason: 'Convolutions run slower as integers on WASM, so they stay in float unless you include them.',
            ops: ['Conv'],
            count: 42,
          },
          { code: 'no-constant-weight', reason: 'Both inputs change with every run.', ops: ['MatMul'], count: 4 },
        ],
        refusalCount: 46,
      },
    ],
    ms: 161,
  };
}

export const everyStateReport: Report = {
  version: reportVersion,
  createdAt: '2026-11-24T15:54:07.000Z',
  software: { pareto: '0.1.0', onnxruntimeWeb: '1.30.0' },
  model: {
    name: 'ch_PP-OCRv4_rec_infer.onnx',
    sizeBytes: 10_857_958,
    sha256: 'a'.repeat(64),
    irVersion: 7,
    producer: 'PaddlePaddle',
    opsets: [{ domain: '', version: 11 }],
    inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 3, 48, 'W'] }],
    outputs: [{ name: 'softmax_11.tmp_0', dtype: 'float32', shape: ['N', null, 6625] }],
    nodes: 440,
    parameters: 2_704_000,
    weightBytes: 10_600_000,
    operators: [{ op: 'Conv', count: 42 }],
  },
  device: {
    browser: 'Chrome 147',
    os: 'Linux',
    cores: 8,
    threads: 4,
    crossOriginIsolated: true,
    timerResolutionUs: 5,
    webgpu: { vendor: 'google', architecture: 'swiftshader', description: '', f16: false, software: true },
    ortVersion: '1.30.0',
    providers: [
      { ep: 'wasm', available: true, reason: 'WebAssembly with 4 threads.' },
      { ep: 'webgpu', available: true, reason: 'A software adapter.' },
      { ep: 'webnn-cpu', available: true, reason: 'A context for the processor.' },
      { ep: 'webnn-gpu', available: false, reason: 'The browser has no WebNN context for the graphics card.' },
      {
        ep: 'webnn-npu',
        available: false,
        reason: 'No neural processor was found. Chrome on Windows 11 with an NPU driver offers one.',
      },
    ],
  },
  data: { kind: 'synthetic', seed: 1, samples: 8, freeDimensions: { N: 1, W: 320 } },
  variants: [
    reportVariant('variant-1', 'int8 (dynamic)', 2_914_003, 2_433_890),
    {
      ...reportVariant('variant-2', 'int8 (dynamic, with Conv, per channel)', 2_951_222, 2_401_000),
      teacher: 'ch_PP-OCRv4_rec_server_infer.onnx',
    },
  ],
  cells: [
    exampleCell({ variant: 'original', ep: 'wasm', medianMs: 12.31, sqnrDb: 300 }),
    exampleCell({ variant: 'original', ep: 'webgpu', medianMs: 6.12, sqnrDb: 131, flags: ['software-adapter'] }),
    exampleCell({ variant: 'original', ep: 'webnn-cpu', medianMs: 9.4, sqnrDb: 126 }),
    exampleCell({ variant: 'variant-1', ep: 'wasm', medianMs: 8.11, sqnrDb: 41.3 }),
    exampleCell({
      variant: 'variant-1',
      ep: 'webgpu',
      medianMs: 6.04,
      sqnrDb: 41.1,
      flags: ['software-adapter', 'partial-placement'],
    }),
    exampleCell({ variant: 'variant-2', ep: 'wasm', medianMs: 19.7, sqnrDb: 32.2 }),
    exampleCell({
      variant: 'variant-2',
      ep: 'webgpu',
      medianMs: 5.2,
      sqnrDb: -2.4,
      flags: ['output-differs'],
      problem: 'Output "softmax_11.tmp_0" has nothing to do with the original’s (−2.4 dB).',
    }),
  ],
  failures: [
    {
      variant: 'variant-1',
      ep: 'webnn-cpu',
      message:
        'WebNN on this device cannot run MatMulInteger (node "p2o.MatMul.3"). Measure this variant on WASM or WebGPU.',
    },
  ],
  comparisons: [
    comparison('variant-1', 'wasm', 1.52, 'faster'),
    comparison('variant-1', 'webgpu', 1.01, 'same'),
    comparison('variant-2', 'wasm', 0.625, 'slower'),
    comparison('variant-2', 'webgpu', 1.18, 'invalid'),
  ],
  sweeps: [exampleSweep('variant-1')],
};
