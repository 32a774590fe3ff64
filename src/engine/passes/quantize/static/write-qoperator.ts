/** Writes a model whose operators read and compute integers themselves, under the names of ONNX Runtime's tool. */
import { ModelEditor, type GraphEditor } from '../../../onnx/edit';
import type { Model, Node, Tensor, ValueName } from '../../../onnx/graph';
import { namesReadBy } from '../../../onnx/subgraphs';
import { defaultOpsetVersion, MICROSOFT_DOMAIN } from '../../../onnx/traverse';
import { createNode } from '../../../onnx/create-node';
import { addScaling, biasScales, quantizeBias, quantizeConstant, type QdqParameters } from './qdq-parameters';
import { biasValues, finalNames, type QdqPlan } from './qdq-plan';
import { qoperatorForms, type QuantizedOperands, type QuantizedValue } from './qoperator-forms';
import { lowestInteger } from './static-scheme';

/**
 * @param nodes that may be quantized.
 * @param corrected the int32 numbers of biases that were corrected, by the names of the float ones.
 */
export function writeQOperator(
  plan: QdqPlan,
  nodes: ReadonlySet<Node>,
  corrected: ReadonlyMap<ValueName, Tensor>,
): Model {
  const editor = new ModelEditor(plan.model);
  const writer = new QOperatorWriter(plan, editor.graph, corrected);
  for (const node of plan.graph.graph.nodes) writer.write(node, nodes.has(node));
  writer.finish();
  if (writer.usesMicrosoft) editor.requireOpset(MICROSOFT_DOMAIN, 1n);
  return editor.finish();
}

class QOperatorWriter {
  usesMicrosoft = false;
  readonly #plan: QdqPlan;
  readonly #editor: GraphEditor;
  readonly #corrected: ReadonlyMap<ValueName, Tensor>;
  readonly #opset: number;
  readonly #finalName: (name: ValueName) => ValueName;
  /** Values whose integers exist. */
  readonly #quantized = new Map<ValueName, QuantizedValue>();
  /** Values that only exist as integers. */
  readonly #withoutFloats = new Set<ValueName>();
  readonly #scalings = new Map<ValueName, readonly [ValueName, ValueName]>();

  constructor(plan: QdqPlan, editor: GraphEditor, corrected: ReadonlyMap<ValueName, Tensor>) {
    this.#plan = plan;
    this.#editor = editor;
    this.#corrected = corrected;
    this.#finalName = finalNames(plan);
    this.#opset = Number(defaultOpsetVersion(plan.model));
  }

  write(node: Node, isChosen: boolean): void {
    const absorbed = this.#plan.absorbed.get(node);
    const source = this.#quantized.get(node.inputs[0] ?? '');
    if (absorbed !== undefined && source) {
      this.#quantized.set(absorbed, source);
      this.#withoutFloats.add(absorbed);
      this.#editor.replaceNode(node, []);
      return;
    }
    const before: Node[] = [];
    const form = isChosen ? qoperatorForms.get(node.opType ?? '')?.(node, this.#operandsOf(node, before)) : undefined;
    if (!form) {
      // Values that were quantized for an incomplete form serve later nodes.
      this.#editor.insertBefore(node, [...before, ...namesReadBy(node).flatMap((name) => this.#dequantize(name))]);
      return;
    }
    for (const [index, name] of node.outputs.entries()) {
      const integers = form.node.outputs[index];
      if (name === '' || integers === undefined) continue;
      this.#quantized.set(name, [integers, ...form.scaling]);
      this.#withoutFloats.add(name);
    }
    if (form.node.domain === MICROSOFT_DOMAIN) this.usesMicrosoft = true;
    this.#editor.replaceNode(node, [...before, form.node]);
  }

  /** Outputs of the graph are floats. */
  finish(): void {
    for (const { name = '' } of this.#plan.graph.graph.outputs) this.#editor.append(this.#dequantize(name));
  }

  #operandsOf(node: Node, before: Node[]): QuantizedOperands {
    const name = (index: number): ValueName => node.inputs[index] ?? '';
    return {
      opset: this.#opset,
      input: (index) => this.#quantize(name(index), before),
      present: (index) => this.#quantized.get(name(index)),
      isConstant: (index) => this.#plan.graph.constant(name(index)) !== undefined,
      bias: () => this.#bias(node),
      output: () => this.#scalingOf(node.outputs[0] ?? ''),
      shareOutput: () => this.#shareScaling(node.outputs[0] ?? ''),
      inUnitsOf: (index, value) => this.#inUnitsOf(name(index), value),
    };
  }

  #quantize(name: ValueName, before: Node[]): QuantizedValue | undefined {
    const known = this.#quantized.get(name);
    if (known) return known;
    const constant = this.#plan.graph.constant(name);
    const parameters = this.#parametersOf(name);
    const scaling = this.#scalingOf(name);
    if (!parameters || !scaling) return undefined;
    const integers = this.#editor.freshValueName(`${name}_quantized`);
    if (constant) {
      const given = this.#plan.learned?.get(name);
      this.#editor.addInitializer(quantizeConstant(constant, integers, parameters, given).values);
    } else {
      const nodeName = this.#editor.freshNodeName(`${name}_QuantizeLinear`);
      before.push(createNode('QuantizeLinear', nodeName, [name, ...scaling], [integers]));
    }
    const found = [integers, ...scaling] as const;
    this.#quantized.set(name, found);
    return found;
  }

