/** Replaces the values of constants under their names. */
import { tensorOfConstant } from './constant-node';
import type { Model, Tensor, ValueName } from './graph';
import { replaceTensors } from './map-tensors';

/** The model with these tensors in the place of initializers and Constant nodes of its main graph, by the names that nodes read. */
export function replaceConstants(model: Model, tensors: ReadonlyMap<ValueName, Tensor>): Model {
  const replaced = new Map<Tensor, Tensor>();
  for (const tensor of model.graph?.initializers ?? []) {
    const next = tensors.get(tensor.name ?? '');
    if (next) replaced.set(tensor, next);
  }
  for (const node of model.graph?.nodes ?? []) {
    const tensor = tensorOfConstant(node);
    const next = tensor && tensors.get(node.outputs[0] ?? '');
    if (tensor && next) replaced.set(tensor, { ...next, name: tensor.name });
  }
  return replaceTensors(model, replaced);
}
