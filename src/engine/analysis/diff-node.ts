/** What differs between two nodes that stand for each other, in sentences. */
import { dataTypeName } from '../onnx/data-type';
import type { Attribute, SparseTensor, Tensor } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import type { SymbolicShape } from '../onnx/ops/operator';
import { hasSameElements } from '../onnx/same-elements';
import { textOfSize } from '../onnx/size';
import { canonicalDomain } from '../onnx/traverse';
import { isSameOrigin, type NodeMatches } from './diff-match';
import type { DiffNode, Origin } from './diff-scope';

export interface NodeComparison extends Pick<NodeMatches, 'aToB'> {
  readonly inferredA: InferredModel;
  readonly inferredB: InferredModel;
}

/** Every difference that changes what the node computes, or of what; none for a node that only has another name. */
export function differencesOf(a: DiffNode, b: DiffNode, comparison: NodeComparison): readonly string[] {
  return [
    ...operatorDifferences(a, b),
    ...attributeDifferences(a, b),
    ...inputDifferences(a, b, comparison),
    ...outputDifferences(a, b, comparison),
    ...resultDifferences(a, b, comparison),
  ];
}

function operatorDifferences({ node: a }: DiffNode, { node: b }: DiffNode): readonly string[] {
  const [before, after] = [a, b].map(({ domain, opType = '' }) =>
    canonicalDomain(domain) === '' ? opType : `${domain}.${opType}`,
  );
  return before === after ? [] : [`operator ${before} became ${after}`];
}

function attributeDifferences({ node: a }: DiffNode, { node: b }: DiffNode): readonly string[] {
  if (a.attributes.length + b.attributes.length === 0) return [];
  const found: string[] = [];
  const others = new Map(b.attributes.map((attribute) => [attribute.name ?? '', attribute]));
  for (const attribute of a.attributes) {
    const name = attribute.name ?? '';
    const other = others.get(name);
    others.delete(name);
    if (other === undefined) found.push(`attribute ${name} (${textOfAttribute(attribute)}) is gone`);
    else found.push(...differenceOfAttributes(name, attribute, other));
  }
  for (const [name, attribute] of others) found.push(`attribute ${name} (${textOfAttribute(attribute)}) is new`);
  return found;
}

function differenceOfAttributes(name: string, a: Attribute, b: Attribute): readonly string[] {
  if (a.t && b.t) return tensorDifferences(`attribute ${name}`, a.t, b.t);
  if (a.sparseTensor && b.sparseTensor) return sparseDifferences(`attribute ${name}`, a.sparseTensor, b.sparseTensor);
  const lists = [a, b].map(({ tensors = [] }) => tensors);
  if (lists[0]!.length > 0 && lists[0]!.length === lists[1]!.length) {
    return lists[0]!.flatMap((tensor, index) => tensorDifferences(`attribute ${name}`, tensor, lists[1]![index]!));
  }
  const [before, after] = [textOfAttribute(a), textOfAttribute(b)];
  return before === after ? [] : [`attribute ${name} was ${shortened(before)} and is ${shortened(after)}`];
}

