/** The contract of a pass: one change to a model, with options. See docs/contributing/add-a-pass.md. */
import type { CalibrationData } from '../data/calibration-data';
import type { Inference } from '../inference';
import type { Model } from '../onnx/graph';
import { wholeModel } from '../onnx/traverse';
import type { Progress } from '../progress';
import type { SeededRandom } from '../seeded-random';
import type { OptionsOf, OptionSpecs, OptionValues } from './option-spec';
import type { PassDetails } from './pass-details';
import type { ScriptPart } from './script-part';

/** One thing a pass did. `path` is that of the node or weight, as `inspect` prints it: `graph/If_0.then_branch/Conv_3`. */
export interface Change {
  readonly path: string;
  readonly op: string;
  readonly what: string;
}

/** The reason that a pass skipped a node or weight. `code` groups equal reasons; `reason` is a sentence. */
export interface Refusal {
  readonly path: string;
  readonly op: string;
  readonly code: string;
  readonly reason: string;
}

/** A refusal of the model as a whole. */
export function refuseWhole(code: string, reason: string): Refusal {
  return { ...wholeModel, code, reason };
}

/** A point of a curve that grows while a pass works, such as the loss of each step. */
export interface Observation {
  /** Names the curve, as the pass's `details` do. */
  readonly curve: string;
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

export interface PassContext {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /**
   * Gives the host a chance to deliver a cancellation. Call it between pieces of work of at most about 50 ms.
   * Rejects with the signal's reason once the signal is aborted.
   */
  checkpoint(): Promise<void>;
  /** Shows an observation of a long pass at once. Details keep the observations that should stay. */
  observe(observation: Observation): void;
  readonly random: SeededRandom;
  /**
   * The model that the recipe began with. Variants are compared with it, and passes that train use it as the teacher.
   */
  readonly original: Model;
  /** Another model as the teacher of passes that train, if a person chose one. */
  readonly teacher?: Model;
  /** Absent when nobody gave any. */
  readonly data?: CalibrationData;
  /** Runs models for the pass. Absent on a host without a runtime: passes then leave out the parts that need one. */
  readonly inference?: Inference;
}

export interface PassOutcome {
  /** A new model that shares everything the pass did not touch; the same object when nothing changed. */
  readonly model: Model;
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  /** Tables, curves and histograms for people, by name. Page, shell and report show them without knowing the pass. */
  readonly details?: PassDetails;
  /** The result in one sentence, if changes and details do not give it: "Half of the weights are zero: …" */
  readonly sentence?: string;
}

/** The plan of a structural pass, which changes nothing. */
export interface StructuralPlan {
  readonly macs: BeforeAfter<number | null>;
  readonly parameters: BeforeAfter<number>;
  readonly weightBytes: BeforeAfter<number>;
  /** The groups; none if the pass describes its planned changes in `details`. */
  readonly groups: readonly PlannedGroup[];
  /** The number of remaining output channels of each layer, once for each node. */
  readonly layers: readonly PlannedLayer[];
  /** The outcome for each part, in tables. */
  readonly details?: PassDetails;
  /** The largest reachable share, if the target cannot be met and the pass would change nothing. The plan is for that share. */
  readonly reachable?: number;
  /** An assumption of the plan that only a run can check, in a sentence. */
  readonly assumption?: string;
  /** Layers that cannot be removed or changed, with the reasons. */
  readonly locked: readonly { readonly path: string; readonly reason: string }[];
}

interface BeforeAfter<Value> {
  readonly before: Value;
  readonly after: Value;
}

/** Channels that can only be removed together, across all nodes that are coupled by them. */
export interface PlannedGroup {
  readonly id: string;
  /** Paths of the nodes. */
  readonly nodes: readonly string[];
  /** Paths of those that give these channels; the others read them. */
  readonly giving: readonly string[];
  /** The number of units that can be removed one by one: channels, or attention heads. */
  readonly channels: number;
  readonly kept: number;
  readonly areHeads?: true;
  /** A normalization averages over them, as over the width of a transformer. */
  readonly areNormalized?: true;
  readonly reason?: string;
}

export interface PlannedLayer {
  readonly path: string;
  readonly channels: number;
  readonly kept: number;
}

/** A step of a recipe with its complete options. */
export interface OrderedStep {
  readonly pass: string;
  readonly options: OptionValues;
}

/** Further nodes that a pass could change, with the options for it. */
export interface Widening {
  /** The name that a person knows: `Conv`. */
  readonly name: string;
  readonly options: OptionValues;
  /** Two sentences: what was left, and what it costs to take it. */
  readonly leftOut: string;
  readonly cost: string;
}

/** The work of a pass. Running, planning and checking recipes reads only this. */
export interface PassWork<Options> {
  /** The id on the command line: `quantize-dynamic`. */
  readonly id: string;
  /** True if it uses `PassContext.data`: always, or with some options only. Absent: never. */
  readonly calibrates?: boolean | ((options: Options) => boolean);
  /** True if it trains with these options, which needs a teacher. Absent: never. */
  trains?(options: Options): boolean;
  /** It changes answers by float32's rounding at most, or hardly more: beside others it has no part in the name of a variant. */
  readonly isPreparation?: boolean;
  /** It makes numbers coarser: the pipeline then compares file sizes, and outputs if there is data. */
  readonly losesPrecision?: boolean;
  /** It changes names and notes alone. */
  readonly renamesOnly?: boolean;
  /** The reason that only renaming steps may follow it, in a sentence. Absent: any step may. */
  readonly standsLast?: string;
  /** The reason that the step makes no sense after the earlier ones: a sentence that says what to do. */
  orderProblem?(earlier: readonly OrderedStep[], options: Options): string | undefined;
  /** Plans the work of `run`. Only structural passes have it. Throws as `run` does. */
  plan?(model: Model, options: Options, context: PassContext): Promise<StructuralPlan>;
  /**
   * A model of the same form and size as `run` would make, with any values in its weights: quicker than `run`, and without data. Absent:
   * `run` itself is needed. Throws as `run` does.
   */
  sketch?(model: Model, options: Options, context: PassContext): Promise<Model>;
  /** The sketch assumes decisions that data makes in a run, so its figures are approximate. */
  readonly isSketchRough?: boolean;
  /**
   * Runs on a valid model with validated options. Never throws for a model it cannot improve: it returns refusals.
   * Throws only for a canceled signal or bytes that cannot be read. The record is part of the page's first load, so
   * `run` loads the code of the pass by `import()`.
   */
  run(model: Model, options: Options, context: PassContext): Promise<PassOutcome>;
}

/** The words of a pass in the page, the command line and reports. The words of its options stand with the options. */
export interface PassPresentation<Options> {
  readonly title: string;
  /** One sentence: what it does and what it costs. */
  readonly summary: string;
  /** The name of a variant made with these options: `4-bit weights`. Absent: the id in words. */
  name?(options: Options): string;
  /** The part of a file name before `.onnx`: `quantized`. Absent: the id. */
  readonly fileSuffix?: string;
  /** A suggestion if the loss of precision is too large, to be read after "Try". */
  insteadTry?(options: Options): string;
  /** Nodes in a report that it skipped only because of its default options, and could change. */
  alsoTake?(options: Options, refusals: readonly Refusal[]): Widening | undefined;
  /**
   * The step with ONNX Runtime's Python tools, and the parts that they cannot do. Absent if they have nothing like it.
   * It is loaded by `import()` as `run` is.
   */
  script?(options: Options): Promise<ScriptPart>;
}

/** A pass: the record that page, shell, recipes and reports know it by. `definePass` makes one. */
export interface PassDefinition<Options> extends PassWork<Options> {
  readonly presentation: PassPresentation<Options>;
}

export interface Pass extends PassDefinition<OptionValues> {
  readonly options: OptionSpecs;
}

/**
 * A pass whose functions get the options with the types that their descriptions give. The pipeline calls them with validated and
 * complete options only (`resolveOptions`).
 */
export function definePass<const Specs extends OptionSpecs>(
  pass: PassDefinition<OptionsOf<Specs>> & { readonly options: Specs },
): Pass {
  return pass as PassDefinition<never> & { readonly options: Specs } as Pass;
}
