/**
 * Writes operators without a gradient rule as operators that have one: LSTM, GRU and RNN step by step (their equations in the ONNX
 * specification), and GroupNormalization by InstanceNormalization. Weights keep their names and forms, so what is learned fits the model.
 */
import { intAttribute, intsAttribute } from '../onnx/attributes';
import { DataType, type DataTypeCode } from '../onnx/data-type';
import { ModelEditor, type GraphEditor } from '../onnx/edit';
import type { Attribute, Graph, Model, Node, ValueName } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';
import { getAttribute, getAttributeInt, getAttributeText, isDefaultDomain } from '../onnx/traverse';
import { productOf } from '../product-of';
import type { StaticShape } from './step-builder';

type ShapeOf = (name: ValueName) => StaticShape | undefined;

export interface LoweredGraph {
  readonly graph: Graph;
  /** First outputs of the nodes that read weights of the operators that were replaced. */
  readonly views: ReadonlySet<ValueName>;
}

/** The graph without operators that can be written as others; the same graph if there are none. */
export function lowerForward(model: Model, shapeOf: ShapeOf): LoweredGraph {
  const editor = new ModelEditor(model);
  const writer = new Writer(editor.graph);
  for (const node of model.graph!.nodes) {
    if (!needsLowering(node) || whyNotLowered(node, shapeOf) !== undefined) continue;
    if (node.opType === 'GroupNormalization') writeGroupNormalization(writer, node, shapeOf);
    else writeRecurrent(writer, node, shapeOf);
    editor.graph.replaceNode(node, writer.takeNodes());
  }
  return { graph: editor.finish().graph!, views: writer.views };
}

const lowered: ReadonlySet<string> = new Set(['LSTM', 'GRU', 'RNN', 'GroupNormalization']);

export function needsLowering({ domain, opType = '' }: Node): boolean {
  return isDefaultDomain(domain) && lowered.has(opType);
}

/** Steps of all directions: each is about 40 nodes of the training step. */
const mostSteps = 512;

const gateActivations: ReadonlyMap<string, readonly string[]> = new Map([
  ['LSTM', ['Sigmoid', 'Tanh', 'Tanh']],
  ['GRU', ['Sigmoid', 'Tanh']],
  ['RNN', ['Tanh']],
]);

const writableActivations: ReadonlySet<string> = new Set(['Sigmoid', 'Tanh', 'Relu']);

/** A clause that says why an operator cannot be written as others, or `undefined`. */
export function whyNotLowered(node: Node, shapeOf: ShapeOf): string | undefined {
  if (node.inputs.some((name) => name !== '' && shapeOf(name) === undefined))
    return 'a size is known only while the model runs';
  if (node.opType === 'GroupNormalization') return undefined;
  if (getAttributeInt(node, 'layout') === 1) return 'its batch stands first (layout 1)';
  if ((node.inputs[7] ?? '') !== '') return 'it has peepholes';
  if (getAttribute(node, 'clip') !== undefined) return 'it clips its gates';
  if (getAttributeInt(node, 'input_forget') === 1) return 'it couples input and forget gates';
  const other = activationsOf(node).find((name) => !writableActivations.has(name));
  if (other !== undefined) return `it uses the activation ${other}`;
  const steps = shapeOf(node.inputs[0]!)![0]! * shapeOf(node.inputs[1]!)![0]!;
  return steps > mostSteps ? `it has ${steps} steps, and at most ${mostSteps} can be trained` : undefined;
}

/** The activations of all directions in order, with the capitals of the operators. */
function activationsOf(node: Node): readonly string[] {
  const stated = getAttribute(node, 'activations')?.strings?.map((bytes) => new TextDecoder().decode(bytes));
  const usual = gateActivations.get(node.opType!)!;
  const directions = getAttributeText(node, 'direction') === 'bidirectional' ? 2 : 1;
  const names = stated === undefined || stated.length === 0 ? Array(directions).fill(usual).flat() : stated;
  return names.map(
    (name: string) => [...writableActivations].find((each) => each.toLowerCase() === name.toLowerCase()) ?? name,
  );
}

/** Writes nodes of one output after the other, and the constants that they read. */
class Writer {
  readonly views = new Set<ValueName>();
  readonly #graph: GraphEditor;
  readonly #ints = new Map<string, ValueName>();
  #nodes: Node[] = [];

  constructor(graph: GraphEditor) {
    this.#graph = graph;
  }

