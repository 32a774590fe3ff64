/** Rules for operators of ONNX Runtime with quantized weights, which read floats or the integers of one activation. */
import { intAttribute } from '../../onnx/attributes';
import type { Node, Tensor, ValueName } from '../../onnx/graph';
import { getAttributeInt } from '../../onnx/traverse';
import { createMicrosoftNode, createNode } from '../../onnx/create-node';
import type { RestorationRule, RuleOutcome } from './restoration-rule';
import { isFloat } from './float-constants';
import { computedScale, Obstacle, type RestorationScope } from './restoration-scope';
import { holdsCodes } from './integer-codes';
import { productNumbers, recurrentNumbers, tableNumbers } from './restored-weights';
import { DataType } from '../../onnx/data-type';

const notConstant = new Obstacle('Its weight is not constant.');

/** A constant weight with the scale and zero point at these inputs. */
async function weightAt(
  node: Node,
  [index, scaleIndex, zeroIndex]: readonly [number, number, number],
  axis: number,
  scope: RestorationScope,
): Promise<ValueName | Obstacle> {
  const integers = scope.integers(node.inputs[index]);
  if (!integers) return notConstant;
  const [scale = '', zeroPoint = ''] = [node.inputs[scaleIndex], node.inputs[zeroIndex]];
  return scope.floatsOf(integers, { scale, zeroPoint, axis });
}

/** A matrix product and the bias behind it. */
function product(
  node: Node,
  input: ValueName,
  weight: ValueName,
  bias: ValueName,
  scope: RestorationScope,
): RuleOutcome {
  const [output = ''] = node.outputs;
  const sums = bias === '' ? output : scope.editor.freshValueName(`${output}_product`);
  const nodes = [createNode('MatMul', node.name ?? '', [input, weight], [sums])];
  if (bias !== '') {
    const name = node.name ? scope.editor.freshNodeName(`${node.name}_Add`) : '';
    nodes.push(createNode('Add', name, [sums, bias], [output]));
  }
  scope.editor.replaceNode(node, nodes);
  return { what: 'Restored MatMul' };
}

const matMulNBits: RestorationRule = async (node, scope) => {
  const [input = '', codes = '', scaleName = '', zeroName = '', order = '', bias = ''] = node.inputs;
  if (order !== '') return new Obstacle('The groups of its rows are reordered (g_idx).');
  const [tensor, scale, zeroPoint] = [scope.constant(codes), scope.constant(scaleName), scope.constant(zeroName)];
  if (!tensor) return notConstant;
  if (!scale || !isFloat(scale) || (zeroName !== '' && !zeroPoint)) return computedScale;
  const [bits, blockSize] = [getAttributeInt(node, 'bits') ?? 4, getAttributeInt(node, 'block_size') ?? 0];
  const [inputs, outputs] = [getAttributeInt(node, 'K') ?? 0, getAttributeInt(node, 'N') ?? 0];
  if (![2, 4, 8].includes(bits) || blockSize < 1 || inputs < 1 || outputs < 1) {
    return new Obstacle(`Its weights of ${bits} bits have no form that restore-float knows.`);
  }
  const scaling = { bits, blockSize, scale, ...(zeroPoint && { zeroPoint }) };
  const numbers = productNumbers(tensor, scaling, [inputs, outputs]);
  const key = `product ${bits} ${blockSize} ${scaleName} ${zeroName}`;
  const weight = await scope.definer(codes)!.addWeight({ tensor, key, base: codes, numbers });
  return product(node, input, weight, bias, scope);
};

const gatherBlocks: RestorationRule = async (node, scope) => {
  const [codes = '', indices = '', scaleName = '', zeroName = ''] = node.inputs;
  const [tensor, scale, zeroPoint] = [scope.constant(codes), scope.constant(scaleName), scope.constant(zeroName)];
  if (!tensor || !holdsCodes(tensor)) return notConstant;
  if (!scale || !isFloat(scale) || (zeroName !== '' && !zeroPoint)) return computedScale;
  const [bits, blockSize] = [getAttributeInt(node, 'bits') ?? 4, getAttributeInt(node, 'block_size') ?? 128];
  const axis = getAttributeInt(node, 'quantize_axis') ?? 1;
  const gathered = getAttributeInt(node, 'gather_axis') ?? 0;
  const table = await restoreTable();
  if (table instanceof Obstacle) return table;
  const gather = createNode('Gather', node.name ?? '', [table, indices], node.outputs);
  scope.editor.replaceNode(node, [{ ...gather, attributes: [intAttribute('axis', gathered)] }]);
  return { what: 'Restored a table to float32' };

  async function restoreTable(): Promise<ValueName | Obstacle> {
    if (tensor!.dataType !== DataType.uint8 || bits === 8) {
      const zero = zeroPoint ?? (tensor!.dataType === DataType.uint8 ? middleOf(tensor!) : undefined);
      return scope.weight(
        { kind: 'constant', name: codes, tensor: tensor!, scope: scope.definer(codes)! },
        { scale: scale!, zeroPoint: zero, axis, blockSize },
      );
    }
    const rank = tensor!.dims.length;
    if ((axis + rank) % rank !== rank - 1)
      return new Obstacle('Its table is quantized along another axis than the last.');
    const numbers = tableNumbers(tensor!, { bits, blockSize, scale: scale!, ...(zeroPoint && { zeroPoint }) });
    const key = `table ${bits} ${blockSize} ${scaleName} ${zeroName}`;
    return scope.definer(codes)!.addWeight({ tensor: tensor!, key, base: codes, numbers });
  }
};

