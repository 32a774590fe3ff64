/** The path of the output of a layer before another layer reads it: normalization, the sum of a residual block, Relu. */
import type { Model, Tensor, ValueName } from '../../../../onnx/graph';
import { batchNormalizationScales } from '../../../../onnx/ops/normalization';
import { readFloat32 } from '../../../../onnx/tensor';
import { isDefaultDomain, readersIn, type Readers } from '../../../../onnx/traverse';
import type { RepairableLayer } from './repairable-layers';

/** The output y becomes scale · y + shift + skip. */
export interface OutputPath {
  /** One factor for each output; 1 if absent. */
  readonly scales?: Float64Array;
  /** One offset for each output; 0 if absent. */
  readonly shifts?: Float64Array;
  /** The value that it is added to, which is not a constant. */
  readonly skip?: ValueName;
  /** True if only a Relu reads it. */
  readonly isRectified: boolean;
}

/** Output paths by the value that a layer computes. A path ends where something else reads the value. */
export function outputPaths(
  model: Model,
  constants: ReadonlyMap<ValueName, Tensor>,
  layers: readonly RepairableLayer[],
): ReadonlyMap<ValueName, OutputPath> {
  const readers = readersIn(model.graph!);
  return new Map(layers.map((layer) => [layer.output, pathOf(layer, readers, constants)] as const));
}

function pathOf(
  { output, bias }: RepairableLayer,
  readers: Readers,
  constants: ReadonlyMap<ValueName, Tensor>,
): OutputPath {
  let path: OutputPath = { isRectified: false };
  let name = output;
  // Constants that are added otherwise may be of any shape.
  let knowsShifts = true;
  for (;;) {
    const [node, ...others] = readers.get(name) ?? [];
    if (node === undefined || others.length > 0 || !isDefaultDomain(node.domain)) return path;
    if (node.opType === 'Relu') return { ...path, isRectified: knowsShifts };
    if (path.skip !== undefined) return path;
    if (node.opType === 'BatchNormalization' && path.scales === undefined) {
      const normalized = batchNormalizationScales(node, (vector) => {
        const tensor = constants.get(vector);
        return tensor && readFloat32(tensor);
      });
      if (normalized === undefined) return path;
      const { scale: scales, shift: shifts } = normalized;
      const before = path.shifts;
      path = {
        ...path,
        scales,
        shifts: before ? shifts.map((shift, at) => shift + scales[at]! * before[at]!) : shifts,
      };
    } else if (node.opType === 'Add') {
      const other = node.inputs.find((input) => input !== name);
      if (other === undefined) return path;
      const constant = constants.get(other);
      if (constant === undefined) path = { ...path, skip: other };
      else if (other === bias) path = { ...path, shifts: Float64Array.from(readFloat32(constant)) };
      else knowsShifts = false;
    } else return path;
    name = node.outputs[0]!;
  }
}
