/** Infers the outputs of nodes that hold graphs: If, Loop, Scan and SequenceMap. */
import { DataType } from './data-type';
import type { Graph } from './graph';
import { largerWork, sumOfWork, timesWork, unknownWork, type NodeWork } from './node-work';
import { finite } from './ops/held-number';
import { commonValue, elementOf } from './ops/inferred-values';
import { mostContent, type InferredValue, type NodeFacts } from './ops/operator';
import { leastOfSize, SymbolicSize, type Size } from './size';
import { subgraphsOf } from './subgraphs';

/** Functions that infer the graphs of one node. */
export interface BodyInference {
  /** Infers a body; `fed`: the values that the node passes to its inputs, where known. Gives its outputs. */
  follow(body: Graph, fed: readonly InferredValue[]): readonly InferredValue[];
  /** Work of one run of a body, in its last evaluation. */
  workOf(body: Graph): NodeWork;
}

export interface FollowedNode {
  readonly outputs: readonly InferredValue[];
  /** Work of the node, with all that its graphs do. */
  work(): NodeWork;
}

/**
 * Infers the outputs of a node with graphs. For a value that changes between iterations, also inside a body, only facts
 * that hold in every iteration are kept.
 */
export function inferBodies(facts: NodeFacts, bodies: BodyInference): FollowedNode {
  switch (facts.node.opType) {
    case 'If':
      return inferBranches(facts, bodies);
    case 'Loop':
      return inferLoop(facts, bodies);
    case 'Scan':
      return inferScan(facts, bodies);
    case 'SequenceMap':
      return inferSequenceMap(facts, bodies);
    default:
      for (const body of subgraphsOf(facts.node)) bodies.follow(body, []);
      return { outputs: [], work: () => unknownWork };
  }
}

/** Both branches are followed; if the condition is known, only one of them counts. */
function inferBranches(facts: NodeFacts, bodies: BodyInference): FollowedNode {
  const [yes, no] = ['then_branch', 'else_branch'].map((name) => {
    const body = facts.graph(name);
    return body === undefined ? [] : bodies.follow(body, []);
  });
  const condition = facts.content(0)?.[0];
  const both = () => yes!.map((value, index) => commonValue(value, no![index] ?? {}));
  return {
    outputs: typeof condition === 'number' ? (condition === 0 ? no! : yes!) : both(),
    work: () => largerWork(subgraphsOf(facts.node).map((body) => bodies.workOf(body))),
  };
}

function inferLoop(facts: NodeFacts, bodies: BodyInference): FollowedNode {
  const initial = facts.inputs.slice(2);
  const body = subgraphsOf(facts.node)[0]!;
  const turn: InferredValue = { elementType: DataType.int64, shape: [] };
  // A body that runs had a true condition.
  const goOn: InferredValue = { elementType: DataType.bool, shape: [], content: [1] };
  const follow = (state: readonly InferredValue[]) => bodies.follow(body, [turn, goOn, ...state]);
  const { state, outputs } = stableState(initial, 1, follow);
  const turns = turnsOfLoop(facts, outputs[0]?.content?.[0] === 1);
  const collected = outputs.slice(1 + initial.length);
  return {
    outputs: [
      ...state,
      ...collected.map(({ elementType, shape }) => ({ elementType, shape: shape && [turns, ...shape] })),
    ],
    work: () => timesWork(turns, bodies.workOf(body)),
  };
}

/** `goesOn`: no turn asks for the end. A loop that others end, or that may not begin, has no number of turns. */
function turnsOfLoop(facts: NodeFacts, goesOn: boolean): Size {
  const trips = facts.content(0)?.[0] ?? null;
  const begins = facts.has(1) ? facts.content(1)?.[0] : 1;
  if (begins === 0 || (typeof trips === 'number' && trips <= 0)) return 0;
  return begins === 1 && goesOn && leastOfSize(trips) >= 0 ? finite(trips) : null;
}

