/** The expected result of a goal for one model, before anything runs: size, speed, time, and how sure each is. */
import type { InspectedNode } from '../analysis/inspection';
import { formatBytes, formatRatio, formatSizeChange } from '../format';
import { median } from '../metrics/quantile';
import { leastMs, type Roof } from '../profiling/roofline';
import type { PresetId } from '../recipe/presets';
import type { RecipeSketch } from '../recipe/sketch-recipe';
import { isNotablySmaller } from '../verdict/size-verdict';
import { describeVerdict, smallestDifference } from '../verdict/speed-verdict';
import type { Goal } from './goals';

/** The time of a goal, unless the person chooses more. */
export const goalBudgetMs = 60_000;

export interface PromiseFacts {
  /** The file that was opened. */
  readonly originalBytes: number;
  readonly nodes: readonly Pick<InspectedNode, 'flops' | 'bytes' | 'inBody'>[];
  readonly macs: number | null;
  /** `undefined`: not computed yet. `null`: only a run can decide it. */
  readonly sketch: RecipeSketch | null | undefined;
  /** Speedups of this recipe, measured on this device on models of the same kind. */
  readonly measured: readonly number[];
  /** The roof of the timed provider on this device. Absent: not measured. */
  readonly roof?: Roof;
  /** The recipe runs the model on data, or a search looks for it. */
  readonly takesLong: boolean;
  /** The goal tries several recipes, so neither its size nor its speed follows from one. */
  readonly isSearched?: boolean;
  /** The size if every weight were float32, which no recipe exceeds. */
  readonly float32Bytes: number;
  /** The sketch of each safer recipe of the goal, in their order, as far as they are computed. */
  readonly safer?: readonly (RecipeSketch | null | undefined)[];
}

export interface GoalPromise {
  /** An upper limit if only a run can decide it. Absent while it is computed. */
  readonly size?: string;
  readonly speed: string;
  /** `measured`: on this device. `estimate`: an upper limit from the work that is left. `usual`: what the recipe gives other models. `search`: known after it. */
  readonly basis: 'measured' | 'estimate' | 'usual' | 'search';
  /** When it is made: `≤ 60 s`. */
  readonly time: string;
  /** What it gives where the outputs of its recipe differ too much: `8-bit weights, 1.72 MB`. */
  readonly safer?: string;
  /** The reason why the goal gains nothing here. */
  readonly idle?: string;
}

export function promiseOf(goal: Goal, facts: PromiseFacts): GoalPromise {
  const { sketch, originalBytes, takesLong, isSearched = false } = facts;
  const time = takesLong ? `≤ ${goalBudgetMs / 1000} s` : 'in seconds';
  const isOpen = sketch === null || isSearched;
  const most = `≤ ${formatBytes(Math.max(originalBytes, facts.float32Bytes))}`;
  const size = isOpen ? { size: most } : sketch && { size: sizeText(sketch, originalBytes) };
  // The sketch knows more than the kind of the weights: a forest has none, and is stored in fewer bytes.
  const isSmaller = sketch == null ? undefined : isNotablySmaller(originalBytes, sketch.sizeBytes);
  const saves = goal.isForSize ? isSmaller : undefined;
  const stays = saves === false ? `The file stays at ${formatBytes(originalBytes)}.` : '';
  const idle = goal.isIdle && saves !== true ? goal.reason : stays;
  const safer = isSearched || idle !== '' ? undefined : saferOf(goal, facts);
  return { ...size, ...speedOf(goal, facts), time, ...(safer && { safer }), ...(idle !== '' && { idle }) };
}

/** A result that is larger by less keeps the promise. */
const keptShare = 0.25;

/** The first of the safer recipes whose file is so much larger that the promise must name it. */
function saferOf({ isForSize, safer }: Goal, { sketch, safer: sketches = [] }: PromiseFacts): string | undefined {
  if (!isForSize || sketch == null) return undefined;
  const most = sketch.sizeBytes * (1 + keptShare);
  const at = sketches.findIndex((each) => each != null && each.sizeBytes > most);
  return at === -1 ? undefined : `${safer[at]!.title}, ${formatBytes(sketches[at]!.sizeBytes)}`;
}

function sizeText({ sizeBytes, isExact }: RecipeSketch, originalBytes: number): string {
  return `${isExact ? '' : 'about '}${formatBytes(sizeBytes)}, ${formatSizeChange(originalBytes, sizeBytes)}`;
}

/** Recipes that store weights otherwise and compute in float32 as before. */
const keepsSpeed: ReadonlySet<PresetId> = new Set(['int8-weights', 'int4-weights', 'int2-weights', 'simplify']);
/** The share of the bytes that are left to move. */
const movedBytes: Partial<Record<PresetId, number>> = { float16: 0.5 };

function speedOf({ preset, ep }: Goal, facts: PromiseFacts): Pick<GoalPromise, 'speed' | 'basis'> {
  const { measured, macs, sketch } = facts;
  if (measured.length > 0) return { speed: ratioText(median(measured)), basis: 'measured' };
  if (facts.isSearched === true) return { speed: 'the fastest of several recipes', basis: 'search' };
  if (keepsSpeed.has(preset) || (preset === 'float16' && ep === 'wasm'))
    return { speed: 'usually the same speed', basis: 'usual' };
  const macShare = macs === null || macs === 0 || sketch?.macs == null ? 1 : sketch.macs / macs;
  const change = { flops: macShare, bytes: movedBytes[preset] ?? macShare };
  if (macShare < 1 || preset in movedBytes) {
    const bound = boundOf(facts, change);
    return {
      speed: bound < 1 + smallestDifference ? 'same speed' : `up to ${formatRatio(bound)} faster`,
      basis: 'estimate',
    };
  }
  return { speed: 'usually faster', basis: 'usual' };
}

function ratioText(ratio: number): string {
  if (Math.max(ratio, 1 / ratio) < 1 + smallestDifference) return 'same speed';
  return describeVerdict({ verdict: ratio > 1 ? 'faster' : 'slower', ratio });
}

/**
 * The largest speedup that the roofline allows if these shares of operations and bytes are left. Without a roof, the one of
 * operations and bytes that shrinks more.
 */
function boundOf({ nodes, roof }: PromiseFacts, left: { readonly flops: number; readonly bytes: number }): number {
  const least = 1 / Math.min(left.flops, left.bytes);
  if (roof === undefined) return least;
  const sumMs = (share: { readonly flops: number; readonly bytes: number }): number =>
    nodes.reduce((sum, { flops, bytes, inBody }) => {
      if (inBody !== undefined || !flops || !bytes) return sum;
      return sum + leastMs({ flops: flops * share.flops, bytes: bytes * share.bytes }, roof);
    }, 0);
  const [before, after] = [sumMs({ flops: 1, bytes: 1 }), sumMs(left)];
  return after > 0 && before > 0 ? before / after : least;
}
