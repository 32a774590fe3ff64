/**
 * The work: one model, the recipe, the variants it made, and all measurements. Plain data only: bytes stay in
 * platform/file-registry under a key. The `document` parts (recipe, variants, selection, data, searches, sensitivities,
 * evaluations) change through `changeDocument`, so undo covers them. Times and sizes are facts and are never undone.
 */
import { createStore } from 'zustand/vanilla';
import type { Inspection } from '../../../engine/analysis/inspection';
import type { DatasetDescription } from '../../../engine/data/dataset';
import type { FreeDimensions } from '../../../engine/data/feeds';
import { withSuggestedDimensions } from '../../../engine/data/free-dimensions';
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import type { DataSplit } from '../../../engine/data/split';
import {
  originalId,
  type CellFailure,
  type CellResult,
  type Comparison,
  type Device,
  type ExecutionProvider,
  type MeasuringBudget,
} from '../../../engine/metrics/cell';
import type { Evaluation } from '../../../engine/metrics/evaluation';
import type { MeasuredSweep } from '../../../engine/profiling/sweep';
import type { Optimization, PassReport } from '../../../engine/recipe/optimization';
import type { Recipe } from '../../../engine/recipe/recipe';
import type { SearchState } from '../../../engine/search/search-journal';
import type { Sensitivity } from '../../../engine/search/sensitivity';
import type { SuggestedMapping } from '../../jobs/jobs';

export interface Original {
  readonly inspection: Inspection;
  /** ISO 8601. Absent in work that was saved before this was kept. */
  readonly openedAt?: string;
  readonly filesKey: string;
  /** Model file and data files together. Absent in work that was saved before this was kept. */
  readonly openedBytes?: number;
}

/** The calibration data of passes: samples of some data, and their mapping to inputs. */
export interface Calibration {
  readonly dataKey: string;
  readonly dataName: string;
  readonly mapping: DataMapping;
  /** The split, of which the calibration part is used. */
  readonly split: DataSplit;
  /** The number of samples of that part that are used: a search on a slow model takes fewer. All if absent. */
  readonly samples?: number;
}

/** Another model than the original that passes that train learn from. */
export interface Teacher {
  readonly name: string;
  /** The key of its files, which are kept like those of data. */
  readonly key: string;
}

/** The tokenizer in the file of the model, as GGUF files have it. */
export interface OwnTokenizer {
  /** The key of its file, which is kept like those of data. */
  readonly key: string;
}

export interface Variant {
  readonly id: string;
  readonly name: string;
  /** ISO 8601. Absent in work that was saved before this was kept. */
  readonly madeAt?: string;
  /** Position in the fixed color sequence; it stays with the variant wherever it is shown. */
  readonly colorIndex: number;
  /** Empty if the variant was opened from a file. */
  readonly recipe: Recipe;
  /** Name of the file that it was opened from. Absent: its recipe made it. */
  readonly fromFile?: string;
  readonly optimization: Optimization;
  readonly inspection: Inspection;
  readonly filesKey: string;
  /** The calibration data of its recipe: `null` if there was no data, absent if no pass calibrates. */
  readonly calibration?: Calibration | null;
  /** The teacher of its recipe: `null` for the original. Absent if no pass trains. */
  readonly teacher?: Teacher | null;
}

/** The selection calls the original by the same id as the cells. */
export { originalId };

export type CellKey = `${string}|${ExecutionProvider}`;

export function cellKey(variant: string, ep: ExecutionProvider): CellKey {
  return `${variant}|${ep}`;
}

/** The cells that a person chose by hand; every other cell is chosen when it has no fresh result. */
export type CheckedByHand = Readonly<Record<CellKey, boolean>>;

export function sweepKey({ variant, axis }: Pick<MeasuredSweep, 'variant' | 'axis'>): string {
  return `${variant}|${axis}`;
}

/** The conditions of a measured cell: its evidence states them, and a change makes the cell stale. */
export interface MeasurementContext {
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly freeDimensions: FreeDimensions;
  readonly budget: MeasuringBudget;
  readonly seed: number;
  readonly device: Device | null;
}

/** Data files that were read. The files are in platform/file-registry under the key. */
export interface DataSource {
  readonly description: DatasetDescription;
  /** Empty for very large data, which takes too long to hash. */
  readonly fingerprint: string;
  /** The fingerprint, or what stands for it where there is none. */
  readonly key: string;
  /** Class names in the order of their numbers, if a file beside the data contains them. */
  readonly classNames?: readonly string[];
}

