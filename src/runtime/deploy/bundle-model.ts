/** The page's deployment bundle: the model runs once, so that others can compare, and everything goes into one zip. */
import { deploymentName, type DeployFacts } from '../../engine/deploy/deploy-facts';
import { makeBundle, type Bundle } from '../../engine/deploy/make-bundle';
import type { Progress } from '../../engine/progress';
import type { JobContext } from '../jobs/call';
import type { ModelFiles } from '../models/model-files';
import { ortVersion } from '../session/ort-version';
import type { SessionHost } from '../session/session-host';
import { bundleContents, packFiles } from './pack-bundle';
import { tryModel } from './try-model';

export interface PackedBundle extends Pick<Bundle, 'name' | 'refused' | 'notes'>, Partial<Pick<Bundle, 'batching'>> {
  readonly blob: Blob;
  /** The reason why no run was recorded, as a sentence. */
  readonly unrecorded?: string;
}

interface BundleParts {
  readonly facts: Omit<DeployFacts, 'recorded' | 'batching' | 'externalData' | 'onnxruntimeWeb'>;
  readonly files: ModelFiles;
  readonly targets: readonly string[];
  /** Other files of the bundle. */
  readonly repository: readonly (readonly [path: string, content: Blob])[];
}

/** Rejects with `bundle/target` for a target that does not exist. A model that cannot be run here is bundled all the same. */
export async function bundleModel(
  host: SessionHost,
  { facts, files, targets, repository }: BundleParts,
  context: JobContext<Progress>,
): Promise<PackedBundle> {
  if (targets.length === 0) return packRepository(facts, repository, context);
  context.progress({ stage: 'Comparing batched with single runs', done: 0, total: 1 });
  const { recorded, batching, unrecorded } = await tryModel(context.signal, host, files, 0);
  const externalData = files.externalData.map(({ path }) => path);
  const bundle = makeBundle({ ...facts, externalData, recorded, batching, onnxruntimeWeb: ortVersion }, targets);
  const { name, refused, notes } = bundle;
  const blob = await packFiles(name, [...bundleContents(bundle, files), ...repository], context);
  return { name, batching, refused, notes, blob, ...(unrecorded !== undefined && { unrecorded }) };
}

async function packRepository(
  { inspection }: BundleParts['facts'],
  repository: BundleParts['repository'],
  context: JobContext<Progress>,
): Promise<PackedBundle> {
  const name = deploymentName(inspection.file.name);
  return { name, refused: [], notes: [], blob: await packFiles(name, repository, context) };
}
