/** The inputs that candidates are timed on. */
import type { Feeds, FreeDimensions, InputDescription } from '../../engine/data/feeds';
import { sizesOfFeeds } from '../../engine/data/free-dimensions';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { createInputsReader, firstInputs } from '../../engine/data/read-inputs';
import { mostComparedInputs } from '../../engine/metrics/cell';
import { ownValue } from '../../engine/own-value';
import type { OutputReference } from './output-reference';
import type { SearchHost, SearchRequest } from './search-request';

/** Inputs from data, known outputs of the original, and the sizes of free dimensions. */
export interface TimedInputs extends Pick<OutputReference, 'feeds' | 'known'> {
  readonly freeDimensions: FreeDimensions;
  /** The text of median length without padding. Absent: inputs hold no padding that the model ignores. */
  readonly unpadded?: UnpaddedText;
}

export interface UnpaddedText extends Pick<TimedInputs, 'freeDimensions'> {
  readonly feeds: Feeds;
  readonly tokens: number;
}

/**
 * Returns the inputs of the reference. If it ran texts without padding, samples are read again with the padding of the mapping. The data
 * decides free dimensions that the request leaves open. `indices` are the samples to read.
 */
export async function readTimedInputs(
  host: SearchHost,
  { data, freeDimensions, opened }: Pick<SearchRequest, 'data' | 'freeDimensions' | 'opened'>,
  reference: Pick<OutputReference, 'feeds' | 'known'> & { readonly isUnpadded: boolean },
  indices: readonly number[],
): Promise<TimedInputs> {
  const { inputs } = opened.inspection;
  let { feeds, known } = reference;
  let unpadded: UnpaddedText | undefined;
  if (data !== null && reference.isUnpadded) {
    const read = createInputsReader({ dataset: data.dataset, mapping: data.mapping, inputs, freeDimensions });
    const padded = await firstInputs(read(indices.slice(0, 2 * mostComparedInputs), host), mostComparedInputs);
    unpadded = unpaddedOf(inputs, data.mapping, feeds ?? []);
    [feeds, known] = [padded.length === 0 ? null : (padded as readonly Feeds[]), []];
  }
  return {
    feeds,
    known,
    freeDimensions: { ...sizesOfFeeds(inputs, feeds?.[0]), ...freeDimensions },
    ...(unpadded && { unpadded }),
  };
}

function unpaddedOf(
  inputs: readonly InputDescription[],
  mapping: DataMapping,
  feeds: readonly Feeds[],
): UnpaddedText | undefined {
  const [text] = Object.entries(mapping.inputs).flatMap(([name, mapped]) => ('text' in mapped ? [name] : []));
  const tokensOf = (each: Feeds): number => ownValue(each, text!)!.dims[1]!;
  const sorted = feeds.toSorted((a, b) => tokensOf(a) - tokensOf(b));
  const middle = sorted[sorted.length >> 1];
  return middle && { feeds: middle, tokens: tokensOf(middle), freeDimensions: sizesOfFeeds(inputs, middle) };
}
