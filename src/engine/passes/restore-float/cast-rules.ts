/** Rules for weights of integers that Cast and Mul convert to floats, in files without DequantizeLinear. */
import { bitsPerElement, DataType, isFloatDataType } from '../../onnx/data-type';
import type { Node, Tensor, ValueName } from '../../onnx/graph';
import { createTensor, elementCount, readFloat32 } from '../../onnx/tensor';
import { getAttributeInt, isDefaultDomain } from '../../onnx/traverse';
import { createNode } from '../../onnx/create-node';
import { isFloat } from './float-constants';
import type { RestorationRule } from './restoration-rule';
import { Obstacle, type Integers, type RestorationScope } from './restoration-scope';

/** A Mul by a constant scale, of integers behind a Cast, from which a Sub may take their zero points. */
const scaleByMul: RestorationRule = async (node, scope) => {
  const [output = ''] = node.outputs;
  for (const [at, name] of node.inputs.entries()) {
    const scaleName = node.inputs[1 - at] ?? '';
    const scale = scope.constant(scaleName);
    const found = scale && isFloat(scale) ? castIntegers(name, scope) : undefined;
    if (!scale || !found) continue;
    const floats = await floatsOf(found, { name: scaleName, tensor: scale }, output, scope);
    if (floats === undefined || floats instanceof Obstacle) return floats;
    scope.editor.replaceNode(node, floats === output ? [] : [createNode('Identity', '', [floats], [output])]);
    return { what: 'Restored a weight to float32' };
  }
  return undefined;
};

interface CastIntegers {
  readonly integers: Integers;
  readonly zeroPoint?: Tensor;
}

function castIntegers(name: ValueName, scope: RestorationScope): CastIntegers | undefined {
  const producer = producerOf(name, scope);
  const isShifted = producer?.opType === 'Sub';
  const zeroPoint = isShifted ? integersOf(scope.constant(producer.inputs[1])) : undefined;
  if (isShifted && !zeroPoint) return undefined;
  const cast = isShifted ? producerOf(producer.inputs[0] ?? '', scope) : producer;
  if (cast?.opType !== 'Cast' || !isFloatDataType(getAttributeInt(cast, 'to') ?? DataType.undefined)) return undefined;
  const integers = scope.integers(cast.inputs[0]);
  // Wider integers are counts and places, which files compute with in the same way.
  if (!integers || (integers.kind === 'constant' && bitsPerElement(integers.tensor.dataType!)! > 8)) return undefined;
  return { integers, ...(zeroPoint && { zeroPoint }) };
}

function producerOf(name: ValueName, scope: RestorationScope): Node | undefined {
  const producer = scope.definer(name)?.producer(name);
  return producer && isDefaultDomain(producer.domain) ? producer : undefined;
}

/** Zero points that are stored as floats. `undefined` if one is no integer. */
function integersOf(tensor: Tensor | undefined): Tensor | undefined {
  if (!tensor || !isFloat(tensor)) return undefined;
  const values = readFloat32(tensor);
  if (!values.every((value) => Number.isInteger(value) && Math.abs(value) < 2 ** 24)) return undefined;
  return createTensor({ dataType: DataType.int32, dims: tensor.dims, bytes: Int32Array.from(values) });
}

function floatsOf(
  { integers, zeroPoint }: CastIntegers,
  scale: { readonly name: ValueName; readonly tensor: Tensor },
  output: ValueName,
  scope: RestorationScope,
): Promise<ValueName | Obstacle> | undefined {
  if (integers.kind !== 'constant') {
    return zeroPoint ? undefined : scope.floatsOf(integers, { scale: scale.name, zeroPoint: '' }, output);
  }
  const axes = [scale.tensor, ...(zeroPoint ? [zeroPoint] : [])].map((each) => channelAxis(each, integers.tensor));
  if (axes.includes(undefined)) return undefined;
  const [axis = 0, ...others] = axes.filter((each) => each !== 'all');
  if (others.some((other) => other !== axis)) return undefined;
  return scope.weight(integers, { scale: scale.tensor, axis: axis as number, zeroPoint }, output);
}

/** The only axis of the codes along which a tensor differs when it is broadcast to them; `all` for a single number. */
function channelAxis(tensor: Tensor, codes: Tensor): number | 'all' | undefined {
  const missing = codes.dims.length - tensor.dims.length;
  if (missing < 0) return undefined;
  if (elementCount(tensor) === 1) return 'all';
  const [axis, ...others] = tensor.dims.flatMap((size, at) => (size === 1n ? [] : [at + missing]));
  return axis !== undefined && others.length === 0 && tensor.dims[axis - missing] === codes.dims[axis]
    ? axis
    : undefined;
}

/** Rows of a table of integers, times rows of scales: the form of `quantize-weights` for a Gather in 8 bits. */
const scaleRows: RestorationRule = async (node, scope) => {
  const sides = node.inputs.map((name) => scope.producer(name));
  const cast = sides.find((side) => side?.opType === 'Cast');
  const scales = sides.find((side) => side?.opType === 'Gather');
  const rows = cast && scope.producer(cast.inputs[0] ?? '');
  if (rows?.opType !== 'Gather' || !scales || rows.inputs[1] !== scales.inputs[1]) return undefined;
  if ((getAttributeInt(rows, 'axis') ?? 0) !== 0 || (getAttributeInt(scales, 'axis') ?? 0) !== 0) return undefined;
  const table = scope.integers(rows.inputs[0]);
  const scale = scope.constant(scales.inputs[0]);
  if (table?.kind !== 'constant' || !scale || !isFloat(scale)) return undefined;
  if (elementCount(scale) !== Number(table.tensor.dims[0])) return undefined;
  const restored = await scope.weight(table, { scale, axis: 0 });
  if (restored instanceof Obstacle) return restored;
  scope.editor.replaceNode(node, [{ ...rows, inputs: [restored, rows.inputs[1] ?? ''], outputs: node.outputs }]);
  return { what: 'Restored a table to float32' };
};

export const castRules: ReadonlyMap<string, RestorationRule> = new Map([
  ['Mul', async (node, scope) => (await scaleRows(node, scope)) ?? scaleByMul(node, scope)],
]);
