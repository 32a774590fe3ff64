/**
 * Keeps the most expensive values in float32 until the outputs are close enough (accuracy-aware quantization, as in
 * NNCF, but for values). It starts with the fewest values by their separate costs. Then it permits less and less loss
 * until samples confirm the result.
 */
import { messageOf } from '../../../errors';
import { isHeldOut, readSamplesAt } from '../../../calibration/held-out';
import type { Feeds } from '../../../data/feeds';
import { formatCounted, formatDecibels } from '../../../format';
import type { Node, ValueName } from '../../../onnx/graph';
import { compareWith } from '../../compare-outputs';
import { measureNoise, type ValueNoise } from './activation-noise';
import type { CalibrationContext } from './activation-ranges';
import { buildStatic, type BuiltStatic, type Ranges, type StaticParts } from './build-static';
import { isDefaultDomain } from '../../../onnx/traverse';
import type { QdqPlan } from './qdq-plan';

/** Operators that only move numbers, and accept any type. */
const movers: ReadonlySet<string> = new Set([
  ...['Flatten', 'MaxPool', 'Reshape', 'Resize', 'Slice', 'Squeeze', 'Transpose', 'Unsqueeze'],
  ...['Gather', 'Split', 'Pad', 'Concat', 'Identity'],
]);

/** Computing a layer in float32 again costs as much as this many values between layers. */
const valuesPerLayer = 8;

type Planned = Pick<QdqPlan, 'graph' | 'marks' | 'absorbed'>;

/**
 * Chooses values to keep in float32, one after the other: the one with the largest loss for the layers that then stay
 * float. It stops when all others together cost at most `mostShare`. The result has the share of each value, or of the
 * block that was measured together. With each value, values that no integer operator reads or computes any more leave
 * too (`null`), because rounding them would only lose digits.
 */
export function chooseFloatValues(
  plan: Planned,
  noise: readonly ValueNoise[],
  mostShare: number,
): ReadonlyMap<ValueName, number | null> {
  const choice = new FloatChoice(plan);
  const isLeft = ({ values }: ValueNoise): boolean => values.some((value) => !choice.chosen.has(value));
  for (let left = noise; ;) {
    left = left.filter(isLeft);
    if (left.reduce((sum, { share }) => sum + share, 0) <= mostShare) return choice.chosen;
    const worth = ({ values, share }: ValueNoise): number => share / (1 + valuesPerLayer * choice.layersLostBy(values));
    const next = left.reduce((best, each) => (worth(each) > worth(best) ? each : best));
    choice.take(next);
  }
}

class FloatChoice {
  readonly chosen = new Map<ValueName, number | null>();
  readonly #plan: Planned;
  /** The operators that read and compute each value; absorbed bounds are seen through. */
  readonly #around = new Map<ValueName, readonly Node[]>();
  readonly #layers: ReadonlySet<Node>;

  constructor(plan: Planned) {
    const { graph, marks } = plan;
    this.#plan = plan;
    this.#layers = new Set(graph.graph.nodes.filter((node) => graph.isLayer(node)));
    for (const [name, mark] of marks) {
      if (mark.kind !== 'activation' || graph.constant(name)) continue;
      let maker = graph.producer(name);
      while (maker && plan.absorbed.has(maker)) maker = graph.producer(maker.inputs[0]!);
      this.#around.set(name, [...(maker ? [maker] : []), ...graph.readers(name)]);
    }
  }

