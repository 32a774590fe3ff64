import { elementCount, readFloat32 } from '../../../onnx/tensor';
import type { Tensor } from '../../../onnx/graph';
import type { WeightLayer } from './weight-layers';

/** The most elements of weights that are compared, because both are read into memory. */
const mostElements = 2 ** 27;
/** This many numbers, evenly spread, are compared before all are compared in order. */
const probes = 257;

/** Results of comparisons are kept, because a plan is made for every option that is tried. */
const known = new WeakMap<Tensor, WeakMap<Tensor, boolean>>();

/**
 * Lets a MatMul share the table of a Gather if its weight is a transposed copy of that table, which exporters store beside it.
 * Weights are read only if their sizes fit.
 */
export function withSharedTables(layers: readonly WeightLayer[]): readonly WeightLayer[] {
  const tables = layers.filter(({ op }) => op === 'Gather');
  return layers.map((layer) => {
    const table = layer.op === 'MatMul' ? tables.find((each) => isTransposedCopy(each, layer)) : undefined;
    return table === undefined ? layer : { ...layer, weight: table.weight, shape: table.shape };
  });
}

function isTransposedCopy(table: WeightLayer, { shape, weight }: WeightLayer): boolean {
  const { rows, columns } = table.shape;
  const isAlike =
    shape.storedBy === 'columns' &&
    (shape.together ?? 1) === 1 &&
    shape.rows === rows &&
    shape.columns === columns &&
    weight.consumers.length === 1 &&
    !weight.isGraphOutput &&
    weight.tensor.dataType === table.weight.tensor.dataType &&
    elementCount(weight.tensor) <= mostElements;
  return isAlike && areTransposed(table.weight.tensor, weight.tensor, rows, columns);
}

function areTransposed(table: Tensor, transposed: Tensor, rows: number, columns: number): boolean {
  const before = known.get(table)?.get(transposed);
  if (before !== undefined) return before;
  const [own, other] = [readFloat32(table), readFloat32(transposed)];
  const isSame = (at: number): boolean => own[at] === other[(at % columns) * rows + Math.floor(at / columns)];
  const step = Math.max(1, Math.floor(own.length / probes));
  let same = true;
  for (let at = 0; same && at < own.length; at += step) same = isSame(at);
  for (let at = 0; same && at < own.length; at += 1) same = isSame(at);
  const found = known.get(table) ?? new WeakMap<Tensor, boolean>();
  known.set(table, found.set(transposed, same));
  return same;
}
