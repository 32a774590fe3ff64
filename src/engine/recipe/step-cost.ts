/** What a step costs that a person would not look for: a file that grew, and outputs that are no longer near. */
import { isHeldOut } from '../calibration/held-out';
import type { CalibrationData } from '../data/calibration-data';
import type { Feeds } from '../data/feeds';
import { formatBytes, formatCount, formatDecibels, formatPercent } from '../format';
import type { Inference } from '../inference';
import { DataComparison } from '../metrics/data-match';
import type { DataMatch } from '../metrics/evaluation';
import { relativeError } from '../metrics/match-grade';
import { encodeModel } from '../onnx/codec/encode';
import type { Model } from '../onnx/graph';
import type { Pass, PassContext } from '../passes/pass';
import type { OptionValues } from '../passes/option-spec';

/** Fewer say nothing. */
const fewestJudged = 4;
const mostJudged = 64;
const mostOutputBytes = 64 * 2 ** 20;
/** Lower, and a person would see it: a classifier that takes to 8 bits agrees with itself on 98 % and more. */
const leastAgreement = 0.95;
const leastSqnrDb = 20;

/**
 * Sentences about a step that makes numbers coarser (`Pass.insteadTry`): that the file grew, and, where there is data and a runtime,
 * that outputs on samples which no pass fits to are far from those before. None where neither is so.
 * Rejects with the signal's reason once aborted; a model that cannot be run has no outputs to compare.
 */
export async function sentencesOfCost(
  { pass, options }: { readonly pass: Pass; readonly options: OptionValues },
  before: Model,
  after: Model,
  context: PassContext,
): Promise<readonly string[]> {
  if (pass.insteadTry === undefined || before === after) return [];
  const growth = sentenceOfGrowth(before, after);
  const { data, inference } = context;
  const match = data && inference && (await compareOutputs(before, after, { ...context, data, inference }));
  const loss = match && sentenceOfLoss(match);
  return [...(growth ? [growth] : []), ...(loss ? [`${loss} Try ${pass.insteadTry(options)}.`] : [])];
}

function sentenceOfGrowth(before: Model, after: Model): string | undefined {
  const [old, now] = [encodeModel(before).sizeBytes, encodeModel(after).sizeBytes];
  if (now <= old) return undefined;
  return `The file grew from ${formatBytes(old)} to ${formatBytes(now)}: the new nodes take more than smaller numbers save.`;
}

interface JudgingContext extends PassContext {
  readonly data: CalibrationData;
  readonly inference: Inference;
}

async function compareOutputs(before: Model, after: Model, context: JudgingContext): Promise<DataMatch | undefined> {
  const chain = context.inference.openChain(context.signal);
  try {
    const samples = await heldOutSamples(context.data);
    const names = outputsOf(after).filter((name) => outputsOf(before).includes(name));
    if (samples.length < fewestJudged || names.length === 0) return undefined;
    const expected: Feeds[] = [];
    let bytes = 0;
    await chain.load(before, names);
    for (const feeds of samples) {
      const outputs = await runOne(feeds, names);
      expected.push(outputs);
      for (const { data } of Object.values(outputs)) bytes += 'byteLength' in data ? data.byteLength : 0;
      if (bytes > mostOutputBytes) break;
    }
    await chain.load(after, names);
    const comparison = new DataComparison();
    for (const [index, outputs] of expected.entries()) comparison.add(outputs, await runOne(samples[index]!, names), 1);
    return comparison.result();
  } catch (error) {
    if (context.signal.aborted) throw error;
    return undefined;
  } finally {
    chain.close();
  }

  async function runOne(feeds: Feeds, read: readonly string[]): Promise<Feeds> {
    await context.checkpoint();
    const { values } = await chain.run({ first: 0, feeds: [feeds], read, keep: [] });
    return values[0]!;
  }
}

/** Those that passes which fit to data leave out. */
async function heldOutSamples(data: CalibrationData): Promise<readonly Feeds[]> {
  const samples: Feeds[] = [];
  let position = 0;
  for await (const feeds of data.feeds()) {
    if (isHeldOut(position++)) samples.push(feeds);
    if (samples.length >= mostJudged) break;
  }
  return samples;
}

function outputsOf({ graph }: Model): readonly string[] {
  return graph!.outputs.flatMap(({ name }) => (name ? [name] : []));
}

function sentenceOfLoss({ samples, perOutput, sqnrDb }: DataMatch): string | undefined {
  const shares = perOutput.flatMap(({ agreement }) => (agreement === null ? [] : [agreement.value]));
  const agreement = Math.min(...shares);
  const others = Math.round((1 - agreement) * samples);
  if (shares.length > 0) {
    if (agreement >= leastAgreement || others < 2) return undefined;
    return `On ${formatCount(samples)} samples the largest output is another than before for ${formatCount(others)} of them.`;
  }
  if (sqnrDb === null || sqnrDb >= leastSqnrDb) return undefined;
  const error = formatPercent(Math.min(9.99, relativeError(sqnrDb)), 0);
  return `On ${formatCount(samples)} samples the outputs are off by ${error} (SQNR ${formatDecibels(sqnrDb)}).`;
}
