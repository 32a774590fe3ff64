/** A teacher that the user gave, adapted to the inputs of the student. */
import type { Feeds } from '../../data/feeds';
import { describeShape, statedSize } from '../../onnx/declared-shape';
import type { Graph, Model, ValueInfo, ValueName } from '../../onnx/graph';
import { renameValues } from '../../onnx/rename-values';
import { namesDefinedBy } from '../../onnx/subgraphs';
import { ownValue } from '../../own-value';
import type { PassContext, Refusal } from '../pass';
import { wholeModel } from '../../onnx/traverse';
import { declaredBatch } from './batch-samples';

/** The teacher of training passes. */
export function teacherOf({ teacher, original }: PassContext): Model {
  return teacher ?? original;
}

/**
 * Returns the teacher with the inputs of a sample. It is unchanged if it reads them by these names. Its only input is
 * renamed if the sample has only one. Other teachers are refused. A sample of the student's fixed batch counts as that
 * batch.
 */
export function fitTeacher(teacher: Model, student: Model, sample: Feeds): Model | Refusal {
  const { graph } = teacher;
  if (graph === undefined) return refuse('graph', 'The teacher has no graph.');
  const held = new Set(graph.initializers.map(({ name }) => name ?? ''));
  const inputs = graph.inputs.filter(({ name }) => !held.has(name ?? ''));
  const fed = Object.keys(sample);
  const missing = inputs.find(({ name }) => ownValue(sample, name ?? '') === undefined);
  const [only] = fed;
  const isOnly = inputs.length === 1 && fed.length === 1;
  if (missing !== undefined && !isOnly) {
    return refuse(missing.name ?? '', `The teacher reads “${missing.name}”, but the samples have ${quoted(fed)}.`);
  }
  const dimsFor = ({ name = '' }: ValueInfo): readonly number[] => {
    const own = isOnly ? only! : name;
    const { dims } = ownValue(sample, own)!;
    const input = student.graph?.inputs.find((info) => info.name === own);
    const batch = input && declaredBatch(input);
    return dims[0] === 1 && batch !== undefined ? [batch, ...dims.slice(1)] : dims;
  };
  const unlike = inputs.find((input) => !takes(input, dimsFor(input)));
  if (unlike !== undefined) {
    return refuse(
      unlike.name ?? '',
      `The teacher needs [${describeShape(unlike)}], but a sample is [${dimsFor(unlike).join(', ')}]. Choose a teacher with the same input.`,
    );
  }
  return missing === undefined ? teacher : { ...teacher, graph: renamedInput(graph, missing.name ?? '', only!) };
}

function refuse(path: string, reason: string): Refusal {
  return { ...wholeModel, path: `graph/${path}`, code: 'teacher-does-not-fit', reason };
}

const quoted = (names: readonly string[]): string => names.map((name) => `“${name}”`).join(', ');

/** A first size of one is a batch, for which training puts its own. */
function takes({ type }: ValueInfo, dims: readonly number[]): boolean {
  const declared = type?.shape?.dimensions;
  if (declared === undefined) return true;
  return (
    declared.length === dims.length &&
    declared.every((dimension, axis) => {
      const size = statedSize(dimension);
      return size === undefined || size === dims[axis];
    })
  );
}

/** All at once, so that a value inside that has the name already makes room for it. */
function renamedInput(graph: Graph, from: ValueName, to: ValueName): Graph {
  const taken = new Set(namesDefinedBy(graph));
  const renamed = new Map([[from, to]]);
  if (taken.has(to)) {
    let free = `${to}/inside`;
    while (taken.has(free)) free += '/inside';
    renamed.set(to, free);
  }
  const swap = <Named extends { readonly name?: ValueName }>(each: Named): Named => {
    const name = renamed.get(each.name ?? '');
    return name === undefined ? each : { ...each, name };
  };
  return {
    ...graph,
    nodes: graph.nodes.map((node) => renameValues(node, renamed)),
    initializers: graph.initializers.map(swap),
    inputs: graph.inputs.map(swap),
    outputs: graph.outputs.map(swap),
    valueInfos: graph.valueInfos.map(swap),
  };
}
