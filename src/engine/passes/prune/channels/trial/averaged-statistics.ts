/**
 * Trials run the original and set the readers' inputs from removed channels to zero. A normalization over these
 * channels would still include them. For trials it is therefore rewritten to average with a share for each channel,
 * which is fed. Removed channels have share zero.
 */
import { addConstant } from '../../../../onnx/add-constant';
import { intAttribute } from '../../../../onnx/attributes';
import { isLock } from '../../../../onnx/coupling/atoms';
import type { ChannelGroup } from '../../../../onnx/coupling/channel-groups';
import type { CoupledChannels, CoupledNode } from '../../../../onnx/coupling/couple-channels';
import { DataType, type DataTypeCode } from '../../../../onnx/data-type';
import { ModelEditor } from '../../../../onnx/edit';
import type { Model, Node, Tensor, ValueName } from '../../../../onnx/graph';
import { inferModel } from '../../../../onnx/infer';
import type { KeptPositions } from '../../../../onnx/ops/coupling/coupling-rule';
import { normalizationForm, type NormalizationForm } from '../../../../onnx/ops/normalization-form';
import { floatTensorLike } from '../repair/layer-matrix';

/** A constant with a number for each channel of an axis. */
interface AverageShares {
  readonly tensor: Tensor;
  readonly axis: Int32Array;
  /** The share of each remaining channel in the average. */
  readonly shareOf: (left: number) => number;
}

export interface TrialModel {
  /** Gives the outputs of the original. */
  readonly model: Model;
  /** Shares by the names of their constants. */
  readonly shares: ReadonlyMap<ValueName, AverageShares>;
}

/**
 * @param groups the groups whose channels may be removed. Normalizations that average over no others stay unchanged.
 */
export function withAverageShares(model: Model, coupled: CoupledChannels, groups: readonly ChannelGroup[]): TrialModel {
  const open = new Set(groups.flatMap(({ units, isAveraged }) => (isAveraged ? units : [])));
  const averagesOver = ({ coupling: { averages } }: CoupledNode): boolean =>
    averages !== undefined &&
    !isLock(averages.atoms) &&
    averages.atoms.some((atom) => open.has(coupled.space.classOf(atom)));
  const nodes = open.size === 0 ? [] : coupled.nodes.filter(averagesOver);
  if (nodes.length === 0) return { model, shares: new Map() };
  const inferred = inferModel(model);
  const writer = new TrialWriter(model);
  for (const { visit, coupling } of nodes) {
    const { atoms, axis } = coupling.averages!;
    const rank = coupled.values.get(visit.node.outputs[0]!)?.length ?? axis + 1;
    const type = inferred.value(model.graph!, visit.node.outputs[0]!)?.elementType ?? DataType.float32;
    writer.write(visit.node, { axis: atoms as Int32Array, behind: rank - axis - 1, type });
  }
  return writer.finish();
}

/** The shares with which a trial averages over the channels that are left. */
export function sharesOfKept(shares: TrialModel['shares'], kept: KeptPositions): ReadonlyMap<ValueName, Tensor> {
  return new Map(
    Array.from(shares, ([name, { tensor, axis, shareOf }]) => {
      const left = kept(axis);
      const values = new Float32Array(axis.length);
      for (const at of left) values[at] = shareOf(left.length);
      return [name, floatTensorLike(tensor, tensor.dims, values)] as const;
    }),
  );
}

interface AveragedChannels {
  readonly axis: Int32Array;
  /** The number of axes that follow it. */
  readonly behind: number;
  readonly type: DataTypeCode;
}

class TrialWriter {
  readonly #model: Model;
  readonly #editor: ModelEditor;
  readonly #shares = new Map<ValueName, AverageShares>();

  constructor(model: Model) {
    this.#model = model;
    this.#editor = new ModelEditor(model);
  }

