/** An encoder and its decoder write a sequence about one sample, greedily. */
import { convertTensor, filledFeed } from '../../engine/data/mapping/convert-tensor';
import { emptyCache } from '../../engine/data/decoder/made-inputs';
import type { Feeds, FeedTensor, InputDescription } from '../../engine/data/feeds';
import { withSuggestedDimensions } from '../../engine/data/free-dimensions';
import type { GenerationConfig } from '../../engine/data/parts/generation-config';
import type { DecoderSource, DecoderWiring, WriterWiring } from '../../engine/data/parts/wire-writer';
import { concreteShape } from '../../engine/data/synthetic';
import { tensorNumbers } from '../../engine/data/tensor-numbers';
import { ParetoError } from '../../engine/errors';
import { ownValue } from '../../engine/own-value';
import { likeliestToken } from '../generation/decoder-session';
import type { PartSessions } from './part-sessions';

export interface WriteSpec {
  readonly wiring: WriterWiring;
  readonly config: GenerationConfig;
  /** Tokens that are written at most, the end among them. */
  readonly count: number;
}

/** The values that a sequence is written with. */
interface Writing {
  /** The start token, and those that were written. */
  readonly tokens: readonly number[];
  readonly encoderFeeds: Feeds;
  readonly encoded: Feeds;
  /** Outputs of earlier runs that continue caches and states. */
  readonly carried: ReadonlyMap<string, FeedTensor>;
}

/**
 * Writes the tokens after the start token, up to an end token, which is the last one then. Each is the likeliest that the configuration allows.
 * Rejects as sessions do, with `generation/output` for a decoder without scores, and as `checkpoint` does.
 */
export async function writeSequence(
  sessions: PartSessions,
  { wiring, config, count }: WriteSpec,
  encoderFeeds: Feeds,
  checkpoint: () => Promise<void>,
): Promise<readonly number[]> {
  const encoded = await sessions.run(wiring.encoder, encoderFeeds);
  const tokens = [config.start];
  const carried = new Map<string, FeedTensor>();
  while (tokens.length <= count) {
    await checkpoint();
    const decoder = tokens.length === 1 ? wiring.first : wiring.later;
    const outputs = await sessions.run(decoder.part, decoderFeeds(decoder, { tokens, encoderFeeds, encoded, carried }));
    const token = config.forced.get(tokens.length) ?? nextToken(outputs, decoder, config.suppressed);
    tokens.push(token);
    if (config.ends.includes(token)) break;
    keepCarried(wiring.later, outputs, carried);
  }
  return tokens.slice(1);
}

function decoderFeeds({ sources, readsAll }: DecoderWiring, writing: Writing): Feeds {
  const inputs = sources.map(({ input }) => input);
  return Object.fromEntries(
    sources.map(({ input, source }) => [input.name, feedOf(input, source, { inputs, readsAll, ...writing })]),
  );
}

interface Run extends Writing {
  readonly inputs: readonly InputDescription[];
  readonly readsAll: boolean;
}

function feedOf(input: InputDescription, source: DecoderSource, run: Run): FeedTensor {
  const { tokens, readsAll, carried, encoded } = run;
  const read = readsAll ? tokens : tokens.slice(-1);
  const past = tokens.length - read.length;
  switch (source.kind) {
    case 'tokens':
      return row(input, read);
    case 'mask':
      return row(
        input,
        tokens.map(() => countedValue(input)),
      );
    case 'positions':
      return row(
        input,
        read.map((_, index) => past + index),
      );
    case 'cache-switch':
      return row(input, [past > 0 ? 1 : 0]);
    case 'encoder-mask':
      return encoderMask(input, run);
    case 'encoder-length':
      return row(input, [encoderLength(run)]);
    case 'encoder':
      return present(encoded, source.output);
    case 'cache':
      return carried.get(source.output) ?? emptyCache(input, firstShape(input, run), source.axis);
    case 'state':
      return carried.get(source.output) ?? firstState(input, source.first, run);
  }
}

/** 1 keeps a token, except in masks that mark padding. */
const countedValue = ({ name }: InputDescription): number => (/padding/i.test(name) ? 0 : 1);

/** One row of values along the last axis. An input without axes gets the first of them. */
function row({ name, dtype, shape }: InputDescription, values: ArrayLike<number>): FeedTensor {
  const rank = shape?.length ?? 2;
  const dims = Array.from({ length: rank }, (_, axis) => (axis === rank - 1 ? values.length : 1));
  const numbers = { dtype: 'float64', dims, data: Float64Array.from(values) };
  return { dtype, dims, data: convertTensor(numbers, dtype, `The values of input "${name}"`) };
}

/** The mask that the encoder was fed, or else one that counts all of its positions. */
function encoderMask(input: InputDescription, run: Run): FeedTensor {
  const [, fed] = Object.entries(run.encoderFeeds).find(([name]) => /mask/i.test(name)) ?? [];
  const numbers = fed && tensorNumbers(fed);
  if (numbers !== undefined) return row(input, numbers);
  return row(
    input,
    Array.from({ length: encoderLength(run) }, () => countedValue(input)),
  );
}

function encoderLength({ encoded }: Run): number {
  return Object.values(encoded).find(({ dims }) => dims.length === 3)?.dims[1] ?? 1;
}

function firstState(input: InputDescription, output: string | null, run: Run): FeedTensor {
  return output === null ? filledFeed(input, firstShape(input, run), 0) : present(run.encoded, output);
}

function firstShape(input: InputDescription, { inputs }: Run): readonly number[] {
  return concreteShape(input, withSuggestedDimensions(inputs));
}

function present(outputs: Feeds, name: string): FeedTensor {
  const output = ownValue(outputs, name);
  if (output !== undefined) return output;
  throw new ParetoError('generation/output', `The model gave no output "${name}".`);
}

/** The encoder's part of a cache comes with the first run; merged decoders give an empty one later. */
function keepCarried({ sources }: DecoderWiring, outputs: Feeds, carried: Map<string, FeedTensor>): void {
  for (const { source } of sources) {
    if (source.kind !== 'cache' && source.kind !== 'state') continue;
    const next = ownValue(outputs, source.output);
    const isKept = source.kind === 'cache' && source.isKept && carried.has(source.output);
    if (next !== undefined && !isKept) carried.set(source.output, next);
  }
}

function nextToken(outputs: Feeds, { logits }: DecoderWiring, suppressed: readonly number[]): number {
  const tensor = present(outputs, logits);
  const values = tensorNumbers(tensor);
  const vocabulary = tensor.dims.at(-1) ?? 0;
  if (values === undefined || vocabulary === 0 || values.length === 0) {
    throw new ParetoError('generation/output', `The model gave no scores in "${logits}".`);
  }
  const scores = Float64Array.from(values.subarray(values.length - vocabulary));
  for (const token of suppressed) if (token < vocabulary) scores[token] = -Infinity;
  return likeliestToken(scores);
}
