/** Gradients of operators that select by index: what was taken is added back to its place. */
import { intAttribute, stringAttribute } from '../../onnx/attributes';
import { DataType } from '../../onnx/data-type';
import type { GradientFamily, GradientRule } from './gradient-rule';
import { productOf } from '../../product-of';

const gather: GradientRule = (site) => {
  const { builder } = site;
  const shape = site.shape(0);
  const axis = site.axis(site.int('axis', 0), shape.length);
  const indices = site.shape(1);
  const index = indices.length === 0 ? site.numbers(1)?.[0] : undefined;
  return site.each(() => {
    if (index !== undefined) {
      // One constant place: zeros around it.
      const before = shape.map((_, at) => (at === axis ? site.axis(index, shape[axis]!) : 0));
      const kept = shape.map((size, at) => (at === axis ? 1 : size));
      const after = shape.map((size, at) => size - before[at]! - kept[at]!);
      return builder.pad(builder.reshape(site.g, kept), before, after);
    }
    const count = productOf(indices);
    const rank = site.outputShape().length;
    const places = Array.from({ length: indices.length }, (_, at) => axis + at);
    const others = Array.from({ length: rank }, (_, at) => at).filter((at) => !places.includes(at));
    const rest = others.map((at) => site.outputShape()[at]!);
    const rows = builder.reshape(builder.transpose(site.g, [...places, ...others]), [count, ...rest]);
    // ScatterND takes int64, and Gather int32 as well.
    const places64 = builder.unary('Cast', site.x(1), [intAttribute('to', DataType.int64)]);
    const taken = builder.reshape(places64, [count, 1]);
    const table = [shape[axis]!, ...rest];
    const inputs = [builder.zeros(table), taken, rows];
    const added = builder.emit('ScatterND', inputs, table, [stringAttribute('reduction', 'add')]);
    const order = shape.map((_, at) => (at === axis ? 0 : at < axis ? at + 1 : at));
    return builder.transpose(added, order);
  });
};

const gatherNd: GradientRule = (site) => {
  const { builder } = site;
  if (site.int('batch_dims', 0) !== 0) return { reason: 'it has batch dimensions' };
  return site.each(() => {
    const shape = site.shape(0);
    const inputs = [builder.zeros(shape), site.x(1), site.g];
    return builder.emit('ScatterND', inputs, shape, [stringAttribute('reduction', 'add')]);
  });
};

/** Places that are written pass their gradient to the updates. If a place is written twice, which update stays is not defined. */
const scatterNd: GradientRule = (site) => {
  const { builder, g } = site;
  const reduction = site.text('reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') return { reason: `it reduces by ${reduction}` };
  const updates = site.shape(2);
  return site.each(
    () =>
      reduction === 'add' ? g : builder.emit('ScatterND', [g, site.x(1), builder.zeros(updates)], site.shape(0), []),
    undefined,
    () => builder.emit('GatherND', [g, site.x(1)], updates, []),
  );
};

export const selectingGradients: GradientFamily = new Map<string, GradientRule>([
  ['Gather', gather],
  ['GatherND', gatherNd],
  ['ScatterND', scatterNd],
]);
