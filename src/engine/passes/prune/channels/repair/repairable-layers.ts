/** Layers whose weights can be fitted again after channels are removed, each with its own bias. */
import type { ChannelLayer } from '../../../../onnx/coupling/channel-groups';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';
import { addConstant } from '../../../../onnx/add-constant';
import { ModelEditor } from '../../../../onnx/edit';
import type { Model, Node, ValueName } from '../../../../onnx/graph';
import { elementCount } from '../../../../onnx/tensor';
import { isDefaultDomain, readersIn } from '../../../../onnx/traverse';
import { floatTensorLike, layerMatrix } from './layer-matrix';

export interface RepairableLayer extends ChannelLayer {
  readonly output: ValueName;
  /** A constant with one number for each output, that nothing else reads; absent if there is none. */
  readonly bias?: ValueName;
}

/**
 * The layers of `coupled` that may be fitted: their weights are read by nothing else. They are in the order of the
 * graph.
 */
export function repairableLayers(
  model: Model,
  coupled: Pick<CoupledChannels, 'constants'>,
  layers: readonly ChannelLayer[],
): readonly RepairableLayer[] {
  const readers = readersIn(model.graph!);
  const isOwn = (name: ValueName): boolean => coupled.constants.has(name) && readers.get(name)?.length === 1;
  return layers.flatMap((layer) => {
    const isAlone = [layer.weight, ...layer.via].every((name) => readers.get(name)?.length === 1);
    const matrix = isAlone ? layerMatrix(layer, coupled.constants.get(layer.weight)!) : undefined;
    if (matrix === undefined) return [];
    const output = layer.node.outputs[0]!;
    const candidate = layer.node.opType === 'MatMul' ? addedBias(output, readers.get(output)) : layer.node.inputs[2];
    const tensor = candidate ? coupled.constants.get(candidate) : undefined;
    const fits = tensor !== undefined && isOwn(candidate!) && elementCount(tensor) === matrix.outputs;
    return [{ ...layer, output, ...(fits && tensor.dims.at(-1) === BigInt(matrix.outputs) && { bias: candidate }) }];
  });
}

/** The other operand of the only Add that reads a product. */
function addedBias(product: ValueName, readers: readonly (Node | undefined)[] | undefined): ValueName | undefined {
  const [node, ...others] = readers ?? [];
  return node?.opType === 'Add' && others.length === 0 ? node.inputs.find((name) => name !== product) : undefined;
}

/** The model with a bias of zeros wherever a Conv or Gemm with a stored weight has none. It computes the same. */
export function withBiases(
  model: Model,
  coupled: Pick<CoupledChannels, 'constants'>,
  layers: readonly ChannelLayer[],
): Model {
  const editor = new ModelEditor(model);
  for (const layer of layers) {
    const { node, weight } = layer;
    if (!isDefaultDomain(node.domain) || (node.opType !== 'Conv' && node.opType !== 'Gemm') || node.inputs[2]) continue;
    const tensor = coupled.constants.get(weight)!;
    const matrix = layerMatrix(layer, tensor);
    if (matrix === undefined) continue;
    const name = editor.graph.freshValueName(`${node.outputs[0]}_bias`);
    const zeros = { ...floatTensorLike(tensor, [BigInt(matrix.outputs)], new Float64Array(matrix.outputs)), name };
    addConstant(editor, model, node, zeros);
    editor.graph.replaceNode(node, [{ ...node, inputs: [node.inputs[0]!, node.inputs[1]!, name] }]);
  }
  return editor.finish();
}
