/**
 * A stand-in has the form of a candidate's file, and weights of any values. It is built in a moment, so a search for
 * speed times it before it calibrates, repairs or evaluates the candidate.
 */
import { formatRatioInterval } from '../format';
import type { NodeTimes } from '../metrics/node-time';
import type { PairedComparison } from '../verdict/speed-verdict';
import type { Recipe, RecipeStep } from '../recipe/recipe';
import { ownTiming, type Candidate, type Timing } from './candidate';
import { endPasses } from './goals';

/** Scales of any two samples give the integers of a file their form. */
const samplesOfStandIn = 2;

/** A ratio that pays for an approximation of the model. */
const leastRatio = 1.02;

/** The options without the work that changes the values of weights and leaves the form. `null`: the step changes no form. */
const quickOptions = new Map<string, RecipeStep['options'] | null>([
  ['quantize-static', { biasCorrection: false, closeness: 0, calibrator: 'minmax', rounding: 'nearest' }],
  ['prune-channels', { importance: 'l2', ranking: 'local', recover: 'none', rounds: 1 }],
  ['factorize', { refit: false, method: 'svd' }],
  // A session turns stored weights into floats once, when it is opened.
  ['quantize-weights', null],
  ['fine-tune', null],
]);

/** Returns the recipe of the stand-in. Candidates that compute alike have the same one. */
export function standInOf({ recipe }: Pick<Candidate, 'recipe'>): Pick<Candidate, 'recipe' | 'calibrationSamples'> {
  const steps = recipe.steps.flatMap((step): RecipeStep[] => {
    const options = quickOptions.get(step.pass);
    if (options === null || endPasses.has(step.pass)) return [];
    return [{ ...step, options: { ...step.options, ...options } }];
  });
  return { recipe: { ...recipe, steps }, calibrationSamples: samplesOfStandIn };
}

/** The same for two candidates whose stand-ins are the same file. */
export function standInKey({ recipe }: { readonly recipe: Recipe }): string {
  const sorted = (options: RecipeStep['options']) => Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(recipe.steps.map(({ pass, options }) => [pass, sorted(options)]));
}

/** The timing of a stand-in as a candidate keeps it. */
export function standInTiming(comparison: PairedComparison, variantMs: readonly [number, number]): Timing {
  const { ratio, interval, noiseFloor, verdict, pairs, original, isOfPairs } = comparison;
  const [medianMs, p95Ms] = variantMs;
  return {
    ...{ medianMs, p95Ms, ratio, interval, noiseFloor, verdict, pairs },
    ...(!isOfPairs && { original: { medianMs: original.medianMs, intervalMs: original.intervalMs } }),
    isStandIn: true,
  };
}

/** A larger ratio is worth a build even if noise hides it: the file itself is timed longer. */
const clearRatio = 1.2;

/** True if the file is likely faster. A search for speed builds only such candidates. */
export function isWorthBuilding({ timing }: Pick<Candidate, 'timing'>): boolean {
  if (timing === undefined || timing.ratio < leastRatio) return false;
  return timing.interval[0] > 1 || timing.ratio >= clearRatio;
}

/** True while more runs in turns may show that a stand-in is faster, and it is not shown yet. */
export function mayBeWorthBuilding({ interval: [low, high], verdict }: PairedComparison): boolean {
  return verdict === 'undecided' && low <= 1 && high >= clearRatio;
}

/** True if turns in another session may show that it is faster: these showed neither that it is nor that it is not. */
export function isOpenStill({ verdict, interval: [, high] }: Timing): boolean {
  return verdict === 'undecided' && high > leastRatio;
}

/** The reason that a candidate is not built, in a sentence. */
export function describeNotFaster({ ratio, interval }: Timing): string {
  const measured = formatRatioInterval(ratio, interval);
  return ratio >= 1
    ? `Not built: a quick copy of its form is not measurably faster, ${measured}.`
    : `Not built: a quick copy of its form is slower, ${measured}.`;
}

/** Steps that lose no accuracy. */
const lossless: ReadonlySet<string> = new Set(['simplify', 'restore-float', 'fix-dimensions']);
/** Passes that run the model many times. */
const expensive: ReadonlySet<string> = new Set(['prune-channels', 'factorize', 'fine-tune']);
/** Passes after which layers compute in integers. */
const integers: ReadonlySet<string> = new Set(['quantize-static', 'quantize-dynamic']);

/**
 * A form that loses less comes before one that is faster by less than this factor. Scales for each token lose less than one scale or
 * scales of calibration, and integers in layers alone lose less than in all operators.
 */
const gainForLoss = 1.25;

/**
 * Compares candidates for sorting: what is built quickly comes first, and before corrections on data. Then comes what has fewer steps that
 * lose accuracy, then what is faster by its stand-in.
 */
export function comparePromise(a: Candidate, b: Candidate): number {
  const count = ({ recipe }: Candidate, of: (pass: string) => boolean) =>
    recipe.steps.filter(({ pass }) => of(pass)).length;
  const isExpensive = (pass: string) => expensive.has(pass);
  const isLossy = (pass: string) => !lossless.has(pass) && !endPasses.has(pass);
  return (
    count(a, isExpensive) - count(b, isExpensive) ||
    Number(corrects(a)) - Number(corrects(b)) ||
    count(a, isLossy) - count(b, isLossy) ||
    promisedRatio(b) - promisedRatio(a)
  );
}

