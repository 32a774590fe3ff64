/** The weight of a layer as one matrix, [outputs, inputs · taps], whatever the axis order of the operator. */
import { DataType } from '../../../../onnx/data-type';
import { float32ToFloat16 } from '../../../../onnx/half-float';
import type { ChannelLayer } from '../../../../onnx/coupling/channel-groups';
import type { Tensor } from '../../../../onnx/graph';
import { createTensor, readFloat32 } from '../../../../onnx/tensor';
import { getAttributeFloat, getAttributeInt } from '../../../../onnx/traverse';
import { productOf } from '../../../../product-of';

export type LayerKind = 'convolution' | 'depthwise' | 'transposed' | 'product';

export interface LayerMatrix {
  readonly kind: LayerKind;
  readonly outputs: number;
  readonly inputs: number;
  /** Weights of one input for one output: the kernel. */
  readonly taps: number;
  /** Row-major: taps within inputs within outputs. */
  readonly values: Float64Array;
}

const writable: ReadonlySet<number | undefined> = new Set([DataType.float32, DataType.float16, DataType.float64]);

/** The layout of the weight of a layer. `undefined` for forms that are not refitted. */
function layoutOf(layer: ChannelLayer, dims: readonly number[]) {
  const { node, consumes, produces } = layer;
  const taps = productOf(dims.slice(2));
  const isDirect = layer.via.length === 0;
  switch (node.opType) {
    case 'Conv':
      if (!isDirect) return undefined;
      // The inputs of a wider group are counted within it.
      if (consumes === 1 && (getAttributeInt(node, 'group') ?? 1) > 1) return undefined;
      if (consumes === 1) return { kind: 'convolution', outputs: dims[0]!, inputs: dims[1]!, taps } as const;
      return dims[1] === 1 ? ({ kind: 'depthwise', outputs: dims[0]!, inputs: 1, taps } as const) : undefined;
    case 'ConvTranspose':
      return isDirect && consumes === 0
        ? ({ kind: 'transposed', outputs: dims[1]!, inputs: dims[0]!, taps } as const)
        : undefined;
    case 'Gemm':
    case 'MatMul':
      if (dims.length !== 2 || consumes === undefined || produces === undefined) return undefined;
      if (layer.input !== 1 || scales(layer)) return undefined;
      return { kind: 'product', outputs: dims[produces]!, inputs: dims[consumes]!, taps: 1 } as const;
    default:
      return undefined;
  }
}

function scales({ node }: ChannelLayer): boolean {
  const isPlain = (name: string): boolean => (getAttributeFloat(node, name) ?? 1) === 1;
  return !isPlain('alpha') || !isPlain('beta') || getAttributeInt(node, 'transA') === 1;
}

/** `undefined` for a layer that is not refitted, and for a weight that is no float of 16, 32 or 64 bits. */
export function layerMatrix(layer: ChannelLayer, weight: Tensor): LayerMatrix | undefined {
  const layout = layoutOf(layer, weight.dims.map(Number));
  if (layout === undefined || !writable.has(weight.dataType)) return undefined;
  const stored = readFloat32(weight);
  return {
    ...layout,
    values: isInputFirst(layer)
      ? turned(stored, layout.inputs, layout.outputs, layout.taps)
      : Float64Array.from(stored),
  };
}

/** The tensor with these numbers, of the same name and type. */
export function tensorOfMatrix(
  layer: ChannelLayer,
  weight: Tensor,
  { outputs, inputs, taps, values }: LayerMatrix,
): Tensor {
  const stored = isInputFirst(layer) ? turned(values, outputs, inputs, taps) : values;
  return floatTensorLike(weight, weight.dims, stored);
}

/** Numbers in the type of another tensor, under its name. */
export function floatTensorLike(like: Tensor, dims: Tensor['dims'], values: ArrayLike<number>): Tensor {
  const floats = Float32Array.from(values);
  const dataType = like.dataType ?? DataType.float32;
  const bytes =
    dataType === DataType.float16
      ? float32ToFloat16(floats)
      : dataType === DataType.float64
        ? Float64Array.from(values)
        : floats;
  return createTensor({ name: like.name, dataType, dims, bytes });
}

function isInputFirst({ node, produces }: ChannelLayer): boolean {
  return node.opType === 'ConvTranspose' || (node.opType !== 'Conv' && produces === 1);
}

/** [a, b, taps] as [b, a, taps]. */
function turned(values: ArrayLike<number>, a: number, b: number, taps: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < a; i += 1) {
    for (let j = 0; j < b; j += 1) {
      for (let tap = 0; tap < taps; tap += 1) result[(j * a + i) * taps + tap] = values[(i * b + j) * taps + tap]!;
    }
  }
  return result;
}
