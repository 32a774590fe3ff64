/** The first node that a provider computes differently from WASM, searched when a person asks. Kept by the files. */
import { createStore } from 'zustand/vanilla';
import type { FreeDimensions } from '../../../engine/data/feeds';
import { formatCount, formatCounted, formatNodePath, formatProvider, formatQuoted } from '../../../engine/format';
import type { ExecutionProvider } from '../../../engine/metrics/cell';
import type { FirstDifference, ModelFiles } from '../../jobs/jobs';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { inputsOfData } from '../data/inputs-of-data';
import { currentJobs, runJob } from '../jobs/job-runner';
import { remakeVariant } from '../recipe/optimize-actions';
import { announce } from '../window/app-store';
import { sameDimensions, variantName } from '../workspace/selectors';
import { workspaceStore, type WorkspaceState } from '../workspace/workspace-store';

interface Found extends FirstDifference {
  readonly files: ModelFiles;
  readonly ep: ExecutionProvider;
  readonly freeDimensions: FreeDimensions;
}

/** The last result. */
export const firstDifferenceStore = createStore<{ readonly found: Found | null }>(() => ({ found: null }));

function variantOf({ variants }: WorkspaceState, id: string) {
  return variants.find((variant) => variant.id === id);
}

/** The last result as sentences, if it is of this cell with the current sizes. */
export function describeFirstDifference(found: Found | null, state: WorkspaceState, id: string, ep: ExecutionProvider) {
  const files = filesOf(variantOf(state, id)?.filesKey ?? originalFilesKey);
  const isCurrent =
    found?.files === files && found?.ep === ep && sameDimensions(found.freeDimensions, state.freeDimensions);
  if (!isCurrent || found === null) return null;
  const { compared, first } = found;
  if (first === null)
    return `All ${formatCount(compared)} values of nodes agree with WASM, without fusions of the runtime. If outputs differ, a fusion is the cause.`;
  const figure = first.sqnrDb === null ? (first.problem ?? 'not comparable') : `${first.sqnrDb.toFixed(1)} dB.`;
  return `The first node that differs is ${formatQuoted(formatNodePath(first.path))} (${first.op}): ${figure} ${formatCounted(compared - 1, 'value')} before it agree${compared === 2 ? 's' : ''}.`;
}

/** Compares the nodes of a variant on a provider with the same nodes on WASM. */
export async function findFirstDifference(id: string, ep: ExecutionProvider): Promise<void> {
  const state = workspaceStore.getState();
  const variant = variantOf(state, id);
  if (variant !== undefined && !(await remakeVariant(variant))) return;
  const files = filesOf(variant?.filesKey ?? originalFilesKey);
  if (files === undefined) return;
  const { freeDimensions, seed } = state;
  const name = variantName(state, id);
  await runJob('first-difference', `${name} on ${formatProvider(ep)}`, async (job) => {
    const feeds = await inputsOfData(job.signal, state, 1);
    const request = { files, ep, freeDimensions, threads: state.threads ?? undefined, seed, feeds };
    const found = { ...(await currentJobs().benchmarks.firstDifference(job, request)), files, ep, freeDimensions };
    firstDifferenceStore.setState({ found });
    announce(describeFirstDifference(found, workspaceStore.getState(), id, ep) ?? `Compared the nodes of ${name}.`);
  });
}
