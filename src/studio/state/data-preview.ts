/** One sample as it was read and as the model gets it. Looking at samples is no job: the latest wish replaces the one before. */
import type { FreeDimensions } from '../../engine/data/feeds';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import type { DataPreview } from '../jobs/jobs';
import { dataFilesOf } from '../platform/file-registry';
import { modelInterface } from './data-selectors';
import { currentJobs } from './job-runner';
import type { DataSource, Original } from './workspace-store';

interface PreviewRequest {
  readonly source: DataSource;
  readonly mapping: DataMapping;
  readonly original: Original;
  readonly freeDimensions: FreeDimensions;
  readonly index: number;
}

/** Rejects with a sentence when the mapping does not fit; `null` while the data's files are not at hand. */
export async function loadPreview(
  signal: AbortSignal,
  { source, mapping, original, freeDimensions, index }: PreviewRequest,
): Promise<DataPreview | null> {
  const files = dataFilesOf(source.key);
  if (files === undefined) return null;
  const model = { ...modelInterface(original), freeDimensions };
  const preview = await currentJobs().data.preview(signal, files, model, mapping, index);
  const { label } = preview;
  const name = label === null ? undefined : source.classNames?.[label.value];
  return name === undefined || label === null ? preview : { ...preview, label: { ...label, name } };
}