/** The data of the work: where samples come from, how they become inputs, and which of them evaluate the variants. */
export interface WorkData {
  readonly evaluation: DataSource;
  /** Files of their own to calibrate with; `null`: a part of the evaluation data is set aside. */
  readonly calibration: DataSource | null;
  readonly mapping: DataMapping;
  /** The mapping before a person changed it, with the reasons. */
  readonly suggestion: SuggestedMapping;
  readonly split: DataSplit;
}

/** The conditions of an evaluation: its evidence states them, and a change makes it stale. */
export interface EvaluationContext {
  /** ISO 8601. */
  readonly evaluatedAt: string;
  readonly dataName: string;
  readonly dataKey: string;
  readonly mapping: DataMapping;
  /** The split that was used. */
  readonly split: DataSplit;
  readonly freeDimensions: FreeDimensions;
  /** SHA-256 of the model that was evaluated. */
  readonly sha256: string;
  readonly device: Device | null;
}

export interface RecordedEvaluation {
  readonly evaluation: Evaluation;
  readonly context: EvaluationContext;
}

/**
 * `undone`: a person edits it, through `changeDocument`. `saved`: a reload brings it back. `reported`: a report is made from
 * it. `lasting`: it belongs to the device or the visitor, and stays when another model is opened.
 */
type Role = 'undone' | 'saved' | 'reported' | 'lasting';

interface Part<Value, Roles extends Role> {
  readonly empty: Value;
  readonly roles: readonly Roles[];
}

function part<Value, Roles extends Role = never>(empty: Value, ...roles: Roles[]): Part<Value, Roles> {
  return { empty, roles };
}

export const emptyRecipe: Recipe = { version: 1, seed: 0, steps: [] };

/** The parts that a person edits and that undo restores. */
const documentParts = {
  recipe: part(emptyRecipe, 'undone', 'saved'),
  variants: part([] as readonly Variant[], 'undone', 'saved', 'reported'),
  /** `original` or a variant's id. */
  selected: part(originalId as string, 'undone', 'saved', 'reported'),
  /** `null`: accuracy is unknown. */
  data: part(null as WorkData | null, 'undone', 'saved', 'reported'),
  /** `null`: the original. */
  teacher: part(null as Teacher | null, 'undone', 'saved'),
  /** The search in view that is over: what it tried and found. A person makes variants of its candidates. */
  search: part(null as SearchState | null, 'undone', 'saved', 'reported'),
  /** Other searches that are over and hold what the one in view does not, latest first. */
  otherSearches: part([] as readonly SearchState[], 'undone', 'saved', 'reported'),
  /** Sensitivities by technique, data and order. */
  sensitivities: part({} as Readonly<Record<string, RecordedSensitivity>>, 'undone', 'saved'),
  evaluations: part({} as Readonly<Record<CellKey, RecordedEvaluation>>, 'undone', 'saved', 'reported'),
};

type ValuesOf<Described extends Readonly<Record<string, Part<unknown, Role>>>> = {
  readonly [Name in keyof Described]: Described[Name]['empty'];
};

export type WorkDocument = ValuesOf<typeof documentParts>;

/** A recipe that runs. After a reload it is a stopped one. */
export interface UnfinishedRun {
  readonly name: string;
  readonly recipe: Recipe;
  readonly calibration?: Calibration | null;
  readonly teacher?: Teacher | null;
  /**
   * The finished passes, and the key of the model that they made. They are empty and `null` until a first slow pass has
   * finished.
   */
  readonly passes: readonly PassReport[];
  readonly filesKey: string | null;
}

/** The cost of layers, whole or as far as it was measured, and the basis of the measurement. */
export interface RecordedSensitivity {
  readonly found: Sensitivity;
  readonly basis: string;
}

/** A search that has not ended. */
export interface OngoingSearch {
  readonly found: SearchState;
  /** It began with all that the search in view had found. */
  readonly isContinued: boolean;
}

export interface OngoingSensitivity extends RecordedSensitivity {
  /** The key for `sensitivities` once it has ended. */
  readonly key: string;
}

interface HistoryEntry {
  readonly document: WorkDocument;
  /** The name of the change, for the tooltip of undo: "Add pass". */
  readonly label: string;
}

