/**
 * Writes a model that was trained with fake quantization. Weights are stored as the integers that training saw, with
 * the final scales. QuantizeLinear and DequantizeLinear are added around the inputs of layers. Nothing is calibrated
 * again.
 */
import { DataType } from '../../../onnx/data-type';
import { ModelEditor, type GraphEditor } from '../../../onnx/edit';
import type { Model, Node, Tensor, ValueName } from '../../../onnx/graph';
import { createTensor, elementCount, readFloat32 } from '../../../onnx/tensor';
import { codeOf, type FakeQuantization, type Grid } from '../../../training/fake-quant';
import { roundHalfEven } from '../../../round-half-even';
import { createNode } from '../../../onnx/create-node';
import { packBits } from '../../quantize/weights/packed-weights';
import type { QuantizedLayer } from './quantization-plan';
import { productOf } from '../../../product-of';

export interface QuantizedWrite {
  /** A model of opset 21 or newer, with the trained weights as floats. */
  readonly model: Model;
  readonly layers: readonly QuantizedLayer[];
  readonly plan: FakeQuantization;
  /** Trained values by name, and the scales of weights by the name of the weight. */
  readonly values: (name: ValueName) => Float32Array | undefined;
  readonly scales: (weight: ValueName) => Float32Array;
  /** True: quantized weights are zeros, which is faster. The form and the size are those of a trained model. */
  readonly isSketch?: boolean;
}

export function writeQuantized(request: QuantizedWrite): Model {
  const editor = new ModelEditor(request.model);
  const writer = new QuantizedWriter(request, editor.graph);
  const nodes = new Map(request.model.graph!.nodes.map((node) => [node.outputs[0]!, node]));
  for (const layer of request.layers) writer.write(layer, nodes.get(layer.node.outputs[0]!)!);
  return editor.finish();
}

class QuantizedWriter {
  readonly #request: QuantizedWrite;
  readonly #graph: GraphEditor;
  readonly #read = new Map<ValueName, ValueName>();

  constructor(request: QuantizedWrite, graph: GraphEditor) {
    this.#request = request;
    this.#graph = graph;
  }

  write(layer: QuantizedLayer, node: Node): void {
    const { plan, scales } = this.#request;
    const [, , bias = ''] = node.inputs;
    const activation = plan.activations.get(layer.input);
    const input = activation === undefined ? undefined : this.#quantizeInput(layer.input, activation);
    const name = layer.weight.name!;
    const steps = scales(name).map((scale) => Math.fround(Math.abs(scale) || 1));
    const weight = this.#dequantizeWeight(layer, plan.weights.get(name)!, steps);
    const biasRead =
      bias === '' || activation === undefined ? undefined : this.#dequantizeBias(bias, steps, activation.scales[0]!);
    const inputs = [input?.output ?? layer.input, weight.output, ...(bias === '' ? [] : [biasRead?.output ?? bias])];
    const before = [...(input?.nodes ?? []), ...weight.nodes, ...(biasRead?.nodes ?? [])];
    this.#graph.replaceNode(node, [...before, { ...node, inputs }]);
  }

  /** Each value is quantized once, before the first layer that reads it. */
  #quantizeInput(name: ValueName, { scales, low }: Grid): WrittenNodes {
    const known = this.#read.get(name);
    if (known !== undefined) return { nodes: [], output: known };
    const scale = this.#add(`${name}_scale`, DataType.float32, [], Float32Array.of(scales[0]!));
    const zeroPoint = this.#add(`${name}_zero_point`, DataType.uint8, [], Uint8Array.of(-low));
    const quantized = this.#graph.freshValueName(`${name}_quantized`);
    const output = this.#graph.freshValueName(`${name}_dequantized`);
    this.#read.set(name, output);
    const nodes = [
      this.#node('QuantizeLinear', [name, scale, zeroPoint], quantized),
      this.#node('DequantizeLinear', [quantized, scale, zeroPoint], output),
    ];
    return { nodes, output };
  }

  #dequantizeWeight({ weight, axis }: QuantizedLayer, { low, high }: Grid, scales: Float32Array): WrittenNodes {
    const name = weight.name!;
    const dims = weight.dims.map(Number);
    const inner = productOf(dims.slice(axis + 1));
    const round = (value: number, index: number): number =>
      codeOf(value, scales[Math.floor(index / inner) % scales.length]!, low, high);
    const codes = this.#request.isSketch
      ? new Int8Array(elementCount(weight))
      : Int8Array.from(this.#request.values(name) ?? readFloat32(weight), round);
    const bytes = new Uint8Array(codes.buffer);
    const isNibble = high < 8;
    const type = isNibble ? DataType.int4 : DataType.int8;
    const stored = this.#add(`${name}_quantized`, type, dims, isNibble ? packBits(bytes, 4) : bytes);
    const scale = this.#add(`${name}_scale`, DataType.float32, [scales.length], scales);
    const zeroPoint = isNibble
      ? []
      : [this.#add(`${name}_zero_point`, type, [scales.length], new Uint8Array(scales.length))];
    const output = this.#graph.freshValueName(`${name}_dequantized`);
    return {
      nodes: [this.#node('DequantizeLinear', [stored, scale, ...zeroPoint], output, { axis: BigInt(axis) })],
      output,
    };
  }

  /**
   * Stores the bias as int32 with the scale of the products that it is added to. A bias that is broadcast or computed
   * stays float.
   */
  #dequantizeBias(name: ValueName, weightScales: Float32Array, inputScale: number): WrittenNodes | undefined {
    const tensor = this.#graph.constant(name);
    const values = this.#request.values(name);
    if (tensor?.dims.length !== 1 || values?.length !== weightScales.length) return undefined;
    const scales = weightScales.map((scale) => Math.fround(scale * inputScale));
    const codes = Int32Array.from(values, (value, channel) => {
      const code = roundHalfEven(value / scales[channel]!);
      return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), code));
    });
    const stored = this.#add(`${name}_quantized`, DataType.int32, [codes.length], codes);
    const scale = this.#add(`${name}_scale`, DataType.float32, [scales.length], scales);
    const output = this.#graph.freshValueName(`${name}_dequantized`);
    return { nodes: [this.#node('DequantizeLinear', [stored, scale], output, { axis: 0n })], output };
  }

  #add(base: string, dataType: Tensor['dataType'], dims: readonly number[], bytes: ArrayBufferView): ValueName {
    const name = this.#graph.freshValueName(base);
    this.#graph.addInitializer(createTensor({ name, dataType: dataType!, dims, bytes }));
    return name;
  }

  #node(
    opType: string,
    inputs: readonly ValueName[],
    output: ValueName,
    attributes: Readonly<Record<string, bigint>> = {},
  ): Node {
    return createNode(opType, this.#graph.freshNodeName(output), inputs, [output], attributes);
  }
}

interface WrittenNodes {
  readonly nodes: readonly Node[];
  readonly output: ValueName;
}
