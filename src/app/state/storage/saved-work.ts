/**
 * The state of a model's work that is kept between visits: plain, versioned data. The bytes of the model are in the
 * file system beside it.
 */
import { isRecord } from '../../../engine/versioned-document';
import {
  emptyWork,
  originalId,
  savedParts,
  type Original,
  type SavedParts,
  type WorkData,
  type WorkspaceState,
} from '../workspace/workspace-store';
import { holdsResults, withEnded, withSensitivity } from '../workspace/kept-results';
import { fits, inspectionShape, repairParts } from './repair-parts';

const savedWorkVersion = 1;

export interface SavedWork extends SavedParts {
  readonly version: number;
  /** SHA-256 of the model file. */
  readonly id: string;
  /** ISO 8601. */
  readonly savedAt: string;
  readonly original: Original;
}

/** One line of the start screen's list. */
export interface RecentWork {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly savedAt: string;
  readonly variantCount: number;
  readonly cellCount: number;
  /** True if variants, searches or measurements would be lost with it. */
  readonly holdsResults: boolean;
}

/** `null` without a model, and while the SHA-256 of a large one is not known: work is kept under it. */
export function saveableWork(state: WorkspaceState, savedAt: string): SavedWork | null {
  if (state.original === null || state.original.inspection.file.sha256 === '') return null;
  return {
    version: savedWorkVersion,
    id: state.original.inspection.file.sha256,
    savedAt,
    original: state.original,
    ...savedParts(state),
  };
}

/** Saved work, and the damaged parts of it that were left out. */
export interface ReadWork {
  readonly work: SavedWork;
  readonly damaged: readonly string[];
}

/**
 * Reads saved work. Parts that it lacks are empty.
 * Damaged parts are left out, the rest is kept. Returns `null` for work of a later version, for a value that is no
 * work, and if the model's own record is damaged.
 */
export function readSavedWork(work: unknown): ReadWork | null {
  if (!isRecord(work) || !isWork(work)) return null;
  const { parts: repaired, damaged } = repairParts({ ...emptySavedParts, ...work }, emptySavedParts);
  const parts = withInterrupted(repaired);
  const isThere = parts.selected === originalId || parts.variants.some(({ id }) => id === parts.selected);
  return { work: { ...work, ...parts, ...(!isThere && { selected: originalId }) }, damaged };
}

/** A reload has ended the running job. Its results until then are added to those that were saved. */
function withInterrupted(parts: SavedParts): SavedParts {
  const { ongoingSearch, ongoingSensitivity } = parts;
  return {
    ...parts,
    ...(ongoingSearch && withEnded(parts, ongoingSearch)),
    ...(ongoingSensitivity && withSensitivity(parts.sensitivities, ongoingSensitivity)),
    ongoingSearch: null,
    ongoingSensitivity: null,
  };
}

function isWork(
  work: Readonly<Record<string, unknown>>,
): work is Readonly<Record<string, unknown>> & Pick<SavedWork, 'version' | 'id' | 'savedAt' | 'original'> {
  const { version, ...rest } = work;
  const original = { filesKey: 'string', inspection: inspectionShape } as const;
  return version === savedWorkVersion && fits(rest, { id: 'string', savedAt: 'string', original });
}

const emptySavedParts = savedParts(emptyWork);

/** Keys of the data that a work stands on. Work that was saved before there was data has none. */
export function dataOfWork({ data }: { readonly data?: WorkData | null }): readonly string[] {
  if (data == null) return [];
  return [data.evaluation.key, ...(data.calibration === null ? [] : [data.calibration.key])];
}

/** Keys of the files that a work has beside its model: data, another teacher, and the model's own tokenizer. */
export function givenFilesOf(work: Pick<SavedWork, 'data' | 'teacher' | 'ownTokenizer'>): readonly string[] {
  return [...dataOfWork(work), ...[work.teacher, work.ownTokenizer].flatMap((given) => given?.key ?? [])];
}

/** Keys of the files that a work made: its variants, and the partial results of a recipe that has not finished. */
export function filesKeysOf({ variants, unfinished }: SavedWork): readonly string[] {
  return [...variants.map(({ filesKey }) => filesKey), ...(unfinished?.filesKey ? [unfinished.filesKey] : [])];
}

export function recentWorkOf(work: SavedWork): RecentWork {
  return {
    id: work.id,
    name: work.original.inspection.file.name,
    sizeBytes: work.original.openedBytes ?? work.original.inspection.file.sizeBytes,
    savedAt: work.savedAt,
    variantCount: work.variants.length,
    cellCount: Object.keys(work.cells).length,
    holdsResults: holdsResults(work),
  };
}

/** The date when work was saved, for people: `27 Nov` */
export function dayOf({ savedAt }: Pick<RecentWork, 'savedAt'>): string {
  return new Date(savedAt).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}
