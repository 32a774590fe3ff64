/** The matrix and convolution layers of published networks, without weights' data: enough to count what they compute. */
import { MemorySource } from '../../onnx/byte-source';
import { DataType } from '../../onnx/data-type';
import type { Model, Node, Tensor } from '../../onnx/graph';
import { graph, model, node, valueInfo } from '../../onnx/testing/build';

/** Builds a graph from the input on; every layer takes the value before it unless told otherwise. */
class Skeleton {
  readonly #nodes: Node[] = [];
  readonly #initializers: Tensor[] = [];
  #number = 0;

  add(op: string, inputs: readonly string[], attributes: Parameters<typeof node>[3] = {}): string {
    const output = `v${this.#number++}`;
    this.#nodes.push(node(op, inputs, [output], attributes));
    return output;
  }

  /** Adds a weight of that shape. It has no data, because the rules need the shape only. */
  weight(dims: readonly number[]): string {
    const name = `w${this.#number++}`;
    this.#initializers.push({
      name,
      dims: dims.map(BigInt),
      dataType: DataType.float32,
      rawData: new MemorySource(new Uint8Array(0)),
    });
    return name;
  }

  sizes(values: readonly number[]): string {
    const name = `s${this.#number++}`;
    this.#initializers.push({
      name,
      dims: [BigInt(values.length)],
      dataType: DataType.int64,
      int64Data: BigInt64Array.from(values, BigInt),
    });
    return name;
  }

  conv(input: string, from: number, to: number, kernel: number, stride = 1, group = 1): string {
    const pad = BigInt((kernel - 1) >> 1);
    return this.add('Conv', [input, this.weight([to, from / group, kernel, kernel])], {
      strides: [BigInt(stride), BigInt(stride)],
      pads: [pad, pad, pad, pad],
      group: BigInt(group),
    });
  }

  linear(input: string, from: number, to: number): string {
    return this.add('MatMul', [input, this.weight([from, to])]);
  }

  finish(input: readonly number[], output: string): Model {
    return model(
      graph({
        nodes: this.#nodes,
        initializers: this.#initializers,
        inputs: [valueInfo('input', input)],
        outputs: [valueInfo(output, null)],
      }),
    );
  }
}

/** He and others 2015, stride in the 3 × 3 layer, as torchvision builds it. */
export function resnet50(): Model {
  const net = new Skeleton();
  let value = net.add('MaxPool', [net.conv('input', 3, 64, 7, 2)], {
    kernel_shape: [3n, 3n],
    strides: [2n, 2n],
    pads: [1n, 1n, 1n, 1n],
  });
  let channels = 64;
  for (const [blocks, width, firstStride] of [
    [3, 64, 1],
    [4, 128, 2],
    [6, 256, 2],
    [3, 512, 2],
  ] as const) {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 ? firstStride : 1;
      const inner = net.conv(net.conv(value, channels, width, 1), width, width, 3, stride);
      const branch = net.conv(inner, width, width * 4, 1);
      const skip = block === 0 ? net.conv(value, channels, width * 4, 1, stride) : value;
      value = net.add('Add', [branch, skip]);
      channels = width * 4;
    }
  }
  const pooled = net.add('Flatten', [net.add('GlobalAveragePool', [value])]);
  return net.finish([1, 3, 224, 224], net.linear(pooled, 2048, 1000));
}

/** Sandler and others 2018, width 1. */
export function mobileNetV2(): Model {
  const net = new Skeleton();
  let value = net.conv('input', 3, 32, 3, 2);
  let channels = 32;
  for (const [expansion, width, blocks, firstStride] of [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const) {
    for (let block = 0; block < blocks; block++) {
      const wide = channels * expansion;
      const expanded = expansion === 1 ? value : net.conv(value, channels, wide, 1);
      const depthwise = net.conv(expanded, wide, wide, 3, block === 0 ? firstStride : 1, wide);
      value = net.conv(depthwise, wide, width, 1);
      channels = width;
    }
  }
  const pooled = net.add('Flatten', [net.add('GlobalAveragePool', [net.conv(value, channels, 1280, 1)])]);
  return net.finish([1, 3, 224, 224], net.linear(pooled, 1280, 1000));
}

interface EncoderSizes {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly tokens: number;
}

/** Attention and a feed-forward layer of four times the width, as in Vaswani and others 2017. */
function encoder(net: Skeleton, input: string, { layers, heads, width, tokens }: EncoderSizes): string {
  const split = net.sizes([1, tokens, heads, width / heads]);
  const joined = net.sizes([1, tokens, width]);
  const toHeads = (value: string) =>
    net.add('Transpose', [net.add('Reshape', [value, split])], { perm: [0n, 2n, 1n, 3n] });
  let value = input;
  for (let layer = 0; layer < layers; layer++) {
    const [query, key, content] = [0, 1, 2].map(() => toHeads(net.linear(value, width, width)));
    const keys = net.add('Transpose', [key!], { perm: [0n, 1n, 3n, 2n] });
    const weights = net.add('Softmax', [net.add('MatMul', [query!, keys])]);
    const mixed = net.add('Transpose', [net.add('MatMul', [weights, content!])], { perm: [0n, 2n, 1n, 3n] });
    const attended = net.add('Add', [value, net.linear(net.add('Reshape', [mixed, joined]), width, width)]);
    const wide = net.add('Relu', [net.linear(attended, width, width * 4)]);
    value = net.add('Add', [attended, net.linear(wide, width * 4, width)]);
  }
  return value;
}

/** Devlin and others 2018: 12 layers of 768, 128 tokens; the embeddings look up and multiply nothing. */
export function bertBase(): Model {
  const net = new Skeleton();
  return net.finish([1, 128, 768], encoder(net, 'input', { layers: 12, heads: 12, width: 768, tokens: 128 }));
}

/** Dosovitskiy and others 2020: patches of 16 × 16, 196 of them and a class token. */
export function vitB16(): Model {
  const net = new Skeleton();
  const patches = net.add('Conv', ['input', net.weight([768, 3, 16, 16])], { strides: [16n, 16n] });
  const flat = net.add('Reshape', [patches, net.sizes([1, 768, 196])]);
  const rows = net.add('Transpose', [flat], { perm: [0n, 2n, 1n] });
  const tokens = net.add('Concat', [net.weight([1, 1, 768]), rows], { axis: 1n });
  const encoded = encoder(net, tokens, { layers: 12, heads: 12, width: 768, tokens: 197 });
  const first = net.add('Slice', [encoded, net.sizes([0]), net.sizes([1]), net.sizes([1])]);
  return net.finish([1, 3, 224, 224], net.linear(first, 768, 1000));
}