/** The nodes of graphs are compared by themselves. */
function textOfAttribute({
  f,
  i,
  s,
  t,
  g,
  floats,
  ints,
  strings,
  graphs,
  refAttrName,
  typeProto,
  ...rest
}: Attribute): string {
  if (refAttrName) return `the attribute ${refAttrName} of the call`;
  if (t) return 'a tensor';
  if (rest.sparseTensor) return 'a sparse tensor';
  if (g) return 'a graph';
  if (typeProto)
    return JSON.stringify(typeProto, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  if (floats?.length) return `[${floats.join(', ')}]`;
  if (ints?.length) return `[${ints.join(', ')}]`;
  if (strings?.length) return `[${strings.map(textOfBytes).join(', ')}]`;
  if (graphs?.length) return `${graphs.length} graphs`;
  if (rest.tensors?.length) return `${rest.tensors.length} tensors`;
  if (f !== undefined) return String(f);
  if (i !== undefined) return String(i);
  return s === undefined ? 'empty' : textOfBytes(s);
}

function textOfBytes(bytes: Uint8Array): string {
  return `“${new TextDecoder().decode(bytes)}”`;
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function inputDifferences(a: DiffNode, b: DiffNode, comparison: NodeComparison): readonly string[] {
  const count = Math.max(a.node.inputs.length, b.node.inputs.length);
  return Array.from({ length: count }, (_, index) => {
    const [nameA = '', nameB = ''] = [a.node.inputs[index], b.node.inputs[index]];
    const [left, right] = [a.scope.origin(nameA), b.scope.origin(nameB)];
    const label = `input ${index + 1}`;
    if (nameA === '' || nameB === '') {
      if (nameA !== nameB) return [nameA === '' ? `${label} (${nameB}) is new` : `${label} (${nameA}) is gone`];
      return [];
    }
    if (left.kind === 'constant' && right.kind === 'constant') return constantDifferences(nameB, left, right);
    if (isSameOrigin(left, right, comparison)) return [];
    return [`${label} was ${textOfOrigin(left, nameA)} and is ${textOfOrigin(right, nameB)}`];
  }).flat();
}

function textOfOrigin(origin: Origin, name: string): string {
  switch (origin.kind) {
    case 'node':
      return `${name} of ${origin.from.path}`;
    case 'constant':
      return `the weight ${name}`;
    case 'input':
      return `the input ${name} of ${origin.scope.path}`;
    case 'missing':
      return name;
  }
}

type ConstantOrigin = Extract<Origin, { kind: 'constant' }>;

function constantDifferences(name: string, a: ConstantOrigin, b: ConstantOrigin): readonly string[] {
  const label = `weight ${name}`;
  if (a.sparse && b.sparse) return sparseDifferences(label, a.sparse, b.sparse);
  if (a.sparse || b.sparse) return [`${label} ${b.sparse ? 'became' : 'was'} sparse`];
  return tensorDifferences(label, a.tensor, b.tensor);
}

function sparseDifferences(label: string, a: SparseTensor, b: SparseTensor): readonly string[] {
  if (a.dims.join() !== b.dims.join())
    return [`${label} had shape [${a.dims.join(', ')}] and has [${b.dims.join(', ')}]`];
  const parts = [
    [a.values, b.values],
    [a.indices, b.indices],
  ] as const;
  return parts.flatMap(([one, other]) => (one && other ? tensorDifferences(label, one, other) : [])).slice(0, 1);
}

/** Type and shape first: elements are read only where both are the same. */
function tensorDifferences(label: string, a: Tensor, b: Tensor): readonly string[] {
  const found: string[] = [];
  if (a.dataType !== b.dataType) {
    found.push(`${label} was ${dataTypeName(a.dataType ?? 0)} and is ${dataTypeName(b.dataType ?? 0)}`);
  }
  if (a.dims.join() !== b.dims.join()) {
    found.push(`${label} had shape [${a.dims.join(', ')}] and has [${b.dims.join(', ')}]`);
  }
  return found.length > 0 || hasSameElements(a, b) ? found : [`${label} has other elements`];
}

function outputDifferences(a: DiffNode, b: DiffNode, { inferredA, inferredB }: NodeComparison): readonly string[] {
  const found: string[] = [];
  const [before, after] = [a, b].map(({ node }) => node.outputs.filter((name) => name !== '').length);
  if (before !== after) found.push(`it had ${before} outputs and has ${after}`);
  b.node.outputs.forEach((name, index) => {
    const nameA = a.node.outputs[index] ?? '';
    if (name === '' || nameA === '') return;
    // In the body of a function nothing is inferred.
    const left = a.scope.graph && inferredA.value(a.scope.graph, nameA);
    const right = b.scope.graph && inferredB.value(b.scope.graph, name);
    const [typeA, typeB] = [left?.elementType, right?.elementType];
    if (typeA !== undefined && typeB !== undefined && typeA !== typeB) {
      found.push(`output ${name} was ${dataTypeName(typeA)} and is ${dataTypeName(typeB)}`);
    }
    if (left?.shape && right?.shape && !canBeSameShape(left.shape, right.shape)) {
      found.push(`output ${name} had shape ${textOfShape(left.shape)} and has ${textOfShape(right.shape)}`);
    }
  });
  return found;
}

/** A size that is not known in one of the models is no difference: how much inference finds out is no matter of the model. */
function canBeSameShape(a: SymbolicShape, b: SymbolicShape): boolean {
  return (
    a.length === b.length &&
    a.every((size, axis) => size === null || b[axis] === null || textOfSize(size) === textOfSize(b[axis]!))
  );
}

function textOfShape(shape: SymbolicShape): string {
  return `[${shape.map((size) => textOfSize(size) ?? '?').join(', ')}]`;
}

/** What the graphs inside the node return. */
function resultDifferences(a: DiffNode, b: DiffNode, comparison: NodeComparison): readonly string[] {
  return [...a.inside].flatMap(([attribute, left]) => {
    const right = b.inside.get(attribute);
    if (right === undefined) return [];
    if (left.outputs.length !== right.outputs.length) {
      return [`its ${attribute} returned ${left.outputs.length} values and returns ${right.outputs.length}`];
    }
    return left.outputs.flatMap((nameA, index) => {
      const nameB = right.outputs[index]!;
      const [one, other] = [left.origin(nameA), right.origin(nameB)];
      if (one.kind === 'constant' && other.kind === 'constant') return constantDifferences(nameB, one, other);
      if (isSameOrigin(one, other, comparison)) return [];
      return [`its ${attribute} returned ${textOfOrigin(one, nameA)} and returns ${textOfOrigin(other, nameB)}`];
    });
  });
}
