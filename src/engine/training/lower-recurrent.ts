/** Writes LSTM, GRU and RNN step by step, by their equations in the ONNX specification. */
import { intAttribute, intsAttribute } from '../onnx/attributes';
import { DataType } from '../onnx/data-type';
import type { Node, ValueName } from '../onnx/graph';
import { getAttribute, getAttributeInt, getAttributeText } from '../onnx/traverse';
import type { NodeWriter, ShapeOf } from './node-writer';

/** Steps of all directions: each is about 40 nodes of the training step. */
const mostSteps = 512;

const gateActivations: ReadonlyMap<string, readonly string[]> = new Map([
  ['LSTM', ['Sigmoid', 'Tanh', 'Tanh']],
  ['GRU', ['Sigmoid', 'Tanh']],
  ['RNN', ['Tanh']],
]);

const writableActivations: ReadonlySet<string> = new Set(['Sigmoid', 'Tanh', 'Relu']);

/** A clause that says why the operator cannot be written step by step, or `undefined`. */
export function whyNotRecurrent(node: Node, shapeOf: ShapeOf): string | undefined {
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

export function writeRecurrent(writer: NodeWriter, node: Node, shapeOf: ShapeOf): void {
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

function validSteps(writer: NodeWriter, lengths: ValueName, steps: number, batch: number): ValueName[] | undefined {
  if (lengths === '') return undefined;
  const to64 = writer.one('Cast', [lengths], [intAttribute('to', DataType.int64)]);
  const counts = writer.reshape(to64, [1, batch, 1]);
  return Array.from({ length: steps }, (_, step) => writer.one('Greater', [counts, writer.ints([step])]));
}

function writeDirection(
  writer: NodeWriter,
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
function directionOf(writer: NodeWriter, value: ValueName, { at }: Direction): ValueName {
  return writer.slice(value, 0, at, at + 1);
}

/** Rows of W or R of this direction, transposed: [inputs, rows]. */
function matrixOf(writer: NodeWriter, way: Direction, input: 1 | 2, from: number, to: number): ValueName {
  const own = writer.view(directionOf(writer, way.node.inputs[input]!, way));
  const isWhole = to - from === way.gates;
  const rows = isWhole ? own : writer.slice(own, 1, from * way.hidden, to * way.hidden);
  const transposed = writer.one('Transpose', [rows], [intsAttribute('perm', [0, 2, 1])]);
  return writer.reshape(transposed, [-1, (to - from) * way.hidden]);
}

/** Bias of the gates from `from` to `to`, of W (`part` 0) or R (`part` 1): [1, 1, rows]. */
function biasOf(writer: NodeWriter, way: Direction, part: 0 | 1, from: number, to: number): ValueName {
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
function inputProducts(writer: NodeWriter, way: Direction): readonly ValueName[] {
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

function split(writer: NodeWriter, value: ValueName, axis: number, parts: number): readonly ValueName[] {
  if (parts === 1) return [value];
  return writer.node('Split', [value], [intAttribute('axis', axis), intAttribute('num_outputs', parts)], parts);
}

type Cell = (product: ValueName, state: State) => State;

function cellOf(writer: NodeWriter, way: Direction): Cell {
  if (way.node.opType === 'LSTM') return longShortTerm(writer, way);
  return way.node.opType === 'GRU' ? gatedUnit(writer, way) : plainUnit(writer, way);
}

/** h' = f(x·Wᵀ + h·Rᵀ + b) */
function plainUnit(writer: NodeWriter, way: Direction): Cell {
  const matrix = matrixOf(writer, way, 2, 0, 1);
  return (product, { hidden }) => {
    const sum = writer.one('Add', [product, writer.one('MatMul', [hidden, matrix])]);
    return { hidden: writer.one(way.activations[0]!, [sum]) };
  };
}

/** Gates i, o, f, c: C' = f·C + i·c, h' = o·h(C'). */
function longShortTerm(writer: NodeWriter, way: Direction): Cell {
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
function gatedUnit(writer: NodeWriter, way: Direction): Cell {
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