  takeNodes(): readonly Node[] {
    const nodes = this.#nodes;
    this.#nodes = [];
    return nodes;
  }

  /** @returns the names of the outputs, in order. */
  node(opType: string, inputs: readonly ValueName[], attributes: readonly Attribute[] = [], count = 1): ValueName[] {
    const outputs = Array.from({ length: count }, () => this.#graph.freshValueName(`lowered/${opType}`));
    this.#nodes.push({ opType, inputs, outputs, attributes });
    return outputs;
  }

  one(opType: string, inputs: readonly ValueName[], attributes: readonly Attribute[] = []): ValueName {
    return this.node(opType, inputs, attributes)[0]!;
  }

  /** The value of the replaced node: it keeps its name, for whoever reads it. */
  give(name: ValueName | undefined, value: ValueName): void {
    if (!name) return;
    this.#nodes.push({ opType: 'Identity', inputs: [value], outputs: [name], attributes: [] });
  }

  ints(values: readonly number[]): ValueName {
    const key = values.join();
    const known =
      this.#ints.get(key) ?? this.#constant(DataType.int64, [values.length], BigInt64Array.from(values, BigInt));
    this.#ints.set(key, known);
    return known;
  }

  filled(dims: StaticShape, value: number): ValueName {
    return this.#constant(DataType.float32, dims, new Float32Array(productOf(dims)).fill(value));
  }

  /** A part along one axis. */
  slice(value: ValueName, axis: number, start: number, end: number): ValueName {
    return this.one('Slice', [value, this.ints([start]), this.ints([end]), this.ints([axis])]);
  }

  reshape(value: ValueName, shape: StaticShape): ValueName {
    return this.one('Reshape', [value, this.ints(shape)]);
  }

  /** A part of a weight, which is trained through this node. */
  view(value: ValueName): ValueName {
    this.views.add(value);
    return value;
  }

  #constant(dataType: DataTypeCode, dims: StaticShape, bytes: ArrayBufferView): ValueName {
    const name = this.#graph.freshValueName('lowered/constant');
    this.#graph.addInitializer(createTensor({ name, dataType, dims, bytes }));
    return name;
  }
}

/** Groups become channels of InstanceNormalization; scale and bias are per channel, since operator set 21, or per group. */
function writeGroupNormalization(writer: Writer, node: Node, shapeOf: ShapeOf): void {
  const [x, scale, bias] = node.inputs as [ValueName, ValueName, ValueName];
  const shape = shapeOf(x)!;
  const [batch, channels] = shape as [number, number];
  const groups = getAttributeInt(node, 'num_groups') ?? 1;
  const apart = writer.reshape(x, [batch, groups, productOf(shape.slice(1)) / groups]);
  const epsilon = node.attributes.filter(({ name }) => name === 'epsilon');
  const ones = writer.filled([groups], 1);
  const normal = writer.one('InstanceNormalization', [apart, ones, writer.filled([groups], 0)], epsilon);
  const isPerGroup = shapeOf(scale)![0] === groups && groups !== channels;
  const inner = shape.slice(2).map(() => 1);
  const perChannel = isPerGroup ? [groups, 1, ...inner] : [channels, ...inner];
  const joined = isPerGroup ? [batch, groups, channels / groups, ...shape.slice(2)] : shape;
  const scaled = writer.one('Mul', [writer.reshape(normal, joined), writer.view(writer.reshape(scale, perChannel))]);
  const shifted = writer.one('Add', [scaled, writer.view(writer.reshape(bias, perChannel))]);
  writer.give(node.outputs[0], isPerGroup ? writer.reshape(shifted, shape) : shifted);
}

interface Direction {
  readonly node: Node;
  readonly at: number;
  readonly steps: number;
  readonly batch: number;
  readonly hidden: number;
  readonly gates: number;
  readonly isReverse: boolean;
  readonly activations: readonly string[];
  /** [1, batch, 1] for each step: false after the end of a sequence. Absent: all sequences have all steps. */
  readonly valid?: readonly ValueName[];
}

interface State {
  /** [1, batch, hidden] or [1, 1, hidden] */
  readonly hidden: ValueName;
  readonly cell?: ValueName;
}

