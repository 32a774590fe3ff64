/** Gradients of matrix products. */
import { stringAttribute } from '../../onnx/attributes';
import type { ValueName } from '../../onnx/graph';
import type { GradientFamily, GradientRule, GradientSite } from './gradient-rule';
import { productOf } from '../../product-of';

/** y = α·A'·B' + β·C, where ' is the transpose that the attributes ask for. */
const gemm: GradientRule = (site) => {
  const { builder, g } = site;
  const [transA, transB] = [site.int('transA', 0) === 1, site.int('transB', 0) === 1];
  const scaled = { alpha: site.float('alpha', 1) };
  return site.each(
    () =>
      transA ? builder.gemm(site.x(1), g, transB, true, scaled) : builder.gemm(g, site.x(1), false, !transB, scaled),
    () =>
      transB ? builder.gemm(g, site.x(0), true, transA, scaled) : builder.gemm(site.x(0), g, !transA, false, scaled),
    () => builder.scale(builder.unbroadcast(g, site.shape(2)), site.float('beta', 1)),
  );
};

/** Last two axes exchanged: such a Transpose becomes part of the product on WASM. */
function transposeLast({ builder }: GradientSite, value: ValueName): ValueName {
  const rank = builder.shapeOf(value).length;
  const permutation = Array.from({ length: rank }, (_, axis) => axis);
  permutation.splice(rank - 2, 2, rank - 1, rank - 2);
  return builder.transpose(value, permutation);
}

/** A weight of rank 2 meets all rows of all batches: one product of two matrices instead of many and a sum. */
function gradientOfSharedMatrix(site: GradientSite): ValueName {
  const { builder } = site;
  const [rows, columns] = site.shape(1) as [number, number];
  const count = productOf(site.shape(0)) / rows;
  const a = builder.reshape(site.x(0), [count, rows]);
  return builder.gemm(a, builder.reshape(site.g, [count, columns]), true, false);
}

const matMul: GradientRule = (site) => {
  const { builder, g } = site;
  if (site.shape(0).length < 2 || site.shape(1).length < 2) return { reason: 'it multiplies a vector' };
  return site.each(
    () => builder.unbroadcast(builder.matMul(g, transposeLast(site, site.x(1))), site.shape(0)),
    () =>
      site.shape(1).length === 2
        ? gradientOfSharedMatrix(site)
        : builder.unbroadcast(builder.matMul(transposeLast(site, site.x(0)), g), site.shape(1)),
  );
};

/** y = Σ a·b over the letters that the output lacks. The gradient of one operand is such a sum of g and the other. */
const einsum: GradientRule = (site) => {
  const [left = '', output] = site.text('equation', '').replaceAll(' ', '').split('->');
  const operands = left.split(',');
  if (output === undefined || left.includes('.')) return { reason: 'its equation leaves letters open' };
  if (operands.some((letters) => new Set(letters).size < letters.length)) return { reason: 'it takes a diagonal' };
  const [a, b] = operands;
  if (operands.length > 2) return { reason: 'it joins more than two values' };
  const lone = (own: string, other = ''): boolean =>
    [...own].some((each) => !output.includes(each) && !other.includes(each));
  if (lone(a!, b) || (b !== undefined && lone(b, a))) return { reason: 'it sums one value alone' };
  const times = (own: string, other: string | undefined, input: number): ValueName => {
    const equation = stringAttribute(
      'equation',
      other === undefined ? `${output}->${own}` : `${output},${other}->${own}`,
    );
    const inputs = other === undefined ? [site.g] : [site.g, site.x(1 - input)];
    return site.builder.emit('Einsum', inputs, site.shape(input), [equation]);
  };
  return site.each(() => times(a!, b, 0), b === undefined ? undefined : () => times(b, a, 1));
};

export const matrixGradients: GradientFamily = new Map<string, GradientRule>([
  ['Gemm', gemm],
  ['MatMul', matMul],
  ['Einsum', einsum],
]);
