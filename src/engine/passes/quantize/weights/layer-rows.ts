/** The rows that a layer multiplies with, taken from its input: one for each position of the output. */
import type { FeedTensor } from '../../../data/feeds';
import { float16ToFloat32 } from '../../../onnx/half-float';
import { getAttributeInt, getAttributeInts, getAttributeText } from '../../../onnx/traverse';
import { isRecurrent, stateInput, type WeightLayer } from './weight-layers';

/** Rows of one sample. */
export interface InputRows {
  readonly count: number;
  /** Writes some rows of a group of channels beside each other: number i of the n-th to `target[offset + n + i * stride]`. */
  write(rows: readonly number[], group: number, target: Float32Array, offset: number, stride: number): void;
}

/** How a layer cuts its input into rows: layers that read the same value and cut it alike share everything. */
export interface RowCutter {
  readonly key: string;
  readonly groups: number;
  /** Numbers in a row. */
  readonly columns: number;
  cut(tensor: FeedTensor): InputRows;
}

export function rowCutterOf(layer: WeightLayer): RowCutter {
  if (layer.op === 'Conv') return windowCutter(layer);
  return isState(layer) ? stateCutter(layer) : lastAxisCutter(layer);
}

/** True for the weight that a recurrent node multiplies its own last output with. */
export function isState({ op, input }: WeightLayer): boolean {
  return isRecurrent(op) && input === stateInput;
}

/**
 * States of all steps, as the first output holds them: [steps, directions, batch, hidden], or with layout 1 the batch first.
 * That they include the last state and not the first makes next to no difference.
 */
function stateCutter({ visit: { node }, groups, shape: { columns } }: WeightLayer): RowCutter {
  const batchFirst = getAttributeInt(node, 'layout') === 1;
  return {
    key: 'state',
    groups,
    columns,
    cut(tensor) {
      const values = floatsOf(tensor);
      const batch = batchFirst ? 1 : (tensor.dims[2] ?? 1);
      return {
        count: Math.floor(values.length / (columns * groups)),
        write(rows, group, target, offset, stride) {
          for (const [place, row] of rows.entries()) {
            const start = ((Math.floor(row / batch) * groups + group) * batch + (row % batch)) * columns;
            for (let at = 0; at < columns; at += 1) target[offset + place + at * stride] = values[start + at]!;
          }
        },
      };
    },
  };
}

function lastAxisCutter({ shape: { columns } }: WeightLayer): RowCutter {
  return {
    key: 'rows',
    groups: 1,
    columns,
    cut(tensor) {
      const values = floatsOf(tensor);
      return {
        count: Math.floor(values.length / columns),
        write(rows, _group, target, offset, stride) {
          for (const [place, row] of rows.entries()) {
            const start = row * columns;
            for (let at = 0; at < columns; at += 1) target[offset + place + at * stride] = values[start + at]!;
          }
        },
      };
    },
  };
}

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly autoPad: string;
}

function windowCutter({ visit: { node }, weight, groups, shape: { columns } }: WeightLayer): RowCutter {
  const kernel = weight.tensor.dims.slice(2).map(Number);
  const ones = kernel.map(() => 1);
  const window: Window = {
    kernel,
    strides: getAttributeInts(node, 'strides') ?? ones,
    dilations: getAttributeInts(node, 'dilations') ?? ones,
    pads: getAttributeInts(node, 'pads') ?? [...kernel, ...kernel].map(() => 0),
    autoPad: getAttributeText(node, 'auto_pad') ?? 'NOTSET',
  };
  const taps = tapsOf(kernel);
  const channels = columns / taps.length;
  // Samples are of one size, mostly, and the groups of a layer are cut alike.
  let known: { readonly key: string; readonly places: WindowPlaces } | undefined;
  const placesIn = (size: readonly number[]): WindowPlaces => {
    const key = size.join();
    if (known?.key !== key) known = { key, places: new WindowPlaces(window, taps, size) };
    return known.places;
  };
  return {
    key: JSON.stringify([window, groups]),
    groups,
    columns,
    cut(tensor) {
      const values = floatsOf(tensor);
      const [images = 1, , ...size] = tensor.dims;
      const area = size.reduce((product, length) => product * length, 1);
      const places = placesIn(size);
      const { positions } = places;
      return {
        count: images * positions,
        write(rows, group, target, offset, stride) {
          const windows = rows.map((row) => places.at(row % positions));
          const starts = rows.map((row) => (Math.floor(row / positions) * groups + group) * channels * area);
          for (let channel = 0; channel < channels; channel += 1) {
            for (let tap = 0; tap < taps.length; tap += 1) {
              const to = offset + (channel * taps.length + tap) * stride;
              for (let place = 0; place < rows.length; place += 1) {
                const from = windows[place]![tap]!;
                target[to + place] = from === inPadding ? 0 : values[starts[place]! + channel * area + from]!;
              }
            }
          }
        },
      };
    },
  };
}

