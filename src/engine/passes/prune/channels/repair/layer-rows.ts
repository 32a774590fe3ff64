/** Inputs and outputs of a layer at some output positions: the rows of a least-squares problem. */
import type { FeedTensor } from '../../../../data/feeds';
import type { Node } from '../../../../onnx/graph';
import { tensorNumbers, type Numbers } from '../../../../data/tensor-numbers';
import { getAttributeInts, getAttributeText } from '../../../../onnx/traverse';
import type { LayerKind } from './layer-matrix';
import { productOf } from '../../../../product-of';

/** A tensor as [outer, channels, inner]. */
export interface ChannelView {
  readonly values: Numbers;
  readonly outer: number;
  readonly channels: number;
  readonly inner: number;
}

/**
 * Channels of convolutions are the second axis, those of products the last. `undefined` if it is no float tensor of
 * that rank.
 */
export function channelView(tensor: FeedTensor, kind: LayerKind): ChannelView | undefined {
  const values = tensorNumbers(tensor);
  const axis = kind === 'product' ? tensor.dims.length - 1 : 1;
  const channels = tensor.dims[axis];
  if (values === undefined || channels === undefined || values.length === 0) return undefined;
  const inner = productOf(tensor.dims.slice(axis + 1));
  return { values, channels, inner, outer: values.length / channels / inner };
}

/**
 * Returns at most `most` positions of [outer, inner], evenly spread. They depend on the number of the sample, so that
 * samples differ in their positions.
 */
export function spreadPositions({ outer, inner }: ChannelView, most: number, sample: number): Int32Array {
  const all = outer * inner;
  const count = Math.min(all, most);
  // A phase that goes through all positions as the samples go on: multiples of the golden ratio.
  const phase = ((sample * 0.618_033_988_749_895) % 1) * (all / Math.max(1, count));
  return Int32Array.from({ length: count }, (_, at) => Math.floor((at * all) / count + phase) % all);
}

/** Writes the channels at some positions into a panel [channels, stride], one column each. */
export function writeChannels(view: ChannelView, positions: Int32Array, panel: Float64Array, stride: number): void {
  const { values, channels, inner } = view;
  positions.forEach((position, column) => {
    const base = Math.floor(position / inner) * channels * inner + (position % inner);
    for (let channel = 0; channel < channels; channel += 1) {
      panel[channel * stride + column] = values[base + channel * inner]!;
    }
  });
}

/** Adds the sum of squares of each channel. */
export function addSquares({ values, outer, channels, inner }: ChannelView, squares: Float64Array): void {
  for (let row = 0, at = 0; row < outer; row += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      let sum = 0;
      for (const end = at + inner; at < end; at += 1) sum += values[at]! * values[at]!;
      squares[channel]! += sum;
    }
  }
}

/** Offsets that the kernel of a convolution reads within a channel, for each output position; −1 for padding. */
export class PatchReader {
  readonly taps: number;
  readonly #offsets: Int32Array;

  /** @param spatial sizes after the channels of the input and of the output. */
  constructor(node: Node, kernel: readonly number[], input: readonly number[], output: readonly number[]) {
    const rank = kernel.length;
    const strides = getAttributeInts(node, 'strides') ?? kernel.map(() => 1);
    const dilations = getAttributeInts(node, 'dilations') ?? kernel.map(() => 1);
    const begins = paddingBefore(node, { kernel, input, output, strides, dilations });
    this.taps = productOf(kernel);
    const positions = productOf(output);
    this.#offsets = new Int32Array(positions * this.taps);
    for (let position = 0; position < positions; position += 1) {
      for (let tap = 0; tap < this.taps; tap += 1) {
        let [offset, run, restPosition, restTap] = [0, 1, position, tap];
        for (let axis = rank - 1; axis >= 0; axis -= 1) {
          const at =
            (restPosition % output[axis]!) * strides[axis]! +
            (restTap % kernel[axis]!) * dilations[axis]! -
            begins[axis]!;
          restPosition = Math.floor(restPosition / output[axis]!);
          restTap = Math.floor(restTap / kernel[axis]!);
          if (at < 0 || at >= input[axis]!) offset = -Infinity;
          offset += at * run;
          run *= input[axis]!;
        }
        this.#offsets[position * this.taps + tap] = offset < 0 ? -1 : offset;
      }
    }
  }

  /**
   * Writes the inputs of the kernel, for the channels from `first` to `end` at some output positions, into a panel
   * [channels · taps, stride].
   */
  write(
    view: ChannelView,
    channels: { readonly first: number; readonly end: number },
    positions: Int32Array,
    panel: Float64Array,
    stride: number,
  ): void {
    const { taps } = this;
    const outputs = this.#offsets.length / taps;
    positions.forEach((position, column) => {
      const batch = Math.floor(position / outputs);
      const offsets = (position % outputs) * taps;
      for (let channel = channels.first; channel < channels.end; channel += 1) {
        const base = (batch * view.channels + channel) * view.inner;
        const row = (channel - channels.first) * taps;
        for (let tap = 0; tap < taps; tap += 1) {
          const offset = this.#offsets[offsets + tap]!;
          panel[(row + tap) * stride + column] = offset < 0 ? 0 : view.values[base + offset]!;
        }
      }
    });
  }
}

interface Geometry {
  readonly kernel: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

function paddingBefore(node: Node, { kernel, input, output, strides, dilations }: Geometry): readonly number[] {
  const automatic = getAttributeText(node, 'auto_pad') ?? 'NOTSET';
  if (!automatic.startsWith('SAME')) return getAttributeInts(node, 'pads') ?? kernel.map(() => 0);
  return kernel.map((size, axis) => {
    const extent = (size - 1) * dilations[axis]! + 1;
    const total = Math.max(0, (output[axis]! - 1) * strides[axis]! + extent - input[axis]!);
    return automatic === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
  });
}
