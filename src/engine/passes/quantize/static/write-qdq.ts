/** Writes a model with QuantizeLinear and DequantizeLinear around everything that is marked, under the names of ONNX Runtime's tool. */
import { DataType } from '../../../onnx/data-type';
import { ModelEditor, type GraphEditor } from '../../../onnx/edit';
import type { Model, Node, Tensor, ValueName } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { createNode } from '../../../onnx/create-node';
import { addScaling, quantizeBias, quantizeConstant, type QdqParameters } from './qdq-parameters';
import { biasValues, finalNames, type QdqPlan } from './qdq-plan';

export interface WrittenQdq {
  readonly model: Model;
  /** The tensors of int32 biases, by the names of the float ones. */
  readonly biases: ReadonlyMap<ValueName, ValueName>;
  /** New names of computed values, if they differ from those of the float model. */
  readonly computed: ReadonlyMap<ValueName, ValueName>;
  /** The values that nodes read instead, by the name in the float model. */
  readonly read: ReadonlyMap<ValueName, ValueName>;
  /** The tensors of integers, by the names of the float constants. */
  readonly integers: ReadonlyMap<ValueName, ValueName>;
}

export function writeQdq(plan: QdqPlan): WrittenQdq {
  const editor = new ModelEditor(plan.model);
  const writer = new QdqWriter(plan, editor.graph);
  writer.write();
  const { biases, computed, read, integers } = writer;
  return { model: editor.finish(), biases, computed, read, integers };
}

class QdqWriter {
  readonly biases = new Map<ValueName, ValueName>();
  readonly computed = new Map<ValueName, ValueName>();
  readonly read = new Map<ValueName, ValueName>();
  readonly integers = new Map<ValueName, ValueName>();
  readonly #plan: QdqPlan;
  readonly #editor: GraphEditor;
  readonly #finalName: (name: ValueName) => ValueName;
  readonly #parameterNames = new Map<QdqParameters, readonly [scale: ValueName, zeroPoint: ValueName]>();

  constructor(plan: QdqPlan, editor: GraphEditor) {
    this.#plan = plan;
    this.#editor = editor;
    this.#finalName = finalNames(plan);
  }

