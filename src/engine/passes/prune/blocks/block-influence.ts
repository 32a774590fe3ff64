/** The influence of blocks: how much they change their input (block influence of ShortGPT, Men et al. 2024). */
import { observeValues } from '../../../calibration/observe-values';
import type { Feeds, FeedTensor } from '../../../data/feeds';
import type { Inference } from '../../../inference';
import type { Model, ValueName } from '../../../onnx/graph';
import { channelView } from '../channels/repair/layer-rows';
import type { ResidualBlock } from './residual-blocks';

/**
 * Returns for each block 1 − the mean cosine between its input and its output, over all places of all samples. It is 0
 * if the block changes no direction, and 1 if output and input are orthogonal. Vectors lie along the channels. The
 * result is NaN if values are no floats. Rejects as runs do.
 */
export async function blockInfluences(
  blocks: readonly ResidualBlock[],
  request: {
    readonly signal: AbortSignal;
    readonly inference: Inference;
    readonly model: Model;
    readonly samples: readonly Feeds[];
    readonly checkpoint: () => Promise<void>;
    progress(done: number, total: number): void;
  },
): Promise<readonly number[]> {
  const sums = blocks.map(() => ({ cosines: 0, places: 0 }));
  const names = new Set(blocks.flatMap(({ skip, output }) => [skip, output]));
  let seen = new Map<ValueName, FeedTensor>();
  let sampleSeen = -1;
  await observeValues({
    ...{ signal: request.signal, inference: request.inference, model: request.model },
    // All at once: both values of a block are needed together.
    values: Array.from(names, (name) => ({ name, estimatedBytes: 0 })),
    feeds: () => request.samples,
    samples: request.samples.length,
    progress: (done, total) => request.progress(done, total),
    async visit(name, tensor, sample) {
      if (sample !== sampleSeen) [seen, sampleSeen] = [new Map(), sample];
      seen.set(name, tensor);
      if (seen.size < names.size) return;
      for (const [at, block] of blocks.entries()) {
        addCosines(sums[at]!, block, seen.get(block.skip)!, seen.get(block.output)!);
        await request.checkpoint();
      }
    },
  });
  return sums.map(({ cosines, places }) => (places === 0 ? NaN : 1 - cosines / places));
}

function addCosines(
  sums: { cosines: number; places: number },
  { nodes }: ResidualBlock,
  before: FeedTensor,
  after: FeedTensor,
): void {
  const isConvolution = nodes.some(({ node }) => node.opType === 'Conv' || node.opType === 'ConvTranspose');
  const kind = isConvolution ? 'convolution' : 'product';
  const [a, b] = [channelView(before, kind), channelView(after, kind)];
  if (a === undefined || b === undefined || a.values.length !== b.values.length) return;
  const { outer, channels, inner } = a;
  for (let block = 0; block < outer; block += 1) {
    for (let place = 0; place < inner; place += 1) {
      let [dot, squareA, squareB] = [0, 0, 0];
      for (let channel = 0; channel < channels; channel += 1) {
        const at = (block * channels + channel) * inner + place;
        const [x, y] = [a.values[at]!, b.values[at]!];
        dot += x * y;
        squareA += x * x;
        squareB += y * y;
      }
      // A zero vector that becomes nonzero has changed its direction. One that stays zero has not.
      const isNothing = squareA === 0 && squareB === 0;
      sums.cosines += isNothing ? 1 : squareA === 0 || squareB === 0 ? 0 : dot / Math.sqrt(squareA * squareB);
      sums.places += 1;
    }
  }
}
