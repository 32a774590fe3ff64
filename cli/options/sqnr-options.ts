/** The options of `diff --sqnr`: the inputs that both models run on. */
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { mostNamedSamples } from '../../src/engine/data/split';
import { usualSqnrSamples } from '../../src/engine/metrics/node-sqnr';
import { largestSeed } from '../../src/engine/seeded-random';
import { defaultNodeThreads } from '../../src/runtime/node/node-device';
import type { DataRequest } from '../../src/work/request';
import { integerOption, isSet, UsageError, type CommandOptions, type Invocation } from '../command';
import { dataOptions, readDataRequest } from './data-options';
import { dimensionsOption } from './run-options';

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
  /** Absent: random inputs. */
  readonly data: DataRequest | undefined;
  readonly count: number;
  readonly seed: number;
}

/** `undefined` without `--sqnr`. Throws UsageError, also for options that mean nothing then. */
export async function readSqnrOptions(invocation: Invocation): Promise<SqnrOptions | undefined> {
  if (!isSet(invocation, 'sqnr')) {
    const given = Object.keys(sqnrOptions).find((name) => invocation.values[name] !== undefined);
    if (given !== undefined) throw new UsageError(`--${given} needs --sqnr. Add --sqnr.`);
    return undefined;
  }
  const data = await readDataRequest(invocation);
  const seed = integerOption(invocation, 'seed', { minimum: 0, maximum: largestSeed });
  if (data !== undefined && seed !== undefined) {
    throw new UsageError('--seed is for random inputs. With --data, the first samples are run.');
  }
  return {
    freeDimensions: dimensionsOption(invocation),
    threads: integerOption(invocation, 'threads', { minimum: 1, maximum: 64 }) ?? defaultNodeThreads(),
    data,
    count: integerOption(invocation, 'limit', { minimum: 1, maximum: mostNamedSamples }) ?? usualSqnrSamples,
    seed: seed ?? 0,
  };
}
