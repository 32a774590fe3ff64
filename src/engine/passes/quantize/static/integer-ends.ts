/** Takes QuantizeLinear of inputs and DequantizeLinear of outputs away: the model then takes and gives integers. */
import { integerValueEntry, isIntegerValueType, type IntegerValue } from '../../../analysis/integer-values';
import { DataType, dataTypeName } from '../../../onnx/data-type';
import { ModelEditor } from '../../../onnx/edit';
import type { Graph, Model, Node, ValueInfo, ValueName } from '../../../onnx/graph';
import { overridableInitializers } from '../../../onnx/overridable-initializers';
import { subgraphsOf } from '../../../onnx/subgraphs';
import { elementCount, readFloat32, readIntegers } from '../../../onnx/tensor';
import type { Change, Refusal } from '../../pass';
import type { TableDetail } from '../../pass-details';
import { ValueGraph } from './value-graph';

export interface IntegerEnds {
  readonly model: Model;
  readonly changes: readonly Change[];
  /** Inputs and outputs that stay float32, and why. */
  readonly refusals: readonly Refusal[];
  /** Absent if none became integers. */
  readonly detail?: TableDetail;
}

/** @param model with QuantizeLinear and DequantizeLinear, or operators of integers, as this pass writes them. */
export function withIntegerEnds(model: Model): IntegerEnds {
  const ends = new EndFinder(model);
  const { graph } = model;
  for (const { name = '' } of graph!.inputs) ends.takeInput(name);
  for (const { name = '' } of graph!.outputs) ends.takeOutput(name);
  const { found, refusals } = ends;
  if (found.size === 0) return { model, changes: [], refusals };
  const entries = [...found].map(([name, value]) => integerValueEntry(name, value));
  return {
    model: { ...model, graph: ends.rewrite(), metadata: [...model.metadata, ...entries] },
    changes: [...found].map(([name, { type }]) => ({
      path: 'graph',
      op: graph!.inputs.some((input) => input.name === name) ? 'Input' : 'Output',
      what: `“${name}” is ${type}`,
    })),
    refusals,
    detail: tableOf(found),
  };
}

function tableOf(found: ReadonlyMap<ValueName, IntegerValue>): TableDetail {
  return {
    kind: 'table',
    title: 'Integer inputs and outputs',
    columns: [
      { label: 'Value', unit: 'text' },
      { label: 'Type', unit: 'text' },
      { label: 'Scale', unit: 'number' },
      { label: 'Zero at', unit: 'count' },
    ],
    rows: [...found].map(([name, { type, scale, zeroPoint }]) => [name, type, scale, zeroPoint]),
  };
}

class EndFinder {
  readonly found = new Map<ValueName, IntegerValue>();
  readonly refusals: Refusal[] = [];
  readonly #values: ValueGraph;
  readonly #editor: ModelEditor;
  /** Names of inputs that need not be fed. */
  readonly #defaults: ReadonlySet<ValueName>;
  readonly #removed = new Set<Node>();
  /** Names of values that nodes read and compute, by those before. */
  readonly #renamed = new Map<ValueName, ValueName>();

  constructor(model: Model) {
    this.#values = new ValueGraph(model);
    this.#defaults = overridableInitializers(model);
    this.#editor = new ModelEditor(model);
  }

  takeInput(name: ValueName): void {
    const values = this.#values;
    if (!values.isFloat(name) || values.constant(name)) return;
    if (this.#defaults.has(name)) {
      this.#refuse(name, 'Input', 'the model stores its default as floats');
      return;
    }
    const readers = values.readers(name);
    const scalings = readers.map((node) => this.#scalingOf(node, 'QuantizeLinear'));
    const [scaling] = scalings;
    const isOne = scalings.every((other) => other !== undefined && JSON.stringify(other) === JSON.stringify(scaling));
    if (!scaling || !isOne || values.isOutput(name)) {
      this.#refuse(name, 'Input', 'float operators read it');
      return;
    }
    this.found.set(name, scaling);
    for (const node of readers) {
      this.#removed.add(node);
      this.#renamed.set(node.outputs[0]!, name);
    }
  }

  takeOutput(name: ValueName): void {
    const values = this.#values;
    const node = values.producer(name);
    if (!values.isFloat(name) || this.found.has(name)) return;
    const scaling = node && this.#scalingOf(node, 'DequantizeLinear');
    const integers = node?.inputs[0] ?? '';
    const isOwn = values.producer(integers) && !values.isOutput(integers) && !this.#renamed.has(integers);
    const readers = values.readers(name);
    if (!scaling || !isOwn || readers.some((reader) => subgraphsOf(reader).length > 0)) {
      this.#refuse(name, 'Output', 'no integers are computed for it');
      return;
    }
    this.found.set(name, scaling);
    this.#renamed.set(integers, name);
    if (readers.length === 0) this.#removed.add(node);
    else this.#renamed.set(name, this.#editor.graph.freshValueName(`${name}_float`));
  }

  rewrite(): Graph {
    const { graph } = this.#values;
    const rename = (name: ValueName): ValueName => this.#renamed.get(name) ?? name;
    const nodes = graph.nodes.filter((node) => !this.#removed.has(node));
    return {
      ...graph,
      nodes: nodes.map((node) => {
        const isSame = [...node.inputs, ...node.outputs].every((name) => rename(name) === name);
        return isSame ? node : { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) };
      }),
      inputs: graph.inputs.map((info) => this.#asInteger(info)),
      outputs: graph.outputs.map((info) => this.#asInteger(info)),
      valueInfos: graph.valueInfos.filter(({ name = '' }) => !this.#renamed.has(name) && !this.found.has(name)),
    };
  }

  #asInteger(info: ValueInfo): ValueInfo {
    const value = this.found.get(info.name ?? '');
    if (!value || !info.type) return info;
    return { ...info, type: { ...info.type, elementType: DataType[value.type] } };
  }

  /** `undefined` for another operator, and for scales that are no constants, or several. */
  #scalingOf(node: Node, opType: string): IntegerValue | undefined {
    const [, scale, zeroPoint] = node.inputs.map((name) => this.#values.constant(name));
    if (node.opType !== opType || !scale || !zeroPoint || elementCount(scale) !== 1) return undefined;
    const type = dataTypeName(zeroPoint.dataType ?? DataType.undefined);
    if (!isIntegerValueType(type)) return undefined;
    return { type, scale: readFloat32(scale)[0]!, zeroPoint: Number(readIntegers(zeroPoint)[0]) };
  }

  #refuse(name: ValueName, op: 'Input' | 'Output', why: string): void {
    const reason = `“${name}” stays float32: ${why}.`;
    this.refusals.push({ path: 'graph', op, code: 'stays-float', reason });
  }
}