function writeRecurrent(writer: Writer, node: Node, shapeOf: ShapeOf): void {
  const [steps, batch] = shapeOf(node.inputs[0]!) as [number, number];
  const [directions, rows, hidden] = shapeOf(node.inputs[2]!) as [number, number, number];
  const activations = activationsOf(node);
  const each = activations.length / directions;
  const way = getAttributeText(node, 'direction') ?? 'forward';
  const valid = validSteps(writer, node.inputs[4] ?? '', steps, batch);
  const ran = Array.from({ length: directions }, (_, at) =>
    writeDirection(writer, {
      node,
      at,
      steps,
      batch,
      hidden,
      gates: rows / hidden,
      isReverse: way === 'reverse' || at === 1,
      activations: activations.slice(at * each, (at + 1) * each),
      ...(valid && { valid }),
    }),
  );
  const join = (parts: readonly ValueName[], axis: number): ValueName =>
    parts.length === 1 ? parts[0]! : writer.one('Concat', parts, [intAttribute('axis', axis)]);
  const all = ran.map(({ outputs }) => writer.reshape(join(outputs, 0), [steps, 1, batch, hidden]));
  writer.give(node.outputs[0], join(all, 1));
  const last = (state: (each: State) => ValueName | undefined, output: number): void => {
    const states = ran.map(({ end }) => state(end)).filter((value) => value !== undefined);
    if (states.length > 0) writer.give(node.outputs[output], join(states, 0));
  };
  last((state) => state.hidden, 1);
  last((state) => state.cell, 2);
}

function validSteps(writer: Writer, lengths: ValueName, steps: number, batch: number): ValueName[] | undefined {
  if (lengths === '') return undefined;
  const to64 = writer.one('Cast', [lengths], [intAttribute('to', DataType.int64)]);
  const counts = writer.reshape(to64, [1, batch, 1]);
  return Array.from({ length: steps }, (_, step) => writer.one('Greater', [counts, writer.ints([step])]));
}

function writeDirection(
  writer: Writer,
  way: Direction,
): { readonly outputs: readonly ValueName[]; readonly end: State } {
  const { node, steps, isReverse, valid } = way;
  const cell = cellOf(writer, way);
  const products = inputProducts(writer, way);
  const initial = (input: number): ValueName => {
    const name = node.inputs[input] ?? '';
    return name === '' ? writer.filled([1, 1, way.hidden], 0) : directionOf(writer, name, way);
  };
  let state: State = { hidden: initial(5), ...(node.opType === 'LSTM' && { cell: initial(6) }) };
  const none = writer.filled([1, 1, 1], 0);
  const outputs: ValueName[] = [];
  for (let count = 0; count < steps; count++) {
    const step = isReverse ? steps - 1 - count : count;
    const next = cell(products[step]!, state);
    const isValid = valid?.[step];
    const keep = (after: ValueName, before: ValueName): ValueName =>
      isValid === undefined ? after : writer.one('Where', [isValid, after, before]);
    outputs[step] = keep(next.hidden, none);
    state = {
      hidden: keep(next.hidden, state.hidden),
      ...(next.cell !== undefined && { cell: keep(next.cell, state.cell!) }),
    };
  }
  return { outputs, end: state };
}

/** [1, …] of a value [directions, …]. */
function directionOf(writer: Writer, value: ValueName, { at }: Direction): ValueName {
  return writer.slice(value, 0, at, at + 1);
}

/** Rows of W or R of this direction, transposed: [inputs, rows]. */
function matrixOf(writer: Writer, way: Direction, input: 1 | 2, from: number, to: number): ValueName {
  const own = writer.view(directionOf(writer, way.node.inputs[input]!, way));
  const isWhole = to - from === way.gates;
  const rows = isWhole ? own : writer.slice(own, 1, from * way.hidden, to * way.hidden);
  const transposed = writer.one('Transpose', [rows], [intsAttribute('perm', [0, 2, 1])]);
  return writer.reshape(transposed, [-1, (to - from) * way.hidden]);
}

/** Bias of the gates from `from` to `to`, of W (`part` 0) or R (`part` 1): [1, 1, rows]. */
function biasOf(writer: Writer, way: Direction, part: 0 | 1, from: number, to: number): ValueName {
  const start = part * way.gates * way.hidden;
  const own = writer.view(directionOf(writer, way.node.inputs[3]!, way));
  const values = writer.slice(own, 1, start + from * way.hidden, start + to * way.hidden);
  return writer.reshape(values, [1, 1, (to - from) * way.hidden]);
}

function hasBias({ node }: Direction): boolean {
  return (node.inputs[3] ?? '') !== '';
}

