/** The page's deployment bundle: the model runs once, so that others can compare, and everything goes into one zip. */
import type { DeployFacts } from '../../engine/deploy/deploy-facts';
import { makeBundle, type Bundle } from '../../engine/deploy/make-bundle';
import type { Progress } from '../../engine/progress';
import type { JobContext } from '../jobs/call';
import type { ModelFiles } from '../models/model-files';
import { ortVersion } from '../session/ort-version';
import type { SessionHost } from '../session/session-host';
import { packBundle } from './pack-bundle';
import { tryModel } from './try-model';

export interface PackedBundle extends Pick<Bundle, 'name' | 'batching' | 'refused' | 'notes'> {
  readonly blob: Blob;
  /** Why nothing was recorded to compare with: a sentence. */
  readonly unrecorded?: string;
}

interface BundleParts {
  readonly facts: Omit<DeployFacts, 'recorded' | 'batching' | 'externalData' | 'onnxruntimeWeb'>;
  readonly files: ModelFiles;
  readonly targets: readonly string[];
}

/** Rejects with `bundle/target` for a target that does not exist. A model that cannot be run here is bundled all the same. */
export async function bundleModel(
  host: SessionHost,
  { facts, files, targets }: BundleParts,
  context: JobContext<Progress>,
): Promise<PackedBundle> {
  context.progress({ stage: 'Comparing batched with single runs', done: 0, total: 1 });
  const { recorded, batching, unrecorded } = await tryModel(context.signal, host, files, 0);
  const externalData = files.externalData.map(({ path }) => path);
  const bundle = makeBundle({ ...facts, externalData, recorded, batching, onnxruntimeWeb: ortVersion }, targets);
  const { name, refused, notes } = bundle;
  const blob = await packBundle(bundle, files, context);
  return { name, batching, refused, notes, blob, ...(unrecorded !== undefined && { unrecorded }) };
}
