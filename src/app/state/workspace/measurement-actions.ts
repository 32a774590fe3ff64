/** Records measurements. They are facts: they are replaced, never undone. */
import type { CellFailure, CellResult, Comparison, Device, MeasuringBudget } from '../../../engine/metrics/cell';
import { withSuggestedDimensions } from '../../../engine/data/free-dimensions';
import type { MeasuredSweep } from '../../../engine/profiling/sweep';
import { cellKey, sweepKey, workspaceStore, type CellKey, type MeasurementContext } from './workspace-store';

function without<Value>(record: Readonly<Record<CellKey, Value>>, key: CellKey): Readonly<Record<CellKey, Value>> {
  if (!(key in record)) return record;
  const { [key]: _old, ...rest } = record;
  return rest;
}

/** A number of threads from an earlier visit is reduced if the device has fewer. */
export function recordDevice(device: Device): void {
  workspaceStore.setState(({ threads }) => ({
    device,
    threads: threads !== null && threads > mostThreads(device) ? null : threads,
  }));
}

/** The largest number of threads that a person may choose. WASM has one thread without shared memory. */
export function mostThreads({ crossOriginIsolated, sharesMemory = crossOriginIsolated, cores }: Device): number {
  return sharesMemory ? cores : 1;
}

export function recordCell(result: CellResult, context: MeasurementContext): void {
  const key = cellKey(result.variant, result.ep);
  workspaceStore.setState((state) => ({
    cells: { ...state.cells, [key]: result },
    contexts: { ...state.contexts, [key]: context },
    // The comparison belongs to an earlier run.
    comparisons: without(state.comparisons, key),
    failures: without(state.failures, key),
  }));
}

export function recordComparison(comparison: Comparison): void {
  const key = cellKey(comparison.variant, comparison.ep);
  workspaceStore.setState((state) => ({ comparisons: { ...state.comparisons, [key]: comparison } }));
}

export function recordFailure(failure: CellFailure): void {
  const key = cellKey(failure.variant, failure.ep);
  workspaceStore.setState((state) => ({
    failures: { ...state.failures, [key]: failure },
    cells: without(state.cells, key),
    comparisons: without(state.comparisons, key),
  }));
}

/** It replaces an earlier sweep of the same model over the same setting. */
export function recordSweep(sweep: MeasuredSweep): void {
  workspaceStore.setState(({ sweeps }) => ({ sweeps: { ...sweeps, [sweepKey(sweep)]: sweep } }));
}

export function recordGzipBytes(filesKey: string, gzipBytes: number): void {
  workspaceStore.setState((state) => ({ gzipBytes: { ...state.gzipBytes, [filesKey]: gzipBytes } }));
}

export function setFreeDimension(symbol: string, size: number): void {
  workspaceStore.setState(({ original, freeDimensions }) => {
    const chosen = { ...freeDimensions, [symbol]: size };
    // Other sizes may depend on this one.
    return { freeDimensions: original === null ? chosen : withSuggestedDimensions(original.inspection.inputs, chosen) };
  });
}

export function setSeed(seed: number): void {
  workspaceStore.setState({ seed });
}

/** `null`: as many as the device is best with. */
export function setThreads(threads: number | null): void {
  workspaceStore.setState({ threads });
}

export function setBudget(budget: MeasuringBudget): void {
  workspaceStore.setState({ budget });
}