/** The zero point of bytes is 128 if it is left out. */
function middleOf({ dims }: Tensor): Tensor {
  return { dataType: DataType.uint8, dims: dims.slice(0, 0), int32Data: Int32Array.of(128) };
}

function withoutEmptyEnd(inputs: readonly ValueName[]): readonly ValueName[] {
  return inputs.slice(0, inputs.findLastIndex((name) => name !== '') + 1);
}

const recurrent: RestorationRule = async (node, scope) => {
  const name = (index: number): ValueName => node.inputs[index] ?? '';
  const restored: ValueName[] = [];
  for (const [at, index] of [1, 2].entries()) {
    const [codes, scale, zeroPoint] = [index, 8 + 2 * at, 9 + 2 * at].map((each) => scope.constant(name(each)));
    if (!codes || !holdsCodes(codes)) return notConstant;
    if (!scale) return computedScale;
    const numbers = recurrentNumbers(codes, scale, zeroPoint);
    if (typeof numbers === 'string') return new Obstacle(numbers);
    const key = `recurrent ${name(8 + 2 * at)} ${name(9 + 2 * at)}`;
    const definer = scope.definer(name(index))!;
    restored.push(await definer.addWeight({ tensor: codes, key, base: name(index), numbers }));
  }
  const inputs = withoutEmptyEnd([name(0), ...restored, ...[3, 4, 5, 6, 7].map(name)]);
  const lstm = createNode('LSTM', node.name ?? '', inputs, node.outputs);
  scope.editor.replaceNode(node, [{ ...lstm, attributes: node.attributes }]);
  return { what: 'Restored LSTM' };
};

/** A, B, scale of B, its zero point, bias. */
const dynamicMatMul: RestorationRule = async (node, scope) => {
  const weight = await weightAt(node, [1, 2, 3], -1, scope);
  if (weight instanceof Obstacle) return weight;
  return product(node, node.inputs[0] ?? '', weight, node.inputs[4] ?? '', scope);
};

/** A, B, their scales, their zero points, bias. */
const matMulToFloat: RestorationRule = async (node, scope) => {
  const input = await weightAt(node, [0, 2, 4], 1, scope);
  if (input instanceof Obstacle) return input;
  const weight = await weightAt(node, [1, 3, 5], -1, scope);
  return weight instanceof Obstacle ? weight : product(node, input, weight, node.inputs[6] ?? '', scope);
};

const attention: RestorationRule = async (node, scope) => {
  const input = await weightAt(node, [0, 3, 6], 1, scope);
  if (input instanceof Obstacle) return input;
  const weight = await weightAt(node, [1, 4, 7], -1, scope);
  if (weight instanceof Obstacle) return weight;
  const [bias = '', mask = '', past = ''] = [2, 5, 8].map((index) => node.inputs[index]);
  const inputs = withoutEmptyEnd([input, weight, bias, mask, past]);
  const float = createMicrosoftNode('Attention', node.name ?? '', inputs, node.outputs, node.attributes);
  scope.editor.replaceNode(node, [float]);
  return { what: 'Restored Attention' };
};

const embed: RestorationRule = async (node, scope) => {
  const restored: ValueName[] = [];
  for (let at = 0; at < 5; at += 1) {
    const floats = node.inputs[2 + at] ? await weightAt(node, [2 + at, 8 + at, 13 + at], 1, scope) : '';
    if (floats instanceof Obstacle) return floats;
    restored.push(floats);
  }
  const inputs = withoutEmptyEnd([...node.inputs.slice(0, 2), ...restored, node.inputs[7] ?? '']);
  const name = node.name ?? '';
  scope.editor.replaceNode(node, [
    createMicrosoftNode('EmbedLayerNormalization', name, inputs, node.outputs, node.attributes),
  ]);
  return { what: 'Restored tables to float32' };
};

/** Rules by operator of the domain com.microsoft. */
export const microsoftRules: ReadonlyMap<string, RestorationRule> = new Map<string, RestorationRule>([
  ['MatMulNBits', matMulNBits],
  ['GatherBlockQuantized', gatherBlocks],
  ['DynamicQuantizeLSTM', recurrent],
  ['DynamicQuantizeMatMul', dynamicMatMul],
  ['MatMulIntegerToFloat', matMulToFloat],
  ['QAttention', attention],
  ['QEmbedLayerNormalization', embed],
]);