  layersLostBy(values: readonly ValueName[]): number {
    const touched = new Set(values.flatMap((value) => this.#around.get(value) ?? []));
    return [...touched].filter((node) => this.#layers.has(node) && this.#computesIntegers(node)).length;
  }

  take({ values, share }: ValueNoise): void {
    for (const value of values) this.chosen.set(value, share);
    // The input of an absorbed bound would get the range of its output.
    for (const [bound, output] of this.#plan.absorbed) {
      if (this.chosen.has(output) && !this.chosen.has(bound.inputs[0]!)) this.chosen.set(bound.inputs[0]!, null);
    }
    for (let isStable = false; !isStable;) {
      const idle = [...this.#around].filter(([name, nodes]) => {
        return !this.chosen.has(name) && !nodes.some((node) => this.#computesIntegers(node));
      });
      for (const [name] of idle) this.chosen.set(name, null);
      isStable = idle.length === 0;
    }
  }

  #computesIntegers(node: Node): boolean {
    const { graph } = this.#plan;
    if (!isDefaultDomain(node.domain)) return false;
    if (movers.has(node.opType ?? '')) return true;
    const values = [...node.inputs, ...node.outputs].filter((name) => graph.isFloat(name) && !graph.constant(name));
    return values.every((name) => this.#isRounded(this.#outputOf(name)));
  }

  /** The output of the absorbed bound that reads a value; else the value itself. */
  #outputOf(name: ValueName): ValueName {
    const [reader] = this.#plan.graph.readers(name);
    const output = reader && this.#plan.absorbed.get(reader);
    return output === undefined ? name : this.#outputOf(output);
  }

  #isRounded(name: ValueName): boolean {
    const mark = this.#plan.marks.get(name);
    if (mark?.kind === 'shared') return this.#isRounded(mark.with);
    return mark !== undefined && !this.chosen.has(name);
  }
}

export interface CloseStatic extends BuiltStatic {
  readonly ranges: Ranges;
  /**
   * The values that stay float32, each with the error of its integers alone in dB; `null` if a value only stands among
   * such values.
   */
  readonly floats: ReadonlyMap<ValueName, number | null>;
  /** The result in a sentence, if the outputs are not close with every value as integers. */
  readonly sentence?: string;
}

/** The most samples that evaluate, and the most that measure the cost of each value. */
const mostSamples = 16;
const mostProbes = 2;
/** All samples serve for evaluation if there are fewer than this. */
const fewestToHoldOut = 16;
/** The share of the allowed loss that activations get, one after the other. The rest is for weights. */
const sharesToTry = [0.5, 0.25, 0.1] as const;
/** The most that corrected biases and learned rounding bring the outputs closer, in dB. */
const mostCorrectedDb = 6;
/** A block of values that costs less than this part of the allowed loss is not divided. */
const finest = 1 / 64;

export async function keepClose(parts: StaticParts, ranges: Ranges, context: CalibrationContext): Promise<CloseStatic> {
  const everywhere = { ...(await buildStatic(parts, ranges, context)), ranges, floats: new Map<ValueName, null>() };
  const { closeness } = parts.options;
  if (closeness === 0) return everywhere;
  const { data } = context;
  const isUsed = (position: number): boolean => data.samples < fewestToHoldOut || isHeldOut(position);
  const samples = await readSamplesAt(data, isUsed, mostSamples);
  const compare = compareWith({ before: parts.model, samples }, context);
  const closenessOf = async (built: BuiltStatic): Promise<number | null> =>
    (await compare(built.model))?.sqnrDb ?? null;
  const before = await closenessOf(everywhere);
  if (before === null || before >= closeness) return everywhere;
  const mostShare = 10 ** (-closeness / 10);
  const noise = await noiseOrWhyNot(everywhere, samples.slice(0, mostProbes), mostShare * finest, context);
  if (typeof noise === 'string') return { ...everywhere, sentence: noise };
  // Corrected biases gain less than this. Without them a try costs one run for each sample.
  const isHopeless = async (left: Ranges): Promise<boolean> => {
    const rough = await closenessOf(await buildStatic(withoutCorrection(parts), left, context));
    return rough !== null && rough < closeness - mostCorrectedDb;
  };
  let best: CloseStatic = everywhere;
  let bestDb = before;
  for (const share of sharesToTry) {
    const chosen = chooseFloatValues(everywhere.plan, noise, mostShare * share);
    if (chosen.size === best.floats.size) continue;
    const left = new Map([...ranges].filter(([name]) => !chosen.has(name)));
    const isLast = share === sharesToTry.at(-1);
    if (!isLast && (await isHopeless(left))) continue;
    const built = await buildStatic(parts, left, context);
    const db = await closenessOf(built);
    if (db === null || db <= bestDb) continue;
    bestDb = db;
    const floats = new Map([...chosen].map(([name, cost]) => [name, cost === null ? null : -10 * Math.log10(cost)]));
    best = { ...built, ranges: left, floats };
    if (db >= closeness) break;
  }
  return { ...best, sentence: sentenceOf({ before, after: bestDb, closeness, values: best.floats.size }) };
}

function withoutCorrection(parts: StaticParts): StaticParts {
  return { ...parts, options: { ...parts.options, biasCorrection: false, rounding: 'nearest' } };
}

/** A sentence if a float model that can round any of its values cannot be run. */
async function noiseOrWhyNot(
  { plan }: BuiltStatic,
  samples: readonly Feeds[],
  leastShare: number,
  context: CalibrationContext,
): Promise<readonly ValueNoise[] | string> {
  try {
    return await measureNoise(plan, samples, leastShare, context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    const message = messageOf(error);
    return `The costliest values could not be found, so all are integers: ${message}`;
  }
}

function sentenceOf(facts: {
  readonly before: number;
  readonly after: number;
  readonly closeness: number;
  readonly values: number;
}): string {
  const { before, after, closeness, values } = facts;
  const [from, to] = [before, after].map((db) => formatDecibels(db));
  if (values === 0)
    return `Fully int8, the outputs have an SQNR of ${from}. Keeping values in float32 does not improve it.`;
  const missed = after < closeness ? ` That is below the ${formatDecibels(closeness)} requested.` : '';
  return `Fully int8, the outputs would have an SQNR of ${from}. With ${formatCounted(values, 'value')} in float32 it is ${to}.${missed}`;
}
