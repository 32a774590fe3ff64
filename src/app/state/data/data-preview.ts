/** One sample as it was read and as the model gets it. Looking at samples is no job: the latest wish replaces the one before. */
import type { FreeDimensions } from '../../../engine/data/feeds';
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import { isParetoError } from '../../../engine/errors';
import type { DataPreview } from '../../jobs/jobs';
import { dataFilesOf } from '../../platform/file-registry';
import { modelInterface } from './data-selectors';
import { currentJobs } from '../jobs/job-runner';
import type { DataSource, Original } from '../workspace/workspace-store';

interface PreviewRequest {
  readonly source: DataSource;
  readonly mapping: DataMapping;
  readonly original: Original;
  readonly freeDimensions: FreeDimensions;
  /** `null`: nobody asked for a certain one, so the first that can be read. */
  readonly index: number | null;
}

export interface LoadedPreview {
  readonly preview: DataPreview;
  /**
   * The reasons why the samples before it are not shown, in a sentence for each. Empty when a certain one was asked
   * for.
   */
  readonly unreadable: readonly string[];
}

/** If this many samples cannot be read, the rest is hardly better, and each try reads a file. */
const mostTried = 5;

/** Rejects with a sentence when the mapping does not fit; `null` while the data's files are not at hand. */
export async function loadPreview(signal: AbortSignal, request: PreviewRequest): Promise<LoadedPreview | null> {
  const { source, mapping, original, freeDimensions, index } = request;
  const files = dataFilesOf(source.key);
  if (files === undefined) return null;
  const model = { ...modelInterface(original), freeDimensions };
  const load = async (at: number): Promise<DataPreview> =>
    withClassName(await currentJobs().data.preview({ signal }, files, model, mapping, at), mapping, source);
  if (index !== null) return { preview: await load(index), unreadable: [] };
  return loadFirst(load, Math.max(1, Math.min(mostTried, source.description.samples)));
}

/** Rejects as the first sample does when none of them can be read. */
async function loadFirst(load: (index: number) => Promise<DataPreview>, tries: number): Promise<LoadedPreview> {
  const problems: Error[] = [];
  for (let index = 0; index < tries; index++) {
    try {
      return { preview: await load(index), unreadable: problems.map(({ message }) => message) };
    } catch (error) {
      if (!isParetoError(error) || error.code !== 'data/unreadable') throw error;
      problems.push(error);
    }
  }
  throw problems[0]!;
}

function withClassName(preview: DataPreview, { labels }: DataMapping, { classNames }: DataSource): DataPreview {
  if (labels?.classes !== undefined) return preview;
  const { label } = preview;
  const name = label === null ? undefined : classNames?.[label.value];
  return name === undefined || label === null ? preview : { ...preview, label: { ...label, name } };
}