function inferScan(facts: NodeFacts, bodies: BodyInference): FollowedNode {
  const { node, inputs } = facts;
  const stateCount = inputs.length - (facts.int('num_scan_inputs') ?? 0);
  // In opsets before 9 a batch axis comes first.
  if (facts.opset < 9 || stateCount < 0) return { outputs: [], work: () => unknownWork };
  const body = subgraphsOf(node)[0]!;
  const axes = facts.ints('scan_input_axes');
  const slices = inputs.slice(stateCount).map((value, index) => {
    const axis = axes?.[index] ?? 0;
    const at = axis < 0 ? axis + (value.shape?.length ?? 0) : axis;
    return { elementType: value.elementType, shape: value.shape?.toSpliced(at, 1), steps: value.shape?.[at] };
  });
  const follow = (state: readonly InferredValue[]) => bodies.follow(body, [...state, ...slices]);
  const carried = stableState(inputs.slice(0, stateCount), 0, follow);
  const steps = slices.find(({ steps: known }) => known !== undefined && known !== null)?.steps ?? null;
  const outputAxes = facts.ints('scan_output_axes');
  const stacked = carried.outputs.slice(stateCount).map(({ elementType, shape }, index) => {
    const axis = outputAxes?.[index] ?? 0;
    const at = axis < 0 && shape ? axis + shape.length + 1 : axis;
    return { elementType, shape: shape?.toSpliced(at, 0, steps) };
  });
  return { outputs: [...carried.state, ...stacked], work: () => timesWork(steps, bodies.workOf(body)) };
}

/** The body runs for each place of the first sequence, with what stands there in the others, and tensors as they are. */
function inferSequenceMap(facts: NodeFacts, bodies: BodyInference): FollowedNode {
  const body = subgraphsOf(facts.node)[0]!;
  const places = facts.inputs[0]?.sequence?.length;
  const follow = (place?: number) =>
    bodies.follow(
      body,
      facts.inputs.map((value, index) => partOf(value, index, place)),
    );
  // The work of a place is that of the body until another one is followed.
  const turns = Array.from({ length: places === undefined || places > mostContent ? 0 : places }, (_, place) => ({
    results: follow(place),
    work: bodies.workOf(body),
  }));
  // The last run determines the facts inside the body: those that hold at all places.
  const results = follow();
  if (turns.length > 0) {
    const sequenceOf = (output: number) => turns.map((turn) => turn.results[output]!);
    return {
      outputs: results.map((_, output) => ({ sequence: sequenceOf(output) })),
      work: () => sumOfWork(turns.map((turn) => turn.work)),
    };
  }
  return {
    outputs: results.map((element) => (places === 0 ? { sequence: [] } : { element })),
    work: () => timesWork(places ?? null, bodies.workOf(body)),
  };
}

function partOf(value: InferredValue, index: number, place?: number): InferredValue {
  const isSequence = index === 0 || value.sequence !== undefined || value.element !== undefined;
  if (!isSequence) return value;
  return (place === undefined ? undefined : value.sequence?.[place]) ?? elementOf(value) ?? {};
}

interface StableState {
  readonly state: readonly InferredValue[];
  readonly outputs: readonly InferredValue[];
}

/** The limit of turns. If the shapes of values depend on each other in a chain, each one takes one more turn until its facts hold. */
const mostTurns = 8;

/**
 * Finds the facts about the state that hold before and after every turn. It follows a body from its initial state, and again from the facts
 * that both sides share, until a turn removes none. `offset`: outputs before the state.
 */
function stableState(
  initial: readonly InferredValue[],
  offset: number,
  follow: (state: readonly InferredValue[]) => readonly InferredValue[],
): StableState {
  // A value shares everything with itself but its content.
  let state = initial.map((value) => commonValue(value, value));
  for (let turn = 1; ; turn++) {
    const outputs = follow(state);
    const after = state.map((value, index) => commonValue(value, outputs[index + offset] ?? {}));
    // Inside the body stands what the last turn followed, so that turn has to be the one that holds.
    if (textOfValues(after) === textOfValues(state)) return { state, outputs };
    state = turn < mostTurns ? after : after.map(({ elementType }) => ({ elementType }));
  }
}

function textOfValues(values: readonly InferredValue[]): string {
  return JSON.stringify(values, (_, part: unknown) => (part instanceof SymbolicSize ? part.text : part));
}
