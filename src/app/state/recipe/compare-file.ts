/** A model of another tool as a variant. It is measured, evaluated and compared like variants of recipes. */
import {
  describeInterfaceDifference,
  describeOutputNames,
  outputsByOrder,
  withOutputNames,
} from '../../../engine/analysis/describe-interface-difference';
import type { Optimization } from '../../../engine/recipe/optimization';
import type { ModelFiles, OpenedModel } from '../../jobs/jobs';
import { filesOf, keepFiles } from '../../platform/file-registry';
import { isModelName, withoutModelEnding } from '../../platform/model-name';
import { pickFiles } from '../../platform/pick-files';
import { currentJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { measureGzipLater } from './optimize-actions';
import { addVariant, selectVariant, takeVariantId } from './variant-actions';
import { announce, notify } from '../window/app-store';
import { goTo } from '../workspace/navigation';
import { originalBytes } from '../workspace/selectors';
import { emptyRecipe, workspaceStore, type Original, type Variant } from '../workspace/workspace-store';

/** Asks for a file and adds it as a variant, or reports why it cannot. */
export async function chooseFileToCompare(): Promise<void> {
  const files = await pickFiles();
  if (files.length > 0) await compareFiles(files);
}

export async function compareFiles(files: readonly File[]): Promise<void> {
  const { name } = files.find((file) => isModelName(file.name)) ?? files[0]!;
  await compareModel(name, (job) => currentJobs().models.open(job, files));
}

/** Adds the model that `read` opens as a variant, or reports why it cannot. */
export async function compareModel(name: string, read: (job: JobHandle) => Promise<OpenedModel>): Promise<void> {
  await runJob('compare-file', name, async (job) => addOpened(job.signal, await read(job)));
}

/** A sentence on why a model cannot be a variant of the original. `undefined`: it can. */
export function comparisonProblem({ inspection }: Original, opened: OpenedModel): string | undefined {
  const { file, externalFiles } = opened.inspection;
  const { sha256, name } = file;
  // Weights in data files are not part of the SHA-256.
  if (sha256 !== '' && sha256 === inspection.file.sha256 && externalFiles.length === 0)
    return `${name} is already open as the model.`;
  return describeInterfaceDifference(
    inspection,
    withOutputNames(opened.inspection, outputsByOrder(inspection, opened.inspection)),
  );
}

/**
 * Adds a model as a variant and shows it, or reports why it cannot. The same file is one variant, however often it is
 * opened. The original is read here, because another model may have been opened while a question waited.
 */
async function addOpened(signal: AbortSignal, opened: OpenedModel): Promise<void> {
  const { original } = workspaceStore.getState();
  if (original === null) return;
  const problem = comparisonProblem(original, opened);
  if (problem !== undefined) {
    notify(problem, { kind: 'problem' });
    return;
  }
  const whole = await withFingerprint(signal, opened);
  const { file } = whole.inspection;
  const known = findOpened(whole);
  if (known === undefined) addNew(original, whole);
  else {
    if (filesOf(known.filesKey) === undefined) keepFiles(known.filesKey, namedLike(original, whole));
    selectVariant(known.id);
  }
  const names = outputsByOrder(original.inspection, whole.inspection);
  if (names) notify(describeOutputNames(file.name, names));
  announce(`${file.name} is a variant of ${original.inspection.file.name}.`);
  goTo('studio');
}

/** The variant of the same file. If weights are in data files, only a variant without its files counts as the same. */
function findOpened({ inspection: { file, externalFiles } }: OpenedModel): Variant | undefined {
  return workspaceStore
    .getState()
    .variants.find(
      ({ fromFile, filesKey, optimization }) =>
        fromFile !== undefined &&
        optimization.variant.sha256 === file.sha256 &&
        (externalFiles.length === 0 || filesOf(filesKey) === undefined),
    );
}

function addNew(original: Original, { inspection, files }: OpenedModel): void {
  const id = takeVariantId();
  keepFiles(id, namedLike(original, { inspection, files }));
  const { name } = inspection.file;
  const optimization = optimizationOf(original, inspection, files);
  addVariant(
    { id, name: withoutModelEnding(name), recipe: emptyRecipe, fromFile: name, optimization, inspection },
    'Compare with a file',
  );
  measureGzipLater(id);
}

/** The files of a model whose sessions name outputs as the original does. */
export function namedLike({ inspection }: Original, { inspection: own, files }: OpenedModel): ModelFiles {
  const outputNames = outputsByOrder(inspection, own);
  return outputNames ? { ...files, outputNames } : files;
}

/** Adds the SHA-256, which the inspection of a large model lacks. A report names every variant by it. */
async function withFingerprint(signal: AbortSignal, opened: OpenedModel): Promise<OpenedModel> {
  const { inspection, files } = opened;
  if (inspection.file.sha256 !== '') return opened;
  const sha256 = await currentJobs().models.fingerprint({ signal }, files);
  return { ...opened, inspection: { ...inspection, file: { ...inspection.file, sha256 } } };
}

/** The same record as for a recipe without passes. The size is that of the opened file, which is not encoded again. */
function optimizationOf(
  original: Original,
  inspection: Variant['inspection'],
  { externalData }: ModelFiles,
): Optimization {
  const dataBytes = externalData.reduce((sum, { data }) => sum + data.size, 0);
  const variantBytes = inspection.file.sizeBytes + dataBytes;
  const [data] = externalData;
  const { file, nodes, parameters } = original.inspection;
  const sizeBytes = originalBytes(original);
  return {
    model: { ...file, sizeBytes, nodes: nodes.length, parameters },
    variant: {
      sizeBytes: variantBytes,
      sha256: inspection.file.sha256,
      nodes: inspection.nodes.length,
      parameters: inspection.parameters,
      macs: inspection.macs,
      ...(data && { externalData: { name: data.path, sizeBytes: dataBytes } }),
    },
    sizeBytes: { original: sizeBytes, variant: variantBytes },
    passes: [],
    ms: 0,
  };
}
