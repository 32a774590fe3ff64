/** Describes in sentences how two corresponding nodes differ. */
import { dataTypeName } from '../../onnx/data-type';
import type { Attribute } from '../../onnx/graph';
import type { InferredModel } from '../../onnx/infer';
import type { SymbolicShape } from '../../onnx/ops/operator';
import { textOfSize } from '../../onnx/size';
import { canonicalDomain } from '../../onnx/traverse';
import { resultDifferences } from './diff-graph';
import type { NodeMatches } from './diff-match';
import type { DiffNode } from './diff-scope';
import { sourceDifferences, valueNamed } from './diff-source';
import { sparseDifferences, tensorDifferences } from './diff-tensor';

export interface NodeComparison extends Pick<NodeMatches, 'aToB'> {
  readonly inferredA: InferredModel;
  readonly inferredB: InferredModel;
}

/** Every difference that changes what the node computes, or its inputs. None for a node that only has another name. */
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
    if (other === undefined) found.push(`attribute ${name} (${textOfAttribute(attribute)}) was removed`);
    else found.push(...differenceOfAttributes(name, attribute, other));
  }
  for (const [name, attribute] of others) found.push(`attribute ${name} (${textOfAttribute(attribute)}) was added`);
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
    const label = `input ${index + 1}`;
    if (nameA === '' || nameB === '') {
      if (nameA !== nameB) return [nameA === '' ? `${label} (${nameB}) was added` : `${label} (${nameA}) was removed`];
      return [];
    }
    const [before, after] = [valueNamed(nameA, a.scope), valueNamed(nameB, b.scope)];
    return sourceDifferences(before, after, [`${label} was`, 'is'], comparison);
  }).flat();
}

function outputDifferences(a: DiffNode, b: DiffNode, { inferredA, inferredB }: NodeComparison): readonly string[] {
  const found: string[] = [];
  const [before, after] = [a, b].map(({ node }) => node.outputs.filter((name) => name !== '').length);
  if (before !== after) found.push(`it had ${before} outputs and has ${after}`);
  b.node.outputs.forEach((name, index) => {
    const nameA = a.node.outputs[index] ?? '';
    if (name === '' || nameA === '') return;
    // Values in the body of a function are not inferred.
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
