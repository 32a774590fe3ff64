/** Small whole objects for tests of the studio. Figures are arbitrary. */
import type { Inspection } from '../../engine/analysis/inspection';
import type { CellResult, Device, ExecutionProvider } from '../../engine/metrics/cell';
import type { Optimization } from '../../engine/recipe/optimization';
import type { Recipe } from '../../engine/recipe/recipe';
import type { NewVariant } from '../state/variant-actions';
import type { MeasurementContext, Original } from '../state/workspace-store';

function inspectionOf(name = 'model.onnx'): Inspection {
  return {
    file: { name, sizeBytes: 1000, sha256: 'a'.repeat(64) },
    irVersion: 8,
    producer: 'test',
    opsets: [{ domain: '', version: 17 }],
    functions: [],
    inputs: [],
    outputs: [],
    parameters: 250,
    weightBytes: 1000,
    macs: null,
    nodes: [],
    values: {},
    externalFiles: [],
    warnings: [],
  };
}

export function originalOf(name = 'model.onnx'): Original {
  return { inspection: inspectionOf(name), filesKey: 'original', reencodedBytes: 990 };
}

export function recipeOf(...passes: string[]): Recipe {
  return { version: 1, seed: 0, steps: passes.map((pass) => ({ pass, enabled: true, options: {} })) };
}

function optimizationOf(): Optimization {
  const model = { name: 'model.onnx', sizeBytes: 1000, sha256: 'a'.repeat(64), nodes: 3, parameters: 250 };
  return {
    model,
    variant: { sizeBytes: 300, sha256: 'b'.repeat(64), nodes: 5, parameters: 250, macs: null },
    sizeBytes: { original: 1000, reencoded: 990, variant: 300 },
    passes: [
      {
        id: 'quantize-dynamic',
        options: {},
        ms: 10,
        changes: [{ path: 'graph/MatMul_0', op: 'MatMul', what: 'quantized' }],
        refusals: [],
      },
    ],
    ms: 12,
  };
}

export function newVariant(id: string, name = 'INT8 dynamic', recipe = recipeOf('quantize-dynamic')): NewVariant {
  return { id, name, recipe, optimization: optimizationOf(), inspection: inspectionOf() };
}

export function cellOf(variant: string, ep: ExecutionProvider): CellResult {
  return {
    variant,
    ep,
    threads: 4,
    batch: 1,
    loadMs: 30,
    firstRunMs: 9,
    steady: {
      medianMs: 5,
      meanMs: 5.1,
      stdMs: 0.2,
      minMs: 4.8,
      p95Ms: 5.6,
      p99Ms: 6,
      madMs: 0.1,
      runs: 50,
      intervalMs: [4.9, 5.1],
    },
    samplesMs: [5, 5, 5],
    runsPerSample: 1,
    placement: { CPUExecutionProvider: 3 },
    outputMatch: {
      sqnrDb: 40,
      maxAbs: 0.01,
      cosine: 0.999,
      identical: false,
      samples: 8,
      inputs: 'synthetic',
      outputs: [],
      valid: true,
    },
    flags: [],
  };
}

export function contextOf(freeDimensions: Record<string, number> = {}): MeasurementContext {
  return { measuredAt: '2026-01-01T00:00:00.000Z', freeDimensions, budget: 'quick', seed: 1, device: null };
}

export function deviceOf(): Device {
  return {
    browser: 'Chromium 147',
    os: 'Linux',
    cores: 4,
    threads: 4,
    crossOriginIsolated: true,
    timerResolutionUs: 5,
    webgpu: { vendor: 'google', architecture: 'swiftshader', description: '', f16: false, software: true },
    ortVersion: '1.30.0',
    providers: [
      { ep: 'wasm', available: true, reason: 'WebAssembly with 4 threads.' },
      { ep: 'webgpu', available: true, reason: 'A software adapter: its times say nothing about a real GPU.' },
      { ep: 'webnn-cpu', available: true, reason: 'WebNN runs on the CPU.' },
      { ep: 'webnn-gpu', available: false, reason: 'WebNN has no GPU here.' },
      { ep: 'webnn-npu', available: false, reason: 'WebNN has no NPU here.' },
    ],
  };
}
