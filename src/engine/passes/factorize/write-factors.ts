/** Puts two thin layers in the place of one. The second keeps the name and the output of the original. */
import { addConstant } from '../../onnx/add-constant';
import { intAttribute, intsAttribute } from '../../onnx/attributes';
import type { ChannelLayer } from '../../onnx/coupling/channel-groups';
import { ModelEditor } from '../../onnx/edit';
import type { Attribute, Model, Node, ValueName } from '../../onnx/graph';
import { transposed } from '../../linear-algebra/matrix-products';
import { getAttributeInts } from '../../onnx/traverse';
import { floatTensorLike } from '../prune/channels/repair/layer-matrix';
import type { FactorizableLayer } from './factorizable-layers';
import type { FormBasis } from './form-bases';
import type { FormMethod } from './layer-forms';

export interface Factorization {
  readonly layer: FactorizableLayer;
  readonly basis: FormBasis;
  readonly rank: number;
  /** Another bias for the second layer, one number for each output, for layers that may have one of their own. */
  readonly bias?: Float64Array;
}

export interface FactorizedModel {
  readonly model: Model;
  /** The second layers of those with a single reader. These can be fitted. */
  readonly seconds: readonly ChannelLayer[];
}

/** Replaces each layer by two, of the factors of its weight. Other layers stay as they are. */
export function writeFactors(model: Model, factorizations: readonly Factorization[]): FactorizedModel {
  const editor = new ModelEditor(model);
  const seconds: ChannelLayer[] = [];
  for (const factorization of factorizations) {
    const { readers, weight } = factorization.layer;
    const anchor = readers[0]!.node;
    const add = (base: string, dims: readonly number[], values: Float64Array): ValueName => {
      const name = editor.graph.freshValueName(base);
      addConstant(editor, model, anchor, { ...floatTensorLike(weight, dims.map(BigInt), values), name });
      return name;
    };
    const base = readers[0]!.weight;
    const { first, second } = tensorsOf(factorization, (part, dims, values) => add(`${base}_${part}`, dims, values));
    for (const reader of readers) {
      const { node } = reader;
      const data = editor.graph.freshValueName(`${node.outputs[0]!}_between`);
      const firstNode = firstOf(node, factorization, { data, weight: first });
      const bias = factorization.bias && add(`${base}_bias`, [factorization.bias.length], factorization.bias);
      const secondNode = secondOf(node, factorization, { data, weight: second, bias });
      editor.graph.replaceNode(node, [
        { ...firstNode, name: editor.graph.freshNodeName(node.name ? `${node.name}_first` : '') },
        secondNode,
      ]);
      if (readers.length === 1) seconds.push({ ...reader, node: secondNode, weight: second, data });
    }
  }
  return { model: editor.finish(), seconds };
}

type AddTensor = (part: 'first' | 'second', dims: readonly number[], values: Float64Array) => ValueName;

function tensorsOf({ layer, basis, rank }: Factorization, add: AddTensor): Record<'first' | 'second', ValueName> {
  const { outputs, inputs, kernel, readers } = layer;
  const { first, second } = basis.factors(rank);
  const ones = kernel.map(() => 1);
  const [height = 1, width = 1] = kernel;
  switch (basis.form.method) {
    case 'spatial-svd':
      return {
        first: add('first', [rank, inputs, height, 1], first),
        second: add('second', [outputs, rank, 1, width], second),
      };
    case 'depthwise-separable':
      return {
        first: add('first', [inputs * rank, 1, ...kernel], first),
        second: add('second', [outputs, inputs * rank, ...ones], second),
      };
    case 'svd':
      if (kernel.length > 0) {
        return {
          first: add('first', [rank, inputs, ...kernel], first),
          second: add('second', [outputs, rank, ...ones], second),
        };
      }
      return {
        // The first layer is always a MatMul: a Gemm of old operator sets needs a bias.
        first: add('first', [inputs, rank], transposed(first, rank, inputs)),
        second:
          readers[0]!.produces === 0
            ? add('second', [outputs, rank], second)
            : add('second', [rank, outputs], transposed(second, outputs, rank)),
      };
  }
}

function firstOf(
  node: Node,
  { layer, basis }: Factorization,
  { data, weight }: { readonly data: ValueName; readonly weight: ValueName },
): Node {
  const inputs = [node.inputs[0]!, weight];
  if (layer.kernel.length === 0) return { opType: 'MatMul', inputs, outputs: [data], attributes: [] };
  const { method } = basis.form;
  return {
    ...{ opType: 'Conv', inputs, outputs: [data] },
    attributes: [
      ...geometryOf(node, layer.kernel, method, 'first'),
      ...(method === 'depthwise-separable' ? [intAttribute('group', layer.inputs)] : []),
    ],
  };
}

function secondOf(
  node: Node,
  { layer, basis }: Factorization,
  {
    data,
    weight,
    bias,
  }: { readonly data: ValueName; readonly weight: ValueName; readonly bias?: ValueName | undefined },
): Node {
  const others = bias === undefined ? node.inputs.slice(2) : [bias];
  const attributes =
    layer.kernel.length === 0 ? node.attributes : geometryOf(node, layer.kernel, basis.form.method, 'second');
  return { ...node, inputs: [data, weight, ...others], attributes };
}

/**
 * The attributes of a convolution for one of two: all of them, none, or those of one axis. Kernels of 1 with strides of 1 need
 * no padding, whatever `auto_pad` says.
 */
function geometryOf(
  node: Node,
  kernel: readonly number[],
  method: FormMethod,
  part: 'first' | 'second',
): readonly Attribute[] {
  const has = kernel.map((_, axis) =>
    method === 'spatial-svd' ? (part === 'first') === (axis === 0) : part === 'first',
  );
  const ofAxes = (values: readonly number[], other: number): readonly number[] =>
    values.map((value, at) => (has[at % kernel.length] ? value : other));
  const given = node.attributes.filter(({ name }) => name === 'auto_pad' && has.includes(true));
  const sizes = ofAxes(kernel, 1);
  const strides = getAttributeInts(node, 'strides');
  const dilations = getAttributeInts(node, 'dilations');
  const pads = getAttributeInts(node, 'pads');
  return [
    ...given,
    intsAttribute('kernel_shape', sizes),
    ...(strides ? [intsAttribute('strides', ofAxes(strides, 1))] : []),
    ...(dilations ? [intsAttribute('dilations', ofAxes(dilations, 1))] : []),
    ...(pads ? [intsAttribute('pads', ofAxes(pads, 0))] : []),
  ];
}
