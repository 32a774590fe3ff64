/** The options of `diff --sqnr`: the inputs that both models run on. */
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { mostNamedSamples } from '../../src/engine/data/split';
import { usualSqnrSamples } from '../../src/engine/metrics/node-sqnr';
import { largestSeed } from '../../src/engine/seeded-random';
import { defaultNodeThreads } from '../../src/runtime/node/node-device';
import type { NodeSamples } from '../../src/runtime/nodes/node-sqnr';
import { integerOption, listOption, textOption, UsageError, type CommandOptions, type Invocation } from '../command';
import { dataOptions, refuseIdleDataOptions } from './data-options';
import { dimensionOptions } from './run-options';
import { refuseUnknownDimensions, type FoundModel } from '../model-on-disk';
import { readInputs } from '../read-inputs';

export const sqnrOptions = {
  sqnr: { type: 'boolean' },
  ...dataOptions,
  limit: { type: 'string' },
  seed: { type: 'string' },
  threads: { type: 'string' },
  dim: { type: 'string', multiple: true },
} as const satisfies CommandOptions;

export interface SqnrOptions {
  readonly freeDimensions: FreeDimensions;
  readonly threads: number;
  readonly samples: NodeSamples;
}

/** Throws UsageError for options that mean nothing without `--sqnr`. */
export function refuseSqnrOptions(invocation: Invocation): void {
  const given = Object.keys(sqnrOptions).find((name) => name !== 'sqnr' && invocation.values[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} needs --sqnr. Add --sqnr.`);
}

/** Throws UsageError, and what opening and mapping data throws. */
export async function readSqnrOptions(invocation: Invocation, original: FoundModel): Promise<SqnrOptions> {
  const freeDimensions = Object.fromEntries(dimensionOptions(invocation));
  refuseUnknownDimensions(freeDimensions, original);
  const count = integerOption(invocation, 'limit', { minimum: 1, maximum: mostNamedSamples }) ?? usualSqnrSamples;
  const seed = integerOption(invocation, 'seed', { minimum: 0, maximum: largestSeed }) ?? 0;
  const threads = integerOption(invocation, 'threads', { minimum: 1, maximum: 64 }) ?? defaultNodeThreads();
  const paths = listOption(invocation, 'data');
  if (paths.length === 0) {
    refuseIdleDataOptions(invocation);
    return { freeDimensions, threads, samples: { kind: 'synthetic', count, seed } };
  }
  if (textOption(invocation, 'seed') !== undefined) {
    throw new UsageError('--seed is for random inputs. With --data, the first samples are run.');
  }
  const feeds = await readInputs(invocation, paths, { original, freeDimensions, count });
  return { freeDimensions, threads, samples: { kind: 'data', feeds } };
}