  write(): void {
    for (const node of this.#plan.graph.graph.nodes) {
      if (this.#plan.absorbed.has(node)) {
        this.#editor.replaceNode(node, []);
        continue;
      }
      const before = node.inputs.flatMap((name) => this.#prepare(name));
      const outputs = node.outputs.map((name) => this.#finalName(name));
      const after = outputs.flatMap((name) => this.#quantize(name, true));
      const inputs = node.inputs.map((name) => this.read.get(name) ?? name);
      const written = outputs.map((name) => this.computed.get(name) ?? name);
      const isSame = [...inputs, ...written].every((name, at) => name === [...node.inputs, ...node.outputs][at]);
      if (isSame && before.length + after.length === 0) continue;
      const changed = isSame ? node : { ...this.#withoutFactor(node), inputs, outputs: written };
      this.#editor.replaceNode(node, [...before, changed, ...after]);
    }
  }

  /** The integers of a bias hold the factor that a Gemm gave it. */
  #withoutFactor(node: Node): Node {
    const mark = this.#plan.marks.get(node.inputs[2] ?? '');
    if (node.opType !== 'Gemm' || mark?.kind !== 'bias' || mark.isFloat || mark.factor === 1) return node;
    return { ...node, attributes: node.attributes.filter(({ name }) => name !== 'beta') };
  }

  /** Nodes that must stand before the first reader: those of constants and of inputs of the graph. */
  #prepare(name: ValueName): readonly Node[] {
    const { graph, marks } = this.#plan;
    const mark = marks.get(name);
    if (!mark || this.read.has(name)) return [];
    const constant = graph.constant(name);
    if (constant && mark.kind === 'bias') {
      if (!mark.isFloat) return this.#dequantizeBias(name, biasValues(constant, mark.factor));
      this.#keepBias(name, constant);
      return [];
    }
    if (constant) return this.#dequantizeConstant(name, constant);
    return graph.isInput(name) ? this.#quantize(name, false) : [];
  }

  #quantize(name: ValueName, isComputed: boolean): readonly Node[] {
    const parameters = this.#plan.parameters.get(name);
    if (!parameters || this.#plan.graph.constant(name) || this.read.has(name)) return [];
    const names = this.#namesOf(name, parameters);
    const fresh = (suffix: string): ValueName => this.#editor.freshValueName(`${name}_${suffix}`);
    const isOutput = this.#plan.graph.isOutput(name) && isComputed;
    const source = isOutput ? fresh('QuantizeLinear_Input') : name;
    const integers = fresh('QuantizeLinear_Output');
    const floats = isOutput ? name : fresh('DequantizeLinear_Output');
    if (isOutput) this.computed.set(name, source);
    this.read.set(name, floats);
    return [
      createNode('QuantizeLinear', this.#nodeName(name, 'QuantizeLinear'), [source, ...names], [integers]),
      createNode('DequantizeLinear', this.#nodeName(name, 'DequantizeLinear'), [integers, ...names], [floats]),
    ];
  }

  /** Keeps the bias as a separate tensor, whose numbers can be corrected. */
  #keepBias(name: ValueName, constant: Tensor): void {
    this.read.set(name, name);
    if (this.#plan.graph.readers(name).length !== 1) return;
    this.biases.set(name, name);
    if (this.#plan.graph.producer(name) && this.#editor.removeConstant(name)) {
      this.#editor.addInitializer({ ...constant, name });
    }
  }

  #dequantizeConstant(name: ValueName, constant: Tensor): readonly Node[] {
    const found = this.#plan.parameters.get(name)!;
    const integers = this.#editor.freshValueName(`${name}_quantized`);
    const { values } = quantizeConstant(constant, integers, found, this.#plan.learned?.get(name));
    this.integers.set(name, integers);
    const names = this.#namesOf(name, found);
    this.#editor.addInitializer(values);
    const floats = this.#editor.freshValueName(`${name}_DequantizeLinear_Output`);
    this.read.set(name, floats);
    const attributes = found.axis === undefined ? undefined : { axis: BigInt(found.axis) };
    const nodeName = this.#nodeName(name, 'DequantizeLinear');
    return [createNode('DequantizeLinear', nodeName, [integers, ...names], [floats], attributes)];
  }

  /** The node computes the bias under its old name, as the tool has it. */
  #dequantizeBias(name: ValueName, values: Float32Array): readonly Node[] {
    const scales = this.#plan.biases.get(name)!;
    const integers = this.#editor.freshValueName(`${name}_quantized`);
    const scale = this.#editor.freshValueName(`${integers}_scale`);
    const zeroPoint = this.#editor.freshValueName(`${integers}_zero_point`);
    const { length } = scales;
    const isPerChannel = length > 1;
    const zeros = new Int32Array(length);
    this.#editor.addInitializer(quantizeBias(values, scales, integers));
    this.#editor.addInitializer(
      createTensor({ name: scale, dataType: DataType.float32, dims: [length], bytes: scales }),
    );
    this.#editor.addInitializer(
      createTensor({ name: zeroPoint, dataType: DataType.int32, dims: isPerChannel ? [length] : [], bytes: zeros }),
    );
    this.biases.set(name, integers);
    const isAlone = this.#plan.graph.readers(name).length === 1;
    const floats = isAlone && this.#editor.removeConstant(name) ? name : this.#editor.freshValueName(`${name}_float`);
    this.read.set(name, floats);
    const nodeName = this.#nodeName(name, 'DequantizeLinear');
    const attributes = isPerChannel ? { axis: 0n } : undefined;
    return [createNode('DequantizeLinear', nodeName, [integers, scale, zeroPoint], [floats], attributes)];
  }

  /** Values that share parameters share the tensors. */
  #namesOf(name: ValueName, parameters: QdqParameters): readonly [ValueName, ValueName] {
    const known = this.#parameterNames.get(parameters);
    if (known) return known;
    const names = addScaling(this.#editor, name, parameters);
    this.#parameterNames.set(parameters, names);
    return names;
  }

  #nodeName(name: ValueName, suffix: string): string {
    return this.#editor.freshNodeName(`${name}_${suffix}`);
  }
}
