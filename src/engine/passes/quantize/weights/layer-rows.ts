/** The rows that a layer multiplies with, taken from its input: one for each position of the output. */
import type { FeedTensor } from '../../../data/feeds';
import { float16ToFloat32 } from '../../../onnx/half-float';
import { getAttributeInt, getAttributeInts, getAttributeText } from '../../../onnx/traverse';
import { isConvolution, isRecurrent, stateInput, type WeightLayer } from './weight-layers';
import { inPadding, WindowPlaces, type SlidingWindow } from './window-places';
import { productOf } from '../../../product-of';

/** Rows of one sample. */
export interface InputRows {
  readonly count: number;
  /** Writes some rows of a group of channels beside each other: number i of the n-th to `target[offset + n + i * stride]`. */
  write(rows: readonly number[], group: number, target: Float32Array, offset: number, stride: number): void;
}

/** Cuts the input of a layer into rows. Layers that read the same value and cut it alike share all statistics. */
export interface RowCutter {
  readonly key: string;
  readonly groups: number;
  /** Numbers in a row. */
  readonly columns: number;
  cut(tensor: FeedTensor): InputRows;
}

export function rowCutterOf(layer: WeightLayer): RowCutter {
  if (isConvolution(layer.op)) return windowCutter(layer);
  return isState(layer) ? stateCutter(layer) : lastAxisCutter(layer);
}

/** True for the weight that a recurrent node multiplies its own last output with. */
export function isState({ op, input }: WeightLayer): boolean {
  return isRecurrent(op) && input === stateInput;
}

/**
 * States of all steps, as the first output holds them: [steps, directions, batch, hidden], or with layout 1 the batch
 * first. They include the last state instead of the first, which makes almost no difference.
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

function windowCutter({ op, visit: { node }, weight, groups, shape: { columns } }: WeightLayer): RowCutter {
  const kernel = weight.tensor.dims.slice(2).map(Number);
  const ones = kernel.map(() => 1);
  const window: SlidingWindow = {
    isTransposed: op === 'ConvTranspose',
    kernel,
    strides: getAttributeInts(node, 'strides') ?? ones,
    dilations: getAttributeInts(node, 'dilations') ?? ones,
    pads: getAttributeInts(node, 'pads') ?? [...kernel, ...kernel].map(() => 0),
    autoPad: getAttributeText(node, 'auto_pad') ?? 'NOTSET',
    outputPadding: getAttributeInts(node, 'output_padding') ?? kernel.map(() => 0),
    outputSizes: getAttributeInts(node, 'output_shape')?.slice(-kernel.length),
  };
  const taps = productOf(kernel);
  const channels = columns / taps;
  // Samples are of one size, mostly, and the groups of a layer are cut alike.
  let known: { readonly key: string; readonly places: WindowPlaces } | undefined;
  const placesIn = (size: readonly number[]): WindowPlaces => {
    const key = size.join();
    if (known?.key !== key) known = { key, places: new WindowPlaces(window, size) };
    return known.places;
  };
  return {
    key: JSON.stringify([window, groups]),
    groups,
    columns,
    cut(tensor) {
      const values = floatsOf(tensor);
      const [images = 1, , ...size] = tensor.dims;
      const area = productOf(size);
      const places = placesIn(size);
      const { positions } = places;
      return {
        count: images * positions,
        write(rows, group, target, offset, stride) {
          const windows = rows.map((row) => places.at(row % positions));
          const starts = rows.map((row) => (Math.floor(row / positions) * groups + group) * channels * area);
          for (let channel = 0; channel < channels; channel += 1) {
            for (let tap = 0; tap < taps; tap += 1) {
              const to = offset + (channel * taps + tap) * stride;
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

function floatsOf({ dtype, data }: FeedTensor): ArrayLike<number> {
  return dtype === 'float16' ? float16ToFloat32(data as Uint16Array) : (data as Float32Array);
}
