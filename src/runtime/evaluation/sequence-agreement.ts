/** Compares the texts of variants with the original's: whole sequences from the same prompts, greedily. */
import type { ReadContext } from '../../engine/data/dataset';
import { decoderOutputsOf, positionsOf } from '../../engine/data/decoder/decoder-wiring';
import { createSampleFeeder } from '../../engine/data/mapping/sample-feeds';
import { tensorNumbers } from '../../engine/data/tensor-numbers';
import { ParetoError } from '../../engine/errors';
import type { Estimate, Evaluation } from '../../engine/metrics/evaluation';
import { proportion } from '../../engine/metrics/proportion-interval';
import { ownValue } from '../../engine/own-value';
import { DecoderSession, likeliestToken } from '../generation/decoder-session';
import { describeRefusedRun } from '../session/failure';
import type { SessionHost } from '../session/session-host';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import { readSamples } from './read-samples';

/** The most tokens of a text that are read before writing. */
const mostPromptTokens = 64;

interface Comparison {
  /** The evaluations of all models of the request. */
  readonly evaluations: readonly Evaluation[];
  /** Tokens that each model writes. */
  readonly count: number;
  /** Called with the number of texts that all models have written. */
  onTexts(texts: number): void;
}

/**
 * Adds `metrics.sequenceAgreement` to each variant, with its 95 % interval. It is the share of texts that the variant
 * continues with the same `count` tokens as the original. Both continue after the first half of the text (at most 64
 * tokens). Texts of one token are skipped. Rejects with `evaluate/generate` for a model that does not write, and as
 * sessions do.
 */
export async function withSequenceAgreement(
  context: ReadContext,
  host: SessionHost,
  request: EvaluateModelsRequest,
  { evaluations, count, onTexts }: Comparison,
): Promise<readonly Evaluation[]> {
  const outputs = decoderOutputsOf(request.mapping);
  if (outputs === undefined) {
    throw new ParetoError(
      'evaluate/generate',
      'The model cannot generate text, because it has no cache or the task is not next-token. Leave out --generate.',
    );
  }
  const running = evaluations.filter(({ failure }) => failure === undefined).map(({ variant }) => variant);
  const models = request.models.filter(({ id }) => running.includes(id));
  // Without a variant there is nothing to compare.
  if (models.length < 2) return evaluations;
  const sessions: DecoderSession[] = [];
  try {
    const { ep, threads } = request;
    for (const { files } of models) {
      sessions.push(await DecoderSession.open(context.signal, host, { files, ep, threads, outputs }));
    }
    const same = new Float64Array(models.length);
    let texts = 0;
    for await (const prompt of promptsOf(context, request, sessions[0]!, count)) {
      const expected = await unlessRefused(() => written(context, sessions[0]!, prompt, count));
      if (expected === undefined) continue;
      for (let model = 1; model < models.length; model++) {
        const own = await written(context, sessions[model]!, prompt, count);
        if (own.every((token, place) => token === expected[place])) same[model]!++;
      }
      onTexts(++texts);
    }
    return evaluations.map((evaluation) => {
      const model = models.findIndex(({ id }) => id === evaluation.variant);
      return model < 1 || texts === 0 ? evaluation : withFigure(evaluation, proportion(same[model]!, texts));
    });
  } finally {
    for (const session of sessions) session.close();
  }
}

function withFigure(evaluation: Evaluation, sequenceAgreement: Estimate): Evaluation {
  const { accuracy } = evaluation;
  if (accuracy === null) return evaluation;
  return { ...evaluation, accuracy: { ...accuracy, metrics: { ...accuracy.metrics, sequenceAgreement } } };
}

/** `undefined` for a prompt that the original refuses: its evaluation skipped that text too. */
async function unlessRefused<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    if (describeRefusedRun(error) === undefined) throw error;
    return undefined;
  }
}

async function written(
  context: ReadContext,
  session: DecoderSession,
  prompt: readonly number[],
  count: number,
): Promise<readonly number[]> {
  session.restart();
  const tokens: number[] = [];
  for (let next = prompt; tokens.length < count; next = tokens.slice(-1)) {
    await context.checkpoint();
    tokens.push(likeliestToken((await session.read(next)).scores));
  }
  return tokens;
}

/** Yields the first half of each text, or less if the tokens that follow need the positions. */
async function* promptsOf(
  context: ReadContext,
  { dataset, indices, mapping, freeDimensions }: EvaluateModelsRequest,
  { inputs }: DecoderSession,
  count: number,
): AsyncGenerator<readonly number[], void> {
  const most = Math.min(mostPromptTokens, positionsOf(inputs) - count);
  if (most < 1) {
    throw new ParetoError(
      'evaluate/generate',
      `The model has no positions for ${count} tokens. Write fewer (--generate).`,
    );
  }
  const all = [inputs.tokens, ...inputs.masks, ...inputs.positions, ...inputs.switches];
  const caches = inputs.caches.map(({ input }) => input);
  const feeder = createSampleFeeder({
    mapping: { inputs: mapping.inputs, labels: null },
    description: dataset.description,
    inputs: [...all, ...caches],
    freeDimensions,
  });
  for await (const sample of readSamples(context, dataset, indices, [feeder])) {
    const tensor = 'fed' in sample ? ownValue(sample.fed[0]!.steps[0]!, inputs.tokens.name) : undefined;
    const tokens = tensor && tensorNumbers(tensor);
    if (tokens === undefined || tokens.length < 2) continue;
    yield Array.from(tokens.subarray(0, Math.min(most, Math.ceil(tokens.length / 2))));
  }
}
