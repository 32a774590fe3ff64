/**
 * Keeps the most expensive values in float32 until the outputs are close enough (accuracy-aware quantization, as in
 * NNCF, but for values). It starts with the fewest values by their separate costs. Then it permits less and less loss
 * until samples confirm the result.
 */
import { messageOf } from '../../../errors';
import { isHeldOut, readSamplesAt } from '../../../calibration/held-out';
import type { Feeds } from '../../../data/feeds';
import { formatCounted, formatDecibels } from '../../../format';
import type { ValueName } from '../../../onnx/graph';
import { compareWith } from '../../compare-outputs';
import { measureNoise, type ValueNoise } from './activation-noise';
import type { CalibrationContext } from './activation-ranges';
import { buildStatic, type BuiltStatic, type Ranges, type StaticParts } from './build-static';
import { chooseFloatValues } from './float-values';

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
