import { productOf } from '../../../product-of';
/** The input places under the kernel of a convolution or transposed convolution, by the position of the output. */

/** Lists by axis; `pads` of the starts of all axes, then of their ends. */
export interface SlidingWindow {
  readonly isTransposed: boolean;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly autoPad: string;
  /** Set for transposed convolutions, like the fields below. */
  readonly outputPadding: readonly number[];
  readonly outputSizes: readonly number[] | undefined;
}

/** The place of a zero in the padding, or between the inputs of a transposed convolution. */
export const inPadding = -1;

/** Positions beyond are worked out each time. */
const mostPlaces = 4096;

/** The places of the taps of the window in the plane of a channel. */
export class WindowPlaces {
  /** The number of output positions. */
  readonly positions: number;
  readonly #window: SlidingWindow;
  readonly #taps: readonly (readonly number[])[];
  readonly #size: readonly number[];
  readonly #outputs: readonly number[];
  readonly #padsBefore: readonly number[];
  readonly #found = new Map<number, Int32Array>();

  /** @param size of the input, without batch and channels. */
  constructor(window: SlidingWindow, size: readonly number[]) {
    const { outputs, padsBefore } = window.isTransposed ? spreadOver(window, size) : slideOver(window, size);
    this.#window = window;
    this.#taps = tapsOf(window.kernel);
    this.#size = size;
    this.#outputs = outputs;
    this.#padsBefore = padsBefore;
    this.positions = productOf(outputs);
  }

  /** One place for each tap, in the order in which the weight holds them; `inPadding` for those that read nothing. */
  at(position: number): Int32Array {
    const known = this.#found.get(position);
    if (known !== undefined) return known;
    const output = coordinates(position, this.#outputs);
    const found = Int32Array.from(this.#taps, (tap) => this.#placeOf(tap, output));
    if (this.#found.size < mostPlaces) this.#found.set(position, found);
    return found;
  }

  #placeOf(tap: readonly number[], output: readonly number[]): number {
    const { isTransposed, strides, dilations } = this.#window;
    let place = 0;
    for (let axis = 0; axis < this.#size.length; axis += 1) {
      const stride = strides[axis]!;
      const reach = tap[axis]! * dilations[axis]!;
      const before = this.#padsBefore[axis]!;
      const at = isTransposed ? (output[axis]! + before - reach) / stride : output[axis]! * stride - before + reach;
      if (!Number.isInteger(at) || at < 0 || at >= this.#size[axis]!) return inPadding;
      place = place * this.#size[axis]! + at;
    }
    return place;
  }
}

/** Coordinates of every element of the kernel, in the order in which the weight holds them. */
function tapsOf(kernel: readonly number[]): readonly (readonly number[])[] {
  const count = productOf(kernel);
  return Array.from({ length: count }, (_, index) => coordinates(index, kernel));
}

function coordinates(index: number, dims: readonly number[]): number[] {
  const result = dims.map(() => 0);
  let rest = index;
  for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
    result[axis] = rest % dims[axis]!;
    rest = Math.floor(rest / dims[axis]!);
  }
  return result;
}

interface Positions {
  readonly outputs: readonly number[];
  readonly padsBefore: readonly number[];
}

/** The extents from the first to the last element that the kernel reads. */
function extentsOf({ kernel, dilations }: SlidingWindow): readonly number[] {
  return kernel.map((length, axis) => (length - 1) * dilations[axis]! + 1);
}

/** Positions of the window along each axis, and the padding before them (ONNX, Conv). */
function slideOver(window: SlidingWindow, size: readonly number[]): Positions {
  const { kernel, strides, pads, autoPad } = window;
  const rank = kernel.length;
  const extents = extentsOf(window);
  if (autoPad.startsWith('SAME')) {
    const outputs = size.map((length, axis) => Math.ceil(length / strides[axis]!));
    const padsBefore = outputs.map((count, axis) => {
      const whole = Math.max(0, (count - 1) * strides[axis]! + extents[axis]! - size[axis]!);
      return autoPad === 'SAME_LOWER' ? Math.ceil(whole / 2) : Math.floor(whole / 2);
    });
    return { outputs, padsBefore };
  }
  const padsBefore = kernel.map((_, axis) => (autoPad === 'VALID' ? 0 : pads[axis]!));
  const outputs = size.map((length, axis) => {
    const padding = padsBefore[axis]! + (autoPad === 'VALID' ? 0 : pads[axis + rank]!);
    return Math.floor((length + padding - extents[axis]!) / strides[axis]!) + 1;
  });
  return { outputs, padsBefore };
}

/** Likewise of what inputs are spread over (ONNX, ConvTranspose): where the size is given, the padding follows from it. */
function spreadOver(window: SlidingWindow, size: readonly number[]): Positions {
  const { kernel, strides, pads, autoPad, outputPadding, outputSizes } = window;
  const extents = extentsOf(window);
  const full = size.map((length, axis) => (length - 1) * strides[axis]! + extents[axis]! + outputPadding[axis]!);
  const isSame = autoPad.startsWith('SAME');
  if (outputSizes !== undefined || isSame) {
    const outputs = outputSizes ?? size.map((length, axis) => length * strides[axis]!);
    const padsBefore = full.map((length, axis) => {
      const whole = Math.max(0, length - outputs[axis]!);
      return autoPad === 'SAME_UPPER' ? Math.floor(whole / 2) : Math.ceil(whole / 2);
    });
    return { outputs, padsBefore };
  }
  const padsBefore = kernel.map((_, axis) => (autoPad === 'VALID' ? 0 : pads[axis]!));
  const outputs = full.map((length, axis) => {
    const padding = padsBefore[axis]! + (autoPad === 'VALID' ? 0 : pads[axis + kernel.length]!);
    return length - padding;
  });
  return { outputs, padsBefore };
}