/** Every part of the workspace: its initial value and the roles that decide how it is kept. Nothing else lists them. */
const parts = {
  original: part(null as Original | null, 'reported'),
  ownTokenizer: part(null as OwnTokenizer | null, 'saved'),
  ...documentParts,
  unfinished: part(null as UnfinishedRun | null, 'saved'),
  /** The search that runs. A reload finds it stopped. */
  ongoingSearch: part(null as OngoingSearch | null, 'saved', 'reported'),
  /** Layers that are being measured. A reload finds them measured in part. */
  ongoingSensitivity: part(null as OngoingSensitivity | null, 'saved'),
  cells: part({} as Readonly<Record<CellKey, CellResult>>, 'saved', 'reported'),
  comparisons: part({} as Readonly<Record<CellKey, Comparison>>, 'saved', 'reported'),
  failures: part({} as Readonly<Record<CellKey, CellFailure>>, 'saved', 'reported'),
  contexts: part({} as Readonly<Record<CellKey, MeasurementContext>>, 'saved', 'reported'),
  /** Models measured over the values of a setting, by `sweepKey`. */
  sweeps: part({} as Readonly<Record<string, MeasuredSweep>>, 'saved', 'reported'),
  /** The provider that evaluates variants. */
  evaluationProvider: part('wasm' as ExecutionProvider, 'saved', 'reported'),
  /** Keys of data that was not kept with restored work: its files must be given again. */
  missingData: part([] as readonly string[]),
  /** Size after gzip by files key (`original` or a variant's). */
  gzipBytes: part({} as Readonly<Record<string, number>>, 'saved', 'reported'),
  checkedByHand: part({} as CheckedByHand, 'saved'),
  freeDimensions: part({} as FreeDimensions, 'saved', 'reported'),
  nextVariantNumber: part(1 as number, 'saved'),
  past: part([] as readonly HistoryEntry[]),
  future: part([] as readonly HistoryEntry[]),
  /** Equal tags in a row become one undo step (typing in one field). */
  lastTag: part(null as string | null),
  device: part(null as Device | null, 'lasting', 'reported'),
  budget: part('standard' as MeasuringBudget, 'lasting'),
  /** Seed of the synthetic inputs. */
  seed: part(1 as number, 'lasting', 'reported'),
  /** WASM threads that a person asked for; `null`: as many as the device is best with. */
  threads: part(null as number | null, 'lasting', 'reported'),
};

type Parts = typeof parts;
type PartsWith<Wanted extends Role> = {
  readonly [Name in keyof Parts as Wanted extends Parts[Name]['roles'][number] ? Name : never]: Parts[Name]['empty'];
};

export type WorkspaceState = ValuesOf<Parts>;
export type SavedParts = PartsWith<'saved'>;
export type ReportedWork = PartsWith<'reported'>;

function pick<Wanted extends Role>(state: Partial<WorkspaceState>, wanted: Wanted): PartsWith<Wanted> {
  const names = Object.entries(parts).filter(([, { roles }]) => (roles as readonly Role[]).includes(wanted));
  const picked = names.map(([name]) => [name, state[name as keyof WorkspaceState]]);
  return Object.fromEntries(picked) as PartsWith<Wanted>;
}

export function documentOf(state: WorkDocument): WorkDocument {
  return pick(state, 'undone');
}

export function savedParts(state: SavedParts): SavedParts {
  return pick(state, 'saved');
}

export function reportedWork(state: ReportedWork): ReportedWork {
  return pick(state, 'reported');
}

const beginning = Object.fromEntries(
  Object.entries(parts).map(([name, { empty }]) => [name, empty]),
) as unknown as WorkspaceState;

/** Everything that belongs to one model: the state that opening another one starts from. */
export const emptyWork: Omit<WorkspaceState, keyof PartsWith<'lasting'>> = withoutLasting(beginning);

function withoutLasting(state: WorkspaceState): Omit<WorkspaceState, keyof PartsWith<'lasting'>> {
  const lasting = new Set(Object.keys(pick(state, 'lasting')));
  const rest = Object.entries(state).filter(([name]) => !lasting.has(name));
  return Object.fromEntries(rest) as Omit<WorkspaceState, keyof PartsWith<'lasting'>>;
}

export const workspaceStore = createStore<WorkspaceState>(() => beginning);

/**
 * Starts work on a model. The recipe stays, because a person who drops the next model usually wants to apply the same
 * recipe to it.
 */
export function beginWork(original: Original, chosen: FreeDimensions = {}): void {
  const freeDimensions = withSuggestedDimensions(original.inspection.inputs, chosen);
  workspaceStore.setState((state) => ({ ...emptyWork, recipe: state.recipe, original, freeDimensions }));
}

export function endWork(): void {
  workspaceStore.setState(emptyWork);
}

/** Everything that belongs to the open model, to be taken up again with `resumeWork`. */
export type Work = typeof emptyWork;

export function currentWork(): Work {
  return withoutLasting(workspaceStore.getState());
}

export function resumeWork(work: Work): void {
  workspaceStore.setState(work);
}