  write(node: Node, channels: AveragedChannels): void {
    const form = normalizationForm(node);
    const nodes = form === undefined ? this.#weighted(node, channels) : this.#spelled(node, form, channels);
    this.#editor.graph.replaceNode(node, nodes);
  }

  finish(): TrialModel {
    return { model: this.#editor.finish(), shares: this.#shares };
  }

  /** LpNormalization and ReduceMean take what they read times 0, or times what makes the mean one of the others. */
  #weighted(node: Node, { axis, behind, type }: AveragedChannels): readonly Node[] {
    const shareOf = node.opType === 'ReduceMean' ? (left: number) => axis.length / left : () => 1;
    const dims = [axis.length, ...Array.from({ length: behind }, () => 1)];
    const share = this.#share(node, { axis, shareOf }, { dims, type });
    const weighted = this.#name(node, 'weighted');
    const product = { opType: 'Mul', inputs: [node.inputs[0]!, share], outputs: [weighted], attributes: [] };
    return [product, { ...node, inputs: [weighted, ...node.inputs.slice(1)] }];
  }

  /** (x − Σ s·x) ÷ √(Σ s·(x − Σ s·x)² + ε), times scale, plus bias; in float32, as the operators compute. */
  #spelled(node: Node, form: NormalizationForm, { axis, type }: AveragedChannels): readonly Node[] {
    const nodes: Node[] = [];
    const add = (opType: string, inputs: readonly ValueName[], output = this.#name(node, opType)): ValueName => {
      nodes.push({ opType, inputs, outputs: [output], attributes: [] });
      return output;
    };
    const cast = (name: ValueName, to: DataTypeCode, output = this.#name(node, 'cast')): ValueName => {
      nodes.push({ opType: 'Cast', inputs: [name], outputs: [output], attributes: [intAttribute('to', to)] });
      return output;
    };
    const isNarrow = type !== DataType.float32 && type !== DataType.float64;
    const wide = (name: ValueName): ValueName => (isNarrow ? cast(name, DataType.float32) : name);
    const own = isNarrow ? DataType.float32 : type;
    const shares = { axis, shareOf: (left: number) => 1 / left };
    const share = this.#share(node, shares, { dims: [axis.length, 1], type: own });
    const x = wide(form.sum(nodes, (purpose) => this.#name(node, purpose)));
    const difference = form.isCentered ? add('Sub', [x, add('MatMul', [x, share])]) : x;
    const variance = add('MatMul', [add('Mul', [difference, difference]), share]);
    const epsilon = this.#constant(node, 'epsilon', [], own, [form.epsilon]).name!;
    let result = add('Div', [difference, add('Sqrt', [add('Add', [variance, epsilon])])]);
    if (form.scale) result = add('Mul', [result, wide(form.scale)]);
    if (form.bias) result = add('Add', [result, wide(form.bias)]);
    const output = node.outputs[0]!;
    if (isNarrow) cast(result, type, output);
    else add('Identity', [result], output);
    return nodes;
  }

  #share(
    node: Node,
    { axis, shareOf }: Pick<AverageShares, 'axis' | 'shareOf'>,
    { dims, type }: { readonly dims: readonly number[]; readonly type: DataTypeCode },
  ): ValueName {
    const values = new Float32Array(axis.length).fill(shareOf(axis.length));
    const tensor = this.#constant(node, 'share', dims, type, values);
    this.#shares.set(tensor.name!, { tensor, axis, shareOf });
    return tensor.name!;
  }

  #constant(
    node: Node,
    purpose: string,
    dims: readonly number[],
    dataType: DataTypeCode,
    values: ArrayLike<number>,
  ): Tensor {
    const like = { name: this.#name(node, purpose), dataType, dims: dims.map(BigInt) };
    const tensor = floatTensorLike(like, like.dims, values);
    addConstant(this.#editor, this.#model, node, tensor);
    return tensor;
  }

  #name(node: Node, purpose: string): ValueName {
    return this.#editor.graph.freshValueName(`${node.outputs[0]}_${purpose}`);
  }
}
