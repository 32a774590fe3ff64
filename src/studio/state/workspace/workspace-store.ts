/**
 * The work: one model, the recipe, the variants it made and what was measured. Plain data only: bytes stay in
 * platform/file-registry under a key. `document` parts (recipe, variants, selection, data) change through
 * `changeDocument` so that undo covers them; measurements are facts and are never undone.
 */
import { createStore } from 'zustand/vanilla';
import type { Inspection } from '../../../engine/analysis/inspection';
import type { DatasetDescription } from '../../../engine/data/dataset';
import type { FreeDimensions } from '../../../engine/data/feeds';
import { withSuggestedDimensions } from '../../../engine/data/free-dimensions';
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import type { DataSplit } from '../../../engine/data/split';
import type {
  CellFailure,
  CellResult,
  Comparison,
  Device,
  ExecutionProvider,
  MeasuringBudget,
} from '../../../engine/metrics/cell';
import type { Evaluation } from '../../../engine/metrics/evaluation';
import type { Optimization } from '../../../engine/recipe/optimization';
import type { Recipe } from '../../../engine/recipe/recipe';
import type { SuggestedMapping } from '../../jobs/jobs';

export interface Original {
  readonly inspection: Inspection;
  readonly filesKey: string;
  /** Model file and data files together. Absent in work that was saved before this was kept. */
  readonly openedBytes?: number;
  /** Size decoded and encoded without change: what sizes are compared with. */
  readonly reencodedBytes: number;
}

/** What passes calibrate with: samples of some data, and how they become inputs. */
export interface Calibration {
  readonly dataKey: string;
  readonly dataName: string;
  readonly mapping: DataMapping;
  /** Its calibration part is meant. */
  readonly split: DataSplit;
}

export interface Variant {
  readonly id: string;
  readonly name: string;
  /** Position in the fixed colour sequence; it stays with the variant wherever it is shown. */
  readonly colourIndex: number;
  readonly recipe: Recipe;
  readonly optimization: Optimization;
  readonly inspection: Inspection;
  readonly filesKey: string;
  /** What its recipe calibrated with: `null` where no data was there. Absent where no pass calibrates. */
  readonly calibration?: Calibration | null;
}

/** `original` stands for the model as it was opened, in cells as in the selection. */
export const originalId = 'original';

export type CellKey = `${string}|${ExecutionProvider}`;

export function cellKey(variant: string, ep: ExecutionProvider): CellKey {
  return `${variant}|${ep}`;
}

/** What a person chose by hand; every other cell is chosen when it has no fresh result. */
export type CheckedByHand = Readonly<Record<CellKey, boolean>>;

/** How a cell was measured: what its evidence tells, and what makes it stale. */
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
  /** In the order of their numbers, where something beside the files tells them. */
  readonly classNames?: readonly string[];
}

/** The data of the work: where samples come from, how they become inputs, and which of them judge the variants. */
export interface WorkData {
  readonly evaluation: DataSource;
  /** Files of their own to calibrate with; `null`: a part of the evaluation data is set aside. */
  readonly calibration: DataSource | null;
  readonly mapping: DataMapping;
  /** What the mapping was before a person changed it, with the reasons. */
  readonly suggestion: SuggestedMapping;
  readonly split: DataSplit;
}

/** On what an evaluation stands: what its evidence tells, and what makes it stale. */
export interface EvaluationContext {
  /** ISO 8601. */
  readonly evaluatedAt: string;
  readonly dataName: string;
  readonly dataKey: string;
  readonly mapping: DataMapping;
  /** As it was used. */
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

/** The part that a person edits and that undo gives back. */
export interface WorkDocument {
  readonly recipe: Recipe;
  readonly variants: readonly Variant[];
  /** `original` or a variant's id. */
  readonly selected: string;
  /** `null`: accuracy is unknown. */
  readonly data: WorkData | null;
}

interface HistoryEntry {
  readonly document: WorkDocument;
  /** What the change was, for the tooltip of undo: "Add pass". */
  readonly label: string;
}

export interface WorkspaceState extends WorkDocument {
  readonly original: Original | null;
  readonly device: Device | null;
  readonly cells: Readonly<Record<CellKey, CellResult>>;
  readonly comparisons: Readonly<Record<CellKey, Comparison>>;
  readonly failures: Readonly<Record<CellKey, CellFailure>>;
  readonly contexts: Readonly<Record<CellKey, MeasurementContext>>;
  readonly evaluations: Readonly<Record<CellKey, RecordedEvaluation>>;
  /** Where variants are evaluated. */
  readonly evaluationProvider: ExecutionProvider;
  /** Keys of data that was not kept with restored work: its files must be given again. */
  readonly missingData: readonly string[];
  /** Size after gzip by files key (`original` or a variant's). */
  readonly gzipBytes: Readonly<Record<string, number>>;
  readonly checkedByHand: CheckedByHand;
  readonly freeDimensions: FreeDimensions;
  readonly budget: MeasuringBudget;
  /** Seed of the synthetic inputs. */
  readonly seed: number;
  /** WASM threads that a person asked for; `null`: as many as the device is best with. */
  readonly threads: number | null;
  readonly past: readonly HistoryEntry[];
  readonly future: readonly HistoryEntry[];
  /** Equal tags in a row become one undo step (typing in one field). */
  readonly lastTag: string | null;
  readonly nextVariantNumber: number;
}

export const emptyRecipe: Recipe = { version: 1, seed: 0, steps: [] };

const firstRecipe: Recipe = {
  version: 1,
  seed: 0,
  steps: [{ pass: 'quantize-dynamic', enabled: true, options: {} }],
};

/** Everything that belongs to one model: what opening another one starts from. */
export const emptyWork = {
  recipe: firstRecipe,
  variants: [],
  selected: originalId,
  data: null,
  evaluations: {},
  evaluationProvider: 'wasm',
  missingData: [],
  cells: {},
  comparisons: {},
  failures: {},
  contexts: {},
  gzipBytes: {},
  checkedByHand: {},
  freeDimensions: {},
  past: [],
  future: [],
  lastTag: null,
  nextVariantNumber: 1,
} satisfies Partial<WorkspaceState>;

export const workspaceStore = createStore<WorkspaceState>(() => ({
  ...emptyWork,
  original: null,
  device: null,
  budget: 'standard',
  seed: 1,
  threads: null,
}));

/** Starts work on a model. The recipe stays: a person who drops the next model wants the same done to it. */
export function beginWork(original: Original, chosen: FreeDimensions = {}): void {
  const freeDimensions = withSuggestedDimensions(original.inspection.inputs, chosen);
  workspaceStore.setState((state) => ({ ...emptyWork, recipe: state.recipe, original, freeDimensions }));
}

export function endWork(): void {
  workspaceStore.setState({ ...emptyWork, original: null });
}
