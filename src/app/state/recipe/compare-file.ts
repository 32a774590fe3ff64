/** A model of another tool as a variant: measured, evaluated and compared like those that a recipe makes. */
import { describeInterfaceDifference } from '../../../engine/analysis/describe-interface-difference';
import type { Optimization } from '../../../engine/recipe/optimization';
import type { ModelFiles, OpenedModel } from '../../jobs/jobs';
import { filesOf, keepFiles } from '../../platform/file-registry';
import { withoutModelEnding } from '../../platform/model-name';
import { pickFiles } from '../../platform/pick-files';
import { currentJobs, runJob } from '../jobs/job-runner';
import { measureGzipLater } from './optimize-actions';
import { addVariant, selectVariant, takeVariantId } from './variant-actions';
import { announce, notify } from '../window/app-store';
import { goTo } from '../workspace/navigation';
import { originalBytes } from '../workspace/selectors';
import { emptyRecipe, workspaceStore, type Original, type Variant } from '../workspace/workspace-store';

/** Asks for a file and adds it as a variant; says why where that cannot be. */
export async function chooseFileToCompare(): Promise<void> {
  const files = await pickFiles();
  if (files.length > 0) await compareFiles(files);
}

export async function compareFiles(files: readonly File[]): Promise<void> {
  const { name } = files.find((file) => /\.onnx$/i.test(file.name)) ?? files[0]!;
  await runJob('compare-file', name, async (job) => {
    const opened = await currentJobs().models.open(job, files);
    const { original } = workspaceStore.getState();
    const problem = original && comparisonProblem(original, opened);
    if (problem == null) await addOpened(job.signal, opened);
    else notify(problem, { kind: 'problem' });
  });
}

/** Why a model cannot be a variant of the one that is open: a sentence. `undefined`: it can. */
export function comparisonProblem({ inspection }: Original, opened: OpenedModel): string | undefined {
  const { sha256, name } = opened.inspection.file;
  if (sha256 !== '' && sha256 === inspection.file.sha256) return `${name} is the model that is open already.`;
  return describeInterfaceDifference(inspection, opened.inspection);
}

/** Adds a model as a variant and shows it. The same file is one variant, however often it is opened. */
export async function addOpened(signal: AbortSignal, opened: OpenedModel): Promise<void> {
  const { original } = workspaceStore.getState();
  if (original === null) return;
  const whole = await withFingerprint(signal, opened);
  const { file } = whole.inspection;
  const known = workspaceStore
    .getState()
    .variants.find(
      ({ fromFile, optimization }) => fromFile !== undefined && optimization.variant.sha256 === file.sha256,
    );
  if (known === undefined) addNew(original, whole);
  else {
    if (filesOf(known.filesKey) === undefined) keepFiles(known.filesKey, whole.files);
    selectVariant(known.id);
  }
  announce(`${file.name} is a variant of ${original.inspection.file.name}.`);
  goTo('studio');
}

function addNew(original: Original, { inspection, files }: OpenedModel): void {
  const id = takeVariantId();
  keepFiles(id, files);
  const { name } = inspection.file;
  const optimization = optimizationOf(original, inspection, files);
  addVariant(
    { id, name: withoutModelEnding(name), recipe: emptyRecipe, fromFile: name, optimization, inspection },
    'Compare with a file',
  );
  measureGzipLater(id);
}

/** The inspection of a large model comes without its SHA-256, by which a report names every variant. */
async function withFingerprint(signal: AbortSignal, opened: OpenedModel): Promise<OpenedModel> {
  const { inspection, files } = opened;
  if (inspection.file.sha256 !== '') return opened;
  const sha256 = await currentJobs().models.fingerprint({ signal }, files);
  return { ...opened, inspection: { ...inspection, file: { ...inspection.file, sha256 } } };
}

/** As if a recipe without passes had made it: the file keeps its own size, which is never that of a rewritten one. */
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
    sizeBytes: { original: sizeBytes, reencoded: original.reencodedBytes, variant: variantBytes },
    passes: [],
    ms: 0,
  };
}