function corrects({ recipe }: Candidate): boolean {
  return recipe.steps.some(({ pass, options }) => pass === 'quantize-static' && options['biasCorrection'] !== false);
}

function promisedRatio({ recipe, timing }: Candidate): number {
  const losses = recipe.steps.map(({ pass, options }) => {
    if (pass === 'quantize-static') return 'opTypes' in options ? 1 : 2;
    return Number(pass === 'quantize-dynamic' && options['activations'] !== 'per-token' && !('opTypes' in options));
  });
  return (timing?.ratio ?? 0) / gainForLoss ** Math.max(0, ...losses);
}

/**
 * Compares candidates for sorting before anything is timed, because a slow model has time for few: what is built quickly comes first, and
 * of that what computes in integers. Equal ones keep the order of the plan.
 */
export function compareForTiming(a: Pick<Candidate, 'recipe'>, b: Pick<Candidate, 'recipe'>): number {
  const has = ({ recipe }: Pick<Candidate, 'recipe'>, passes: ReadonlySet<string>) =>
    Number(recipe.steps.some(({ pass }) => passes.has(pass)));
  return has(a, expensive) - has(b, expensive) || has(b, integers) - has(a, integers);
}

/** The technique whose layers keep integers only where these are faster here. */
const placedTechnique = 'int8-static-layers';

/** A layer in integers pays for the conversion of its inputs and outputs. */
const leastGainOfLayer = 1.1;

/** True if layers alone compute in integers in this candidate: some of them may be slower so. */
export function canBePlaced({ id, timing }: Pick<Candidate, 'id' | 'timing'>): boolean {
  return id === placedTechnique && timing !== undefined;
}

/**
 * The candidate with integers only in layers that are faster with them, by the times of the nodes of both files. `undefined`: that is
 * every layer, or none.
 */
export function placeIntegers(
  { recipe, name, calibrationSamples }: Candidate,
  original: Pick<NodeTimes, 'nodes'>,
  variant: Pick<NodeTimes, 'nodes'>,
): Pick<Candidate, 'id' | 'name' | 'recipe' | 'calibrationSamples'> | undefined {
  const before = new Map(original.nodes.map(({ path, medianMs }) => [path, medianMs]));
  const quantized = variant.nodes.filter(
    ({ ranAs, path }) => ranAs?.startsWith('QLinear') === true && before.get(path),
  );
  const slower = quantized.filter(({ path, medianMs }) => before.get(path)! < leastGainOfLayer * (medianMs ?? 0));
  if (slower.length === 0 || slower.length === quantized.length) return undefined;
  const exclude = slower.map(({ path }) => path.slice(path.indexOf('/') + 1));
  const steps = recipe.steps.map((step) =>
    step.pass === 'quantize-static' ? { ...step, options: { ...step.options, exclude } } : step,
  );
  return {
    id: `${placedTechnique}-placed`,
    name: `${name}, where faster`,
    recipe: { ...recipe, steps },
    ...(calibrationSamples !== undefined && { calibrationSamples }),
  };
}

/** The share by which a stand-in may seem slower than the file. */
const tolerance = 1.05;

/**
 * The reason not to build a candidate after others were evaluated, in a sentence: a candidate within the limits is faster already, or the
 * beginning of its recipe alone loses too much. `undefined`: it may be the best.
 */
export function overtaken(
  candidate: Candidate,
  { best, tooFar }: { readonly best: Candidate | null; readonly tooFar: readonly Candidate[] },
): string | undefined {
  const fastest = best === null ? undefined : ownTiming(best);
  if (best !== null && fastest !== undefined) {
    if (candidate.timing!.interval[1] * tolerance < fastest.interval[0]) return `Not built: ${best.name} is faster.`;
    const isSame = standInKey(standInOf(candidate)) === standInKey(standInOf(best));
    if (isSame) return `Not built: it computes the same as ${best.name}.`;
  }
  const steps = lossySteps(candidate);
  const beginning = tooFar.find((other) => {
    const own = lossySteps(other);
    return own.length > 0 && own.length <= steps.length && own.every((step, at) => losesAtMost(step, steps[at]!));
  });
  return beginning && `Not built: ${beginning.name} alone exceeds the limits.`;
}

function lossySteps({ recipe }: Candidate): readonly RecipeStep[] {
  return recipe.steps.filter(({ pass }) => !lossless.has(pass));
}

/** True if both are the same, or the first does the same to some operators only. */
function losesAtMost({ pass, options }: RecipeStep, other: RecipeStep): boolean {
  const optionsOf = ({ opTypes: _opTypes, ...others }: RecipeStep['options']) => JSON.stringify(others);
  const isSame = JSON.stringify(options) === JSON.stringify(other.options);
  const isPart = 'opTypes' in options && !('opTypes' in other.options);
  return pass === other.pass && (isSame || (isPart && optionsOf(options) === optionsOf(other.options)));
}
