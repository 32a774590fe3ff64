/** A zip of everything that deploys the selected model: its file, the evidence for it, and what each target needs. */
import { calibrationSplit } from '../../../engine/data/split';
import { deployTargets, makeBundle } from '../../../engine/deploy/make-bundle';
import type { MadeDtype } from '../../../engine/deploy/transformersjs/dtype-recipes';
import { transformersJs } from '../../../engine/deploy/transformersjs/hub-repository';
import { formatCounted } from '../../../engine/format';
import { runsAlone, untestedBatching } from '../../../engine/serving/batch-verdict';
import { version } from '../../../../package.json';
import type { BundleRequest, PackedBundle } from '../../jobs/jobs';
import { dataFilesOf } from '../../platform/file-registry';
import { saveBlob } from '../../platform/save-blob';
import { serverMeasurementOf } from '../benchmark/server-measurements';
import { currentCalibration } from '../data/calibration';
import { currentJobs, runJob } from '../jobs/job-runner';
import { canPassOn } from '../models/fingerprint';
import { notify } from '../window/app-store';
import { originalBytes, selectSelectedVariant } from '../workspace/selectors';
import { folderOfWork } from '../models/model-folder';
import { contentsOf, filesBeside, partsOfFolder } from './folder-parts';
import { reportOfWorkspace } from './workspace-report';
import { workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { downloadNameOf } from '../recipe/download-actions';
import { selectedModel, type SelectedModel } from '../recipe/selected-model';
import type { MadeRepository } from './repository-actions';

export interface BundleTarget {
  readonly id: string;
  readonly title: string;
  /** The reason why it cannot be made for this model, as a sentence. */
  readonly refusal: string | null;
  /** It takes minutes, so it is made only on request. The sentence says what it makes. */
  readonly onDemand?: string;
}

/** The page's facts about the selected model; `null` without one. */
function bundleFacts(state: WorkspaceState): BundleRequest['facts'] | null {
  const { original } = state;
  if (original === null) return null;
  const variant = selectSelectedVariant(state);
  const { inspection } = variant ?? original;
  const { file } = original.inspection;
  const name = variant === null ? file.name : downloadNameOf(file.name, variant);
  return {
    inspection: { ...inspection, file: { ...inspection.file, name } },
    modelBytes: {
      plain: variant === null ? originalBytes(original) : variant.optimization.sizeBytes.variant,
      gzip: state.gzipBytes[(variant ?? original).filesKey] ?? null,
      brotli: null,
    },
    originalSha256: variant === null ? null : file.sha256,
    recipe: variant?.fromFile === undefined ? (variant?.recipe ?? null) : null,
    original: {
      parameters: original.inspection.parameters,
      flops: original.inspection.flops,
      sizeBytes: file.sizeBytes,
    },
    report: reportOfWorkspace(state),
    documents: measuredServers(inspection.file.sha256),
    createdAt: new Date().toISOString(),
    pareto: version,
  };
}

/** The opened measurement of a server of this model, as evidence like that of `bundle --report`. */
function measuredServers(sha256: string): BundleRequest['facts']['documents'] {
  const document = serverMeasurementOf(sha256);
  return document === undefined ? [] : [{ kind: 'server measurement', document }];
}

/** Every target, with the reason if the selected model cannot have it. */
export function bundleTargets(state: WorkspaceState): readonly BundleTarget[] {
  const facts = bundleFacts(state);
  if (facts === null) return [];
  const batching = untestedBatching('the bundle is not made yet.');
  const unknown = { externalData: [], recorded: null, batching, drift: null, onnxruntimeWeb: '' };
  const { refused } = makeBundle(
    { ...facts, ...unknown },
    deployTargets.map(({ id }) => id),
  );
  const usual = deployTargets.map(({ id, title }) => ({
    id,
    title,
    refusal: refused.find(({ target }) => target === id)?.reason ?? null,
  }));
  return [
    ...usual,
    { ...transformersJs, refusal: null, onDemand: 'Makes and measures the model in seven precisions.' },
  ];
}

/** The samples that calibrate, or as many of the data; `null` if no data is at hand. */
function referenceData({ original, data }: WorkspaceState): BundleRequest['reference'] {
  if (original === null || data === null) return null;
  const { key, description } = data.evaluation;
  const { mapping } = data;
  const split = calibrationSplit(data.split);
  const used = currentCalibration(data) ?? { dataKey: key, dataName: description.name, mapping, split };
  const files = dataFilesOf(used.dataKey);
  if (files === undefined) return null;
  const { dataKey, dataName: name } = used;
  return { key: dataKey, files, mapping: used.mapping, split: used.split, name, inputs: original.inspection.inputs };
}

/** Saves one zip with the files of these targets. `dtypes`: the files for transformers.js, if it is among them. */
export async function downloadBundle(targets: readonly string[], dtypes: readonly MadeDtype[]): Promise<void> {
  const model = await selectedModel();
  const facts = bundleFacts(workspaceStore.getState());
  if (model === null || facts === null || (facts.report !== null && !canPassOn(facts.report))) return;
  const { name } = facts.inspection.file;
  const made = targets.includes(transformersJs.id) ? await makeFiles(name, model, dtypes) : undefined;
  // The outcome of its job states the reason.
  if (made === null) return;
  const others = targets.filter((id) => id !== transformersJs.id);
  const folder = others.length === 0 ? '' : `${transformersJs.id}/`;
  await runJob('bundle', name, async (job) => {
    const packed = await currentJobs().benchmarks.bundle(job, {
      ...{ facts, files: model.files, targets: others },
      repository: (made?.contents ?? []).map(([path, content]) => [`${folder}${path}`, content] as const),
      reference: referenceData(workspaceStore.getState()),
    });
    saveBlob(packed.blob, `${packed.name}.zip`);
    notify(describePacked(packed, others.length, made?.notes));
    if (packed.unrecorded !== undefined) notify(packed.unrecorded, { kind: 'problem' });
  });
}

/** `null` if it failed or was canceled. */
async function makeFiles(
  name: string,
  model: SelectedModel,
  dtypes: readonly MadeDtype[],
): Promise<MadeRepository | null> {
  const made: MadeRepository[] = [];
  // The recipes are loaded on demand.
  const { makeRepository } = await import('./repository-actions');
  await runJob('make-repository', name, async (job) => void made.push(await makeRepository(job, model, dtypes)));
  return made[0] ?? null;
}

function describePacked(
  { name, batching, refused }: Pick<PackedBundle, 'name' | 'batching' | 'refused'>,
  targets: number,
  notes: readonly string[] | undefined,
): string {
  const alone = batching !== undefined && runsAlone(batching) ? `Requests are not batched: ${batching.reason}` : '';
  const bundled =
    targets === 0 ? '' : `the model, its evidence and ${formatCounted(targets - refused.length, 'target')}`;
  const repository = notes === undefined ? '' : 'the files for transformers.js';
  return [
    `${name}.zip holds ${[bundled, repository].filter(Boolean).join(', and ')}.`,
    alone,
    ...refused.map(({ target, reason }) => `Not made: ${target}. ${reason}`),
    ...(notes ?? []),
  ]
    .filter(Boolean)
    .join(' ');
}

/** Saves the folder of the open model as a zip: each part as its selected variant, and the files beside them. */
export async function downloadFolder(): Promise<void> {
  const model = await selectedModel();
  const state = workspaceStore.getState();
  const facts = bundleFacts(state);
  const folder = folderOfWork(state);
  if (model === null || facts === null || folder === null) return;
  await runJob('bundle', facts.inspection.file.name, async (job) => {
    const parts = await partsOfFolder(job, folder, model);
    const models = parts.flatMap(({ path, selected: { files } }) => contentsOf(path, files));
    const packed = await currentJobs().benchmarks.bundle(job, {
      ...{ facts, files: model.files, targets: [], reference: null },
      repository: [...models, ...filesBeside(folder)],
    });
    saveBlob(packed.blob, `${packed.name}.zip`);
    notify(`${packed.name}.zip holds ${formatCounted(parts.length, 'part')}, each as its selected variant.`);
  });
}
