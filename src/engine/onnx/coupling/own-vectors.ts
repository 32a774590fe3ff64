/**
 * Gives each reader of a shared vector its own copy while channels are removed. Exporters and optimizers store equal
 * vectors once (biases of zeros, scales of ones), which would couple unrelated layers.
 */
import { addConstant } from '../add-constant';
import { tensorOfConstant } from '../constant-node';
import { isFloatDataType } from '../data-type';
import { ModelEditor } from '../edit';
import type { Model, Node, Tensor, ValueName } from '../graph';
import { overridableInitializers } from '../overridable-initializers';
import { elementCount, tensorBytes } from '../tensor';

/** Copies by name, with the value that each copies. */
export type VectorCopies = ReadonlyMap<ValueName, ValueName>;

export interface ModelWithOwnVectors {
  readonly model: Model;
  readonly copies: VectorCopies;
}

/** Matrices stay shared: a copy would cost as much as channels save. The first reader keeps the vector. */
export function withOwnVectors(model: Model): ModelWithOwnVectors {
  const vectors = vectorsOf(model);
  const editor = new ModelEditor(model);
  const copies = new Map<ValueName, ValueName>();
  const taken = new Set<ValueName>();
  for (const node of model.graph!.nodes) {
    const inputs = node.inputs.map((name) => {
      const vector = vectors.get(name);
      if (vector === undefined) return name;
      if (!taken.has(name)) {
        taken.add(name);
        return name;
      }
      const copy = editor.graph.freshValueName(name);
      copies.set(copy, name);
      addConstant(editor, model, node, { ...vector, name: copy });
      return copy;
    });
    if (inputs.some((name, input) => name !== node.inputs[input]))
      editor.graph.replaceNode(node, [{ ...node, inputs }]);
  }
  return { model: editor.finish(), copies };
}

/** Restores the shared vector for copies that are still equal to it. */
export function withSharedVectors(model: Model, copies: VectorCopies): Model {
  if (copies.size === 0) return model;
  const vectors = vectorsOf(model);
  const editor = new ModelEditor(model);
  const sharedName = (name: ValueName): ValueName => {
    const original = copies.get(name);
    const [copy, first] = [vectors.get(name), original === undefined ? undefined : vectors.get(original)];
    return copy && first && isEqual(copy, first) ? original! : name;
  };
  for (const node of model.graph!.nodes) {
    const inputs = node.inputs.map(sharedName);
    if (inputs.some((name, input) => name !== node.inputs[input]))
      editor.graph.replaceNode(node, [{ ...node, inputs }]);
  }
  return editor.finish();
}

/** Constants with one axis that is longer than 1. */
function vectorsOf(model: Model): ReadonlyMap<ValueName, Tensor> {
  const overridable = overridableInitializers(model);
  const vectors = new Map<ValueName, Tensor>();
  const add = (name: ValueName | undefined, tensor: Tensor | undefined): void => {
    if (!name || tensor === undefined || overridable.has(name) || !isFloatDataType(tensor.dataType ?? 0)) return;
    const longest = tensor.dims.reduce((most, size) => (size > most ? size : most), 0n);
    if (longest > 1n && Number(longest) === elementCount(tensor)) vectors.set(name, tensor);
  };
  for (const tensor of model.graph!.initializers) add(tensor.name, tensor);
  for (const node of model.graph!.nodes as readonly Node[]) add(node.outputs[0], tensorOfConstant(node));
  return vectors;
}

function isEqual(a: Tensor, b: Tensor): boolean {
  if (a.dataType !== b.dataType || String(a.dims) !== String(b.dims)) return false;
  const [left, right] = [tensorBytes(a), tensorBytes(b)];
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}
