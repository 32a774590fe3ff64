/** What is kept of a model's work between visits: plain data, versioned. The bytes of the model are in the file system beside it. */
import { upgradeRecipe } from '../../../engine/recipe/recipe-migrations';
import {
  changeEntries,
  isRecord,
  upgradeDocument,
  versionOfNow,
  type Ladder,
} from '../../../engine/versioned-document';
import {
  emptyWork,
  savedParts,
  type Original,
  type SavedParts,
  type WorkData,
  type WorkspaceState,
} from '../../state/workspace/workspace-store';

/** How work that was saved by earlier versions becomes work of now. There is no later one yet. */
const savedWorkLadder: Ladder = [];
const savedWorkVersion = versionOfNow(savedWorkLadder);

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

/**
 * Work of this version or any before, with its recipes; parts that there were not yet are empty. `null` for that of a later
 * version, and for what is damaged or no work: it is left out rather than half restored.
 */
export function readSavedWork(value: unknown): SavedWork | null {
  const work = upgradeDocument(value, savedWorkLadder);
  if (!isRecord(work)) return null;
  const upgraded = {
    ...emptySavedParts,
    ...work,
    recipe: upgradeRecipe(work['recipe']),
    variants: changeEntries(work['variants'], (variant) => ({ ...variant, recipe: upgradeRecipe(variant['recipe']) })),
  };
  return isSavedWork(upgraded) ? upgraded : null;
}

function isSavedWork(value: object): value is SavedWork {
  const work = value as SavedWork;
  return (
    work.version === savedWorkVersion &&
    typeof work.id === 'string' &&
    typeof work.savedAt === 'string' &&
    typeof work.original?.inspection?.file?.name === 'string' &&
    Array.isArray(work.original.inspection.inputs) &&
    Array.isArray(work.recipe?.steps) &&
    Object.entries(emptySavedParts).every(([name, empty]) => isLike(work[name as keyof SavedParts], empty)) &&
    (work.search === null || Array.isArray(work.search.candidates)) &&
    work.variants.every((variant) => typeof variant?.id === 'string' && typeof variant.filesKey === 'string')
  );
}

const emptySavedParts = savedParts(emptyWork);

/** Of the same kind as what is there at first; what may be nothing is nothing or a record. */
function isLike(value: unknown, empty: unknown): boolean {
  if (empty === null) return value === null || (typeof value === 'object' && !Array.isArray(value));
  return typeof value === typeof empty && value !== null && Array.isArray(value) === Array.isArray(empty);
}

/** Keys of the data that a work stands on. Work that was saved before there was data has none. */
export function dataOfWork({ data }: { readonly data?: WorkData | null }): readonly string[] {
  if (data == null) return [];
  return [data.evaluation.key, ...(data.calibration === null ? [] : [data.calibration.key])];
}

/** Keys of the files that a work made: its variants, and what a recipe that is not through has made so far. */
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
  };
}