  #dequantize(name: ValueName): readonly Node[] {
    const found = this.#quantized.get(name);
    if (!found || !this.#withoutFloats.delete(name)) return [];
    return [createNode('DequantizeLinear', this.#editor.freshNodeName(`${name}_DequantizeLinear`), found, [name])];
  }

  /** The bias of a layer. Several layers that share a bias have their own integers, each in its own units. */
  #bias(node: Node): ValueName | undefined {
    const [input = '', weight = '', name = ''] = node.inputs;
    const { marks, biases, graph } = this.#plan;
    const mark = marks.get(name);
    if (mark?.kind !== 'bias') return this.#quantized.get(name)?.[0];
    const [ofInput, ofWeight] = [this.#parametersOf(input), this.#parametersOf(weight)];
    if (mark.isFloat || !ofInput || !ofWeight) return undefined;
    const isFirst = mark.input === input && mark.weight === weight;
    const scales = isFirst ? biases.get(name)! : biasScales(ofInput, ofWeight);
    const known = isFirst ? this.#quantized.get(name)?.[0] : undefined;
    if (known !== undefined) return known;
    const integers = this.#editor.freshValueName(`${name}_quantized`);
    const corrected = isFirst ? this.#corrected.get(name) : undefined;
    const values = corrected ?? quantizeBias(biasValues(graph.constant(name)!, mark.factor), scales, integers);
    this.#editor.addInitializer({ ...values, name: integers });
    if (isFirst) this.#quantized.set(name, [integers, '', '']);
    return integers;
  }

  /** The parameters of a value. The input of an absorbed bound has those of its output. */
  #parametersOf(name: ValueName): QdqParameters | undefined {
    return this.#plan.parameters.get(this.#finalName(name));
  }

  #scalingOf(name: ValueName): readonly [ValueName, ValueName] | undefined {
    const known = this.#scalings.get(name);
    const parameters = this.#parametersOf(name);
    return known ?? (parameters && this.#addScaling(name, parameters));
  }

  #shareScaling(name: ValueName): readonly [ValueName, ValueName] {
    const { activation } = this.#plan.scheme;
    const zeroPoints = Int32Array.of(lowestInteger(activation));
    return this.#addScaling(name, { type: activation.type, scales: Float32Array.of(1 / 256), zeroPoints });
  }

  #addScaling(name: ValueName, parameters: QdqParameters): readonly [ValueName, ValueName] {
    const scaling = addScaling(this.#editor, name, parameters);
    this.#scalings.set(name, scaling);
    return scaling;
  }

  #inUnitsOf(name: ValueName, [, scale]: QuantizedValue): ValueName | undefined {
    const constant = this.#plan.graph.constant(name);
    const owner = [...this.#scalings].find(([, [known]]) => known === scale)?.[0];
    const parameters = owner === undefined ? undefined : this.#parametersOf(owner);
    if (!constant || !parameters) return undefined;
    const integers = this.#editor.freshValueName(`${name}_quantized`);
    this.#editor.addInitializer(quantizeConstant(constant, integers, parameters).values);
    return integers;
  }
}