/** What lies in the padding is zero. */
const inPadding = -1;

/** Where the taps of the window lie in the plane of a channel, by the position of the window. */
class WindowPlaces {
  readonly positions: number;
  readonly #window: Window;
  readonly #taps: readonly (readonly number[])[];
  readonly #size: readonly number[];
  readonly #outputs: readonly number[];
  readonly #padsBefore: readonly number[];
  readonly #found = new Map<number, Int32Array>();

  constructor(window: Window, taps: readonly (readonly number[])[], size: readonly number[]) {
    const { outputs, padsBefore } = slide(window, size);
    this.#window = window;
    this.#taps = taps;
    this.#size = size;
    this.#outputs = outputs;
    this.#padsBefore = padsBefore;
    this.positions = outputs.reduce((product, length) => product * length, 1);
  }

  at(position: number): Int32Array {
    const known = this.#found.get(position);
    if (known !== undefined) return known;
    const { strides, dilations } = this.#window;
    const corner = coordinates(position, this.#outputs).map(
      (at, axis) => at * strides[axis]! - this.#padsBefore[axis]!,
    );
    const found = Int32Array.from(this.#taps, (tap) => offsetOf(tap, corner, dilations, this.#size));
    if (this.#found.size < mostPlaces) this.#found.set(position, found);
    return found;
  }
}

/** More positions are worked out each time. */
const mostPlaces = 4096;

/** Coordinates of every element of the kernel, in the order in which the weight holds them. */
function tapsOf(kernel: readonly number[]): readonly (readonly number[])[] {
  const count = kernel.reduce((product, length) => product * length, 1);
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

/** Where a tap lies in the plane of a channel, or `inPadding`. */
function offsetOf(
  tap: readonly number[],
  corner: readonly number[],
  dilations: readonly number[],
  size: readonly number[],
): number {
  let offset = 0;
  for (let axis = 0; axis < size.length; axis += 1) {
    const at = corner[axis]! + tap[axis]! * dilations[axis]!;
    if (at < 0 || at >= size[axis]!) return inPadding;
    offset = offset * size[axis]! + at;
  }
  return offset;
}

/** Positions of the window along each axis, and the padding before them (ONNX, Conv). */
function slide(
  { kernel, strides, dilations, pads, autoPad }: Window,
  size: readonly number[],
): { readonly outputs: readonly number[]; readonly padsBefore: readonly number[] } {
  const rank = kernel.length;
  const extent = kernel.map((length, axis) => (length - 1) * dilations[axis]! + 1);
  if (autoPad.startsWith('SAME')) {
    const outputs = size.map((length, axis) => Math.ceil(length / strides[axis]!));
    const padsBefore = outputs.map((count, axis) => {
      const whole = Math.max(0, (count - 1) * strides[axis]! + extent[axis]! - size[axis]!);
      return autoPad === 'SAME_LOWER' ? Math.ceil(whole / 2) : Math.floor(whole / 2);
    });
    return { outputs, padsBefore };
  }
  const padsBefore = kernel.map((_, axis) => (autoPad === 'VALID' ? 0 : pads[axis]!));
  const outputs = size.map((length, axis) => {
    const padding = padsBefore[axis]! + (autoPad === 'VALID' ? 0 : pads[axis + rank]!);
    return Math.floor((length + padding - extent[axis]!) / strides[axis]!) + 1;
  });
  return { outputs, padsBefore };
}

function floatsOf({ dtype, data }: FeedTensor): ArrayLike<number> {
  return dtype === 'float16' ? float16ToFloat32(data as Uint16Array) : (data as Float32Array);
}
