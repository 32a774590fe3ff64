/**
 * Times and SQNR of nodes, measured when a person asks. They are kept by the files, so a variant that is made again has
 * none. They are hidden if the sizes of inputs have changed.
 */
import { createStore } from 'zustand/vanilla';
import type { FreeDimensions } from '../../../engine/data/feeds';
import { usualSqnrSamples, type NodeSqnrs } from '../../../engine/metrics/node-sqnr';
import type { NodeTimes } from '../../../engine/metrics/node-time';
import type { MeasuredNodes, ModelFiles } from '../../jobs/jobs';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { announce } from '../window/app-store';
import { inputsOfData } from '../data/inputs-of-data';
import { currentJobs, runJob } from '../jobs/job-runner';
import { remakeVariant } from '../recipe/optimize-actions';
import { sameDimensions, selectSelectedVariant, variantName } from '../workspace/selectors';
import { originalId, workspaceStore } from '../workspace/workspace-store';

export interface MeasuredTimes {
  readonly times: NodeTimes;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
}

export interface MeasuredSqnr {
  readonly sqnr: NodeSqnrs;
  readonly original: ModelFiles;
  readonly freeDimensions: FreeDimensions;
}

/** Files that are let go take what was measured of them along. */
const measuredTimes = new WeakMap<ModelFiles, MeasuredTimes>();
/** SQNR by the files of the variant. */
const measuredSqnr = new WeakMap<ModelFiles, MeasuredSqnr>();

/** Counts measurements, so that views notice a new one. */
export const nodeMeasurementStore = createStore<{ readonly measurements: number }>(() => ({ measurements: 0 }));

/** Returns the times of these files with the current sizes. */
export function timesOf(files: ModelFiles | null): MeasuredTimes | null {
  return current(files === null ? undefined : measuredTimes.get(files));
}

/** Returns the SQNR of a variant's files against the open original, with the current sizes. */
export function sqnrOf(files: ModelFiles | null): MeasuredSqnr | null {
  const found = current(files === null ? undefined : measuredSqnr.get(files));
  return found !== null && found.original === filesOf(originalFilesKey) ? found : null;
}

function current<Measured extends { readonly freeDimensions: FreeDimensions }>(
  found: Measured | undefined,
): Measured | null {
  const { freeDimensions } = workspaceStore.getState();
  return found !== undefined && sameDimensions(found.freeDimensions, freeDimensions) ? found : null;
}

/** Measures the nodes of the original and of the selected variant, on WASM. */
export async function measureSelectedNodes(): Promise<void> {
  const variant = selectSelectedVariant(workspaceStore.getState());
  if (variant !== null && !(await remakeVariant(variant))) return;
  const original = filesOf(originalFilesKey);
  const variantFiles = variant === null ? null : (filesOf(variant.filesKey) ?? null);
  if (original === undefined || (variant !== null && variantFiles === null)) return;
  const state = workspaceStore.getState();
  const { freeDimensions, seed } = state;
  const subject = variantName(state, variant?.id ?? originalId);
  await runJob('measure-nodes', subject, async (job) => {
    const feeds = await inputsOfData(job.signal, state, usualSqnrSamples);
    const threads = state.threads ?? undefined;
    const request = { original, variant: variantFiles, freeDimensions, threads, seed, feeds };
    const measured = await currentJobs().benchmarks.measureNodes(job, request);
    record(measured, { original, variant: variantFiles, freeDimensions });
    announce(`Measured the nodes of ${subject}.`);
  });
}

function record(
  { original: times, variant: ofVariant, threads }: MeasuredNodes,
  asked: {
    readonly original: ModelFiles;
    readonly variant: ModelFiles | null;
    readonly freeDimensions: FreeDimensions;
  },
): void {
  const { original, variant, freeDimensions } = asked;
  measuredTimes.set(original, { times, threads, freeDimensions });
  if (variant !== null && ofVariant !== null) {
    measuredTimes.set(variant, { times: ofVariant.times, threads, freeDimensions });
    measuredSqnr.set(variant, { sqnr: ofVariant.sqnr, original, freeDimensions });
  }
  nodeMeasurementStore.setState(({ measurements }) => ({ measurements: measurements + 1 }));
}
