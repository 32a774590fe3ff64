/** Small whole objects for tests of the app, from the examples of the report's tests. Figures are arbitrary. */
import type { Inspection } from '../../engine/analysis/inspection';
import type { CellResult, Device, ExecutionProvider } from '../../engine/metrics/cell';
import type { Recipe } from '../../engine/recipe/recipe';
import type { MeasuredSweep } from '../../engine/profiling/sweep';
import { pointsOfSweep } from '../../engine/report/sweep-schema';
import { everyStateReport, exampleSweep } from '../../engine/report/testing/every-state-report';
import { exampleSource } from '../../engine/report/testing/report-source';
import type { Evaluation } from '../../engine/metrics/evaluation';
import { exampleEvaluation } from '../../engine/report/testing/evaluation-source';
import type { Job } from '../state/jobs/job-store';
import type { NewVariant } from '../state/recipe/variant-actions';
import type { DataSource, MeasurementContext, Original, WorkData } from '../state/workspace/workspace-store';

/** Without inputs, so that no free dimension is suggested. */
function inspectionOf(name = 'model.onnx'): Inspection {
  const file = { name, sizeBytes: 1000, sha256: 'a'.repeat(64) };
  return { ...exampleSource.inspection, file, inputs: [], outputs: [] };
}

export function originalOf(name = 'model.onnx'): Original {
  return { inspection: inspectionOf(name), filesKey: 'original' };
}

export function recipeOf(...passes: string[]): Recipe {
  return { version: 1, seed: 0, steps: passes.map((pass) => ({ pass, enabled: true, options: {} })) };
}

export function newVariant(id: string, name = 'int8 (dynamic)', recipe = recipeOf('quantize-dynamic')): NewVariant {
  const { optimization } = exampleSource.variants[0]!;
  return { id, name, recipe, optimization, inspection: inspectionOf() };
}

export function cellOf(variant: string, ep: ExecutionProvider): CellResult {
  return { ...exampleSource.cells[0]!, variant, ep };
}

/** Over batch sizes, without free dimensions. */
export function sweepOf(variant: string): MeasuredSweep {
  const sweep = exampleSweep(variant);
  return { ...sweep, points: pointsOfSweep(sweep), freeDimensions: {}, notes: [] };
}

export function contextOf(freeDimensions: Record<string, number> = {}): MeasurementContext {
  return { measuredAt: '2026-01-01T00:00:00.000Z', freeDimensions, budget: 'quick', seed: 1, device: null };
}

/** A device with WASM, a software adapter for WebGPU, and WebNN on the processor only. */
export function deviceOf(): Device {
  return everyStateReport.device!;
}

/** An array `x` of four numbers with labels. */
export function sourceOf(name: string, samples = 100): DataSource {
  const key = name.padEnd(64, '0');
  const fields = [
    { name: 'x', kind: 'numbers', dtype: 'float32', shape: [4] },
    { name: 'labels', kind: 'numbers', dtype: 'int64', shape: [] },
  ] as const;
  return { key, fingerprint: key, description: { name, format: 'npz', samples, fields, sizeBytes: 1000, notes: [] } };
}

export function dataOf(): WorkData {
  const mapping = { inputs: { x: { array: 'x' } }, labels: { array: 'labels' } };
  return {
    evaluation: sourceOf('digits'),
    calibration: null,
    mapping,
    suggestion: { mapping, reasons: ['"x" has the name of the input.'] },
    split: { seed: 1, calibration: 0, evaluation: null },
  };
}

export function evaluationOf(variant: string): Evaluation {
  return { ...exampleEvaluation, variant };
}

/** A recipe that runs. */
export function jobOf(id: number): Job {
  return {
    id,
    kind: 'optimize',
    subject: 'x',
    key: 'x',
    phase: 'running',
    pausable: false,
    startedAtMs: 0,
    progress: null,
    pass: null,
    curves: [],
    canceling: false,
  };
}
