/** Rows chosen by their index. */
import { productOf } from '../../product-of';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import { elementBytes, type TensorView } from '../tensor-view';
import { axisOf, type CompiledFamily, type CompiledOperator } from './compiled-operator';
import { anyForm } from './moving';
import { typeNumbers } from './typed';

interface Rows {
  readonly outer: number;
  readonly size: number;
  readonly rowElements: number;
}

/** Copies rows of a value [outer, size, row] by their index. */
function addGather(
  plan: Plan,
  { outer, size, rowElements }: Rows,
  [data, indices, result]: readonly TensorView[],
): void {
  const bytes = rowElements * elementBytes[result!.type];
  const count = indices!.elements;
  if (result!.elements === 0) return;
  plan.addStep([data!, indices!], [result!], () => [
    {
      kernel: 'gather',
      args: [
        ...[data!.pointer(0, [size * bytes]), result!.pointer(0, [count * bytes])],
        ...[indices!.pointer(), typeNumbers[indices!.type], count, bytes, size],
      ],
      times: [outer],
    },
  ]);
}

const gather: CompiledOperator = {
  lower(unit, plan) {
    const [dataName = '', indexName = ''] = unit.inputs;
    const { name, shape, type } = unit.outputs[0]!;
    const given = plan.value(dataName).shape;
    const axis = axisOf(unit, given.length, 0);
    const fixed = plan.integers(indexName);
    if (fixed?.length === 1) {
      const at = fixed[0]! < 0 ? fixed[0]! + given[axis]! : fixed[0]!;
      const part = anyForm(plan, dataName).along(axis, at, 1);
      const result = plan.flatView(part.shape, type);
      plan.copy(part, result);
      plan.define(name, plan.reshaped(result, shape));
      return;
    }
    const rows = {
      outer: productOf(given.slice(0, axis)),
      size: given[axis]!,
      rowElements: productOf(given.slice(axis + 1)),
    };
    const result = plan.flatView(shape, type);
    addGather(plan, rows, [plan.flat(dataName), plan.flat(indexName), result]);
    plan.define(name, result);
  },
};

const gatherNd: CompiledOperator = {
  lower(unit, plan) {
    const [dataName = '', indexName = ''] = unit.inputs;
    if ((unit.facts.int('batch_dims') ?? 0) !== 0) refuse('It has batch_dims.');
    const { name, shape, type } = unit.outputs[0]!;
    const given = plan.value(dataName).shape;
    const indices = plan.integers(indexName) ?? refuse('Its indices are not constant.');
    const depth = plan.value(indexName).shape.at(-1)!;
    const flat = new Int32Array(indices.length / depth).map((_, row) =>
      given.slice(0, depth).reduce((sum, size, axis) => sum * size + ((indices[row * depth + axis]! + size) % size), 0),
    );
    const rows = { outer: 1, size: productOf(given.slice(0, depth)), rowElements: productOf(given.slice(depth)) };
    const result = plan.flatView(shape, type);
    addGather(plan, rows, [plan.flat(dataName), plan.wholeNumbers(flat), result]);
    plan.define(name, result);
  },
};

export const gatherings: CompiledFamily = new Map([
  ['Gather', gather],
  ['GatherND', gatherNd],
]);
