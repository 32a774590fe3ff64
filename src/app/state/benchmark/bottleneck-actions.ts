/** Finding out what limits the selected model on this device, and trying what would help. */
import { createStore } from 'zustand/vanilla';
import type { Device, ExecutionProvider } from '../../../engine/metrics/cell';
import { formatNumber, formatRatioInterval } from '../../../engine/format';
import { describeVerdict } from '../../../engine/verdict/speed-verdict';
import { groupRefusals } from '../../../engine/report/summarize-variant';
import type { Remedy } from '../../../engine/profiling/bottleneck';
import { isRoofTooLow } from '../../../engine/profiling/roofline';
import type { Progress } from '../../../engine/progress';
import { recipeOf, type Recipe } from '../../../engine/recipe/recipe';
import type { ModelFiles } from '../../jobs/jobs';
import { filesOf, filesOfOriginal, originalFilesKey } from '../../platform/file-registry';
import { findRoof, forgetRoof, keepRoof, readRoofs } from '../../platform/kept-roofs';
import { currentJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { replaceAndRun } from '../recipe/optimize-actions';
import { selectedModel } from '../recipe/selected-model';
import { announce } from '../window/app-store';
import { isIdle, selectRuntimeProviders, selectSelectedVariant } from '../workspace/selectors';
import { cellKey, workspaceStore, type Variant, type WorkspaceState } from '../workspace/workspace-store';
import { recordAlone, requestOfSelected } from './alone-measurements';
import { measureSelected } from './benchmark-actions';
import { probeDevice } from './probe-device';

/** Finds the bottleneck of the selected model. The first time on a device, the roofs of its providers are measured too. */
export async function findBottleneckOfSelected(ep: 'wasm' | 'webgpu' = 'wasm'): Promise<void> {
  const model = await selectedModel();
  if (model === null) return;
  await probeDevice();
  const state = workspaceStore.getState();
  const { device } = state;
  if (device === null) return;
  await runJob('roofline', model.name, async (job) => {
    const asked = { ...requestOfSelected(model, state), ep };
    const others = unknownRoofs(device).filter((other) => other !== ep);
    const parts = inParts(job, 1 + others.length);
    const roof = findRoof(readRoofs(device), ep, asked.threads ?? device.threads);
    const found = await currentJobs().benchmarks.roofline(parts(0), { ...asked, ...(roof && { roof }) });
    if (isRoofTooLow(found.roofline, found.roofline.nodes)) forgetRoof(device, found.roofline);
    else keepRoof(device, found.roofline);
    recordAlone(model.files, state, { limits: found });
    announce(found.bottleneck?.sentence ?? `No node of ${model.name} was timed.`);
    for (const [index, other] of others.entries()) await measureRoofOf(device, other, parts(index + 1));
    recordAlone(model.files, state, {});
  });
}

/** Providers with a runtime, besides WASM, whose roof is unknown. */
function unknownRoofs(device: Device): readonly ExecutionProvider[] {
  const known = readRoofs(device);
  const offered = selectRuntimeProviders({ device });
  return offered.filter((ep) => ep !== 'wasm' && !known.some((roof) => roof.ep === ep));
}

/** Makes one job of several calls: its progress continues from call to call. */
function inParts({ signal, onProgress }: JobHandle, total: number) {
  return (index: number) => ({
    signal,
    onProgress: ({ stage, done, total: all }: Progress) =>
      onProgress({ stage, done: index * 100 + (done / all) * 100, total: total * 100 }),
  });
}

/** A provider that cannot run the kernels has no roof. That does not fail the job, because the model was measured before. */
async function measureRoofOf(
  device: Device,
  ep: ExecutionProvider,
  job: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
): Promise<void> {
  try {
    keepRoof(device, await currentJobs().benchmarks.roof(job, { ep }));
  } catch (error) {
    if (job.signal.aborted) throw error;
  }
}

/** A remedy that was tried: its estimate, and the variant that shows the result. */
export interface TriedRemedy {
  readonly remedy: Remedy;
  /** The files of the original. Another model that was opened since has variants with the same ids. */
  readonly original: ModelFiles;
  /** `null` while it is made. */
  readonly variant: string | null;
}

export const triedRemedyStore = createStore<{ readonly tried: TriedRemedy | null }>(() => ({ tried: null }));

export function recipeOfRemedy({ paths, removed }: Remedy): Recipe {
  const ratioByLayer = Object.fromEntries(paths.map((path) => [path, removed]));
  return recipeOf([{ pass: 'prune-channels', options: { remove: 0, ranking: 'global', ratioByLayer } }]);
}

/** Makes the variant and measures it in turns with the original. */
export async function tryRemedy(remedy: Remedy): Promise<void> {
  const original = filesOfOriginal();
  triedRemedyStore.setState({ tried: { remedy, original, variant: null } });
  const isMade = await replaceAndRun(recipeOfRemedy(remedy), 'Try fewer channels');
  if (!isMade) return triedRemedyStore.setState({ tried: null });
  const made = selectSelectedVariant(workspaceStore.getState());
  triedRemedyStore.setState({ tried: { remedy, original, variant: made?.id ?? null } });
  if (made !== null && !isIdle(made)) await measureSelected();
}

/** The most frequent reason why layers of the remedy stay as they are. Empty if the pass gave none. */
function reasonOf({ optimization }: Variant, { paths }: Remedy): string {
  const refusals = optimization.passes.flatMap((pass) => pass.refusals);
  const ofLayers = refusals.filter(({ path }) => paths.includes(path));
  return groupRefusals(ofLayers.length > 0 ? ofLayers : refusals)[0]?.reason ?? '';
}

/** Returns the estimate with the measurement; `null` until it was made, and for another model. */
export function outcomeOfRemedy(
  { remedy, original, variant }: TriedRemedy,
  { comparisons, variants, data }: Pick<WorkspaceState, 'comparisons' | 'variants' | 'data'>,
): string | null {
  if (variant === null || filesOf(originalFilesKey) !== original) return null;
  const made = variants.find(({ id }) => id === variant);
  if (made !== undefined && isIdle(made)) {
    return `No channels of these layers can be removed. ${reasonOf(made, remedy)}`.trim();
  }
  const comparison = comparisons[cellKey(variant, 'wasm')];
  if (comparison === undefined) return null;
  const { verdict, ratio, interval } = comparison;
  const estimate = `Estimated ${formatNumber(remedy.ratio, 2)}×`;
  if (verdict === 'invalid') {
    const advice = data === null ? ' Load data and try again: with data, the remaining layers are fitted.' : '';
    return `${estimate}. The outputs are wrong, so no speed is claimed.${advice}`;
  }
  const measured = `${estimate}, measured ${formatRatioInterval(ratio, interval)}`;
  return verdict === 'same' || verdict === 'undecided'
    ? `${measured}: ${describeVerdict(comparison)}.`
    : `${measured}.`;
}
