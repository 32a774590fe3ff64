/** The page's deployment bundle: the model runs once, so that others can compare, and everything goes into one zip. */
import type { DeployFacts, RecordedRun } from '../../engine/deploy/deploy-facts';
import { makeBundle, type Bundle } from '../../engine/deploy/make-bundle';
import type { Progress } from '../../engine/progress';
import type { JobContext } from '../jobs/call';
import type { ModelFiles } from '../models/model-files';
import { ortVersion } from '../session/ort-version';
import type { SessionHost } from '../session/session-host';
import { packBundle } from './pack-bundle';
import { recordRun } from './record-run';

export interface PackedBundle extends Pick<Bundle, 'name' | 'refused' | 'notes'> {
  readonly blob: Blob;
  /** Why nothing was recorded to compare with: a sentence. */
  readonly unrecorded?: string;
}

interface BundleParts {
  readonly facts: Omit<DeployFacts, 'recorded' | 'externalData' | 'onnxruntimeWeb'>;
  readonly files: ModelFiles;
  readonly targets: readonly string[];
}

/** Rejects with `bundle/target` for a target that does not exist. A model that cannot be run here is bundled all the same. */
export async function bundleModel(
  host: SessionHost,
  { facts, files, targets }: BundleParts,
  context: JobContext<Progress>,
): Promise<PackedBundle> {
  let recorded: RecordedRun | null = null;
  let unrecorded: string | undefined;
  try {
    context.progress({ stage: 'Recording an input and its outputs', done: 0, total: 1 });
    recorded = await recordRun(context.signal, host, files, 0);
  } catch (error) {
    context.signal.throwIfAborted();
    const detail = error instanceof Error ? error.message : String(error);
    unrecorded = `The model could not be run here, so no outputs are recorded: ${detail}`;
  }
  const externalData = files.externalData.map(({ path }) => path);
  const bundle = makeBundle({ ...facts, externalData, recorded, onnxruntimeWeb: ortVersion }, targets);
  const { name, refused, notes } = bundle;
  const blob = await packBundle(bundle, files, context);
  return { name, refused, notes, blob, ...(unrecorded !== undefined && { unrecorded }) };
}
