/** Selects the nodes that work on integers, and gives the reasons of the others. */
import type { Model, Node, ValueName } from '../../../onnx/graph';
import { weightOperandsOf } from '../../../onnx/ops/registry';
import { canonicalDomain, nodesOf, scopes, type NodeVisit } from '../../../onnx/traverse';
import { namesOfNode, unknownNodeNames } from '../../node-names';
import type { Change, Refusal } from '../../pass';
import { layerOperators } from '../weights/weights-options';
import type { ChosenRanges } from './activation-ranges';
import type { QdqPlan } from './qdq-plan';
import { staticOperators, type StaticOptions } from './static-options';
import { floatNodes } from './static-scheme';
import type { ValueGraph } from './value-graph';

interface Reason {
  readonly code: string;
  readonly reason: string;
}

export function selectNodes(
  model: Model,
  graph: ValueGraph,
  options: StaticOptions,
  operators: ReadonlySet<string> | undefined,
): { readonly selected: readonly NodeVisit[]; readonly refusals: readonly Refusal[] } {
  const { opTypes, include, overrides } = options;
  const exclude = [...options.exclude, ...floatNodes(options)];
  const all = [...scopes(model)];
  const visits = all.flatMap((scope) => [...nodesOf(scope)]);
  const refusals = unknownNodeNames(
    [...include, ...options.exclude, ...Object.keys(overrides)],
    new Set(visits.flatMap(namesOfNode)),
  );
  const selected: NodeVisit[] = [];
  for (const visit of visits) {
    const { node, path, scope } = visit;
    const op = node.opType ?? '';
    const isNamedIn = (names: readonly string[]): boolean => namesOfNode(visit).some((name) => names.includes(name));
    const isWanted = operators === undefined || operators.has(op);
    const isChosen =
      isWanted && (include.length > 0 ? isNamedIn(include) : opTypes.includes(op as StaticOptions['opTypes'][number]));
    const reason = reasonToLeave(visit, graph, { isChosen, isExcluded: isNamedIn(exclude) });
    if (reason) refusals.push({ path, op, ...reason });
    else if (isChosen && !isNamedIn(exclude) && scope.graph === graph.graph && canonicalDomain(node.domain) === '') {
      selected.push(visit);
    }
  }
  return { selected, refusals };
}

/** The reason that a node does not change, although a person would expect it to. */
function reasonToLeave(
  { node, scope }: NodeVisit,
  graph: ValueGraph,
  { isChosen, isExcluded }: { readonly isChosen: boolean; readonly isExcluded: boolean },
): Reason | undefined {
  const isLayer = graph.isLayer(node);
  if (node.opType === 'BatchNormalization' && graph.producer(node.inputs[0] ?? '')?.opType === 'Conv') {
    const reason = 'It follows a Conv and could be fused into it. Run simplify first.';
    return { code: 'fold-first', reason };
  }
  if (isExcluded) return { code: 'excluded', reason: 'Excluded by the options.' };
  if (!isChosen) {
    return isLayer ? reasonOfTypes(node.opType ?? '') : undefined;
  }
  if (scope.graph !== graph.graph) {
    return isLayer || weightOperandsOf(node).length > 0
      ? { code: 'inside-body', reason: 'It is in the body of another node, whose values cannot be observed.' }
      : undefined;
  }
  return undefined;
}

/** A type that the options cannot name, as of a recurrent layer, has no place among the reasons that another choice mends. */
function reasonOfTypes(op: string): Reason {
  if ((staticOperators as readonly string[]).includes(op)) {
    return { code: 'not-selected', reason: 'The options include other nodes or operator types only.' };
  }
  const instead = (layerOperators as readonly string[]).includes(op)
    ? ' quantize-weights can quantize its weights instead.'
    : '';
  return { code: 'no-integer-form', reason: `This pass has no integer form of ${op}.${instead}` };
}

/** The reasons that values of selected nodes stay float32. */
export interface LeftFloat extends Pick<ChosenRanges, 'without'> {
  /** Softmax whose inputs stay float32. */
  readonly masked: ReadonlySet<Node>;
  /** Concat whose joined value stays float32. */
  readonly mixed: ReadonlySet<Node>;
  /** Values whose integers cost too much: as in `CloseStatic`. */
  readonly floats: ReadonlyMap<ValueName, number | null>;
}

/** The outcome for the selected nodes. */
export function describeNodes(
  selected: readonly NodeVisit[],
  plan: Pick<QdqPlan, 'marks' | 'absorbed' | 'graph' | 'scheme'>,
  { without, masked, mixed, floats }: LeftFloat,
): { readonly changes: readonly Change[]; readonly unchanged: readonly Refusal[] } {
  const { marks, absorbed, graph, scheme } = plan;
  const changes: Change[] = [];
  const unchanged: Refusal[] = [];
  for (const { node, path } of selected) {
    const op = node.opType ?? '';
    const read = node.inputs.filter((name) => graph.isFloat(name) && (marks.has(name) || !graph.constant(name)));
    const isLayer = graph.isLayer(node);
    const rangeless = [...read, ...node.outputs].find((name) => without.has(name));
    const left = [...read, ...node.outputs].filter((name) => floats.has(name));
    if (absorbed.has(node))
      changes.push({ path, op, what: 'Removed: the integers of the previous layer already start at zero' });
    else if (masked.has(node)) {
      const reason = 'It reads a mask whose range is too wide for 8 bits, so it stays in float32.';
      unchanged.push({ path, op, code: 'masked', reason });
    } else if (mixed.has(node)) {
      const reason = 'It joins values whose ranges are too different for one scale, so its output stays in float32.';
      unchanged.push({ path, op, code: 'mixed', reason });
    } else if (left.length > 0) {
      const isCostly = left.some((name) => floats.get(name) !== null);
      // Operators of integers read no weights without activations.
      const hasIntegers = isLayer && scheme.format === 'qdq';
      if (hasIntegers) changes.push({ path, op, what: 'Integer weights, float32 computation' });
      unchanged.push({ path, op, code: 'costs-most', reason: reasonOfCost[isCostly ? 'own' : 'around'] });
    } else if (read.length > 0 && read.every((name) => marks.has(name))) {
      changes.push({ path, op, what: 'Computes in integers' });
    } else if (isLayer && rangeless === undefined) {
      unchanged.push({ path, op, code: 'no-range', reason: 'One of its inputs is not float32.' });
    }
    if (isLayer && rangeless !== undefined)
      unchanged.push({ path, op, ...withoutRange[without.get(rangeless)!](rangeless) });
  }
  return { changes, unchanged };
}

/** One for all nodes of a kind: what each value would cost stands in the table of these values. */
const reasonOfCost = {
  own: 'A value that it reads or computes would lose too much accuracy as integers, so it stays in float32.',
  around: 'Its neighbors stay in float32, and so do its inputs and outputs.',
} as const;

const withoutRange: Readonly<Record<'not-finite' | 'always-zero', (value: string) => Reason>> = {
  'not-finite': (value) => ({
    code: 'not-finite',
    reason: `“${value}” contains NaN or infinity on your data and stays in float32. Check the data and its preprocessing.`,
  }),
  'always-zero': (value) => ({
    code: 'never-fires',
    reason: `“${value}” is always zero on your data, so it has no range and stays in float32. Calibrate with data that reaches it, or prune it.`,
  }),
};