function isResetAfter({ node }: Direction): boolean {
  return node.opType === 'GRU' && (getAttributeInt(node, 'linear_before_reset') ?? 0) !== 0;
}

/** x·Wᵀ with both biases for each step: [1, batch, gates × hidden]. The bias that a GRU resets is left to its cell. */
function inputProducts(writer: Writer, way: Direction): readonly ValueName[] {
  const { gates } = way;
  let product = writer.one('MatMul', [way.node.inputs[0]!, matrixOf(writer, way, 1, 0, gates)]);
  if (hasBias(way)) {
    const own = isResetAfter(way)
      ? writer.one(
          'Concat',
          [biasOf(writer, way, 1, 0, 2), writer.filled([1, 1, way.hidden], 0)],
          [intAttribute('axis', 2)],
        )
      : biasOf(writer, way, 1, 0, gates);
    product = writer.one('Add', [product, writer.one('Add', [biasOf(writer, way, 0, 0, gates), own])]);
  }
  return split(writer, product, 0, way.steps);
}

function split(writer: Writer, value: ValueName, axis: number, parts: number): readonly ValueName[] {
  if (parts === 1) return [value];
  return writer.node('Split', [value], [intAttribute('axis', axis), intAttribute('num_outputs', parts)], parts);
}

type Cell = (product: ValueName, state: State) => State;

function cellOf(writer: Writer, way: Direction): Cell {
  if (way.node.opType === 'LSTM') return longShortTerm(writer, way);
  return way.node.opType === 'GRU' ? gatedUnit(writer, way) : plainUnit(writer, way);
}

/** h' = f(x·Wᵀ + h·Rᵀ + b) */
function plainUnit(writer: Writer, way: Direction): Cell {
  const matrix = matrixOf(writer, way, 2, 0, 1);
  return (product, { hidden }) => {
    const sum = writer.one('Add', [product, writer.one('MatMul', [hidden, matrix])]);
    return { hidden: writer.one(way.activations[0]!, [sum]) };
  };
}

/** Gates i, o, f, c: C' = f·C + i·c, h' = o·h(C'). */
function longShortTerm(writer: Writer, way: Direction): Cell {
  const matrix = matrixOf(writer, way, 2, 0, 4);
  const [gate, content, output] = way.activations as [string, string, string];
  return (product, { hidden, cell }) => {
    const sum = writer.one('Add', [product, writer.one('MatMul', [hidden, matrix])]);
    const [i, o, f, c] = split(writer, sum, 2, 4) as [ValueName, ValueName, ValueName, ValueName];
    const kept = writer.one('Mul', [writer.one(gate, [f]), cell!]);
    const added = writer.one('Mul', [writer.one(gate, [i]), writer.one(content, [c])]);
    const next = writer.one('Add', [kept, added]);
    return { hidden: writer.one('Mul', [writer.one(gate, [o]), writer.one(output, [next])]), cell: next };
  };
}

/** Gates z, r, h: h' = (1 − z)·ĥ + z·h, where r acts on h or, with `linear_before_reset`, on h·Rᵀ + b. */
function gatedUnit(writer: Writer, way: Direction): Cell {
  const [gate, content] = way.activations as [string, string];
  const gates = matrixOf(writer, way, 2, 0, 2);
  const own = matrixOf(writer, way, 2, 2, 3);
  const isAfter = isResetAfter(way);
  const bias = isAfter && hasBias(way) ? biasOf(writer, way, 1, 2, 3) : undefined;
  return (gatesOfInput, { hidden }) => {
    const [zx, rx, hx] = split(writer, gatesOfInput, 2, 3) as [ValueName, ValueName, ValueName];
    const [zh, rh] = split(writer, writer.one('MatMul', [hidden, gates]), 2, 2) as [ValueName, ValueName];
    const z = writer.one(gate, [writer.one('Add', [zx, zh])]);
    const r = writer.one(gate, [writer.one('Add', [rx, rh])]);
    const product = writer.one('MatMul', [isAfter ? hidden : writer.one('Mul', [r, hidden]), own]);
    const shifted = bias === undefined ? product : writer.one('Add', [product, bias]);
    const reset = isAfter ? writer.one('Mul', [r, shifted]) : shifted;
    const candidate = writer.one(content, [writer.one('Add', [hx, reset])]);
    // ĥ + z·(h − ĥ)
    const moved = writer.one('Mul', [z, writer.one('Sub', [hidden, candidate])]);
    return { hidden: writer.one('Add', [candidate, moved]) };
  };
}
