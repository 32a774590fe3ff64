/** Puts factors between values and the products that read them. */
import { addConstant } from '../../../onnx/add-constant';
import { DataType } from '../../../onnx/data-type';
import { ModelEditor } from '../../../onnx/edit';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { mapTensors } from '../../../onnx/map-tensors';
import { createTensor, readFloat32, withFloats } from '../../../onnx/tensor';
import { createNode } from '../node-builders';
import type { ValueGraph } from '../static/value-graph';
import type { SmoothGroup } from './smooth-groups';

export interface Smoothing {
  readonly group: SmoothGroup;
  /** [channels]: the value is divided by them, and the weights are multiplied. */
  readonly factors: Float64Array;
}

export function applySmoothing(model: Model, graph: ValueGraph, all: readonly Smoothing[]): Model {
  if (all.length === 0) return model;
  const replaced = new Map<Tensor, Tensor>();
  for (const { group, factors } of all) {
    for (const { weight, axis } of group.products) {
      const tensor = graph.constant(weight)!;
      const inner = axis === 0 ? Number(tensor.dims[1]) : 1;
      const factorAt = (at: number): number => factors[Math.floor(at / inner) % factors.length]!;
      replaced.set(
        tensor,
        withFloats(
          tensor,
          readFloat32(tensor).map((value, at) => value * factorAt(at)),
        ),
      );
    }
    for (const name of group.sources ?? []) {
      const tensor = graph.constant(name)!;
      replaced.set(
        tensor,
        withFloats(
          tensor,
          readFloat32(tensor).map((value, at) => value / factors[at]!),
        ),
      );
    }
  }
  const scaled = mapTensors(model, (tensor) => replaced.get(tensor) ?? tensor);
  return insertFactors(
    scaled,
    all.filter(({ group }) => !group.sources),
  );
}

function insertFactors(model: Model, all: readonly Smoothing[]): Model {
  if (all.length === 0) return model;
  const editor = new ModelEditor(model);
  for (const { group, factors } of all) {
    const { value, products } = group;
    const name = (suffix: string): ValueName => editor.graph.freshValueName(`${value}_${suffix}`);
    const [inverse, smoothed] = [name('smoothing'), name('smoothed')];
    const bytes = Float32Array.from(factors, (factor) => 1 / factor);
    const dims = [factors.length];
    const tensor = createTensor({ name: inverse, dataType: DataType.float32, dims, bytes });
    addConstant(editor, model, products[0]!.node, tensor);
    const node = createNode('Mul', editor.graph.freshNodeName(`${value}_Mul`), [value, inverse], [smoothed]);
    for (const [index, { node: product }] of products.entries()) {
      const inputs = [smoothed, ...product.inputs.slice(1)];
      editor.graph.replaceNode(product, [...(index === 0 ? [node] : []), { ...product, inputs }]);
    }
  }
  return editor.finish();
}
