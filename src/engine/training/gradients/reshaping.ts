/** Gradients of operators that only move elements. */
import type { SliceRange } from '../step-builder';
import type { GradientFamily, GradientRule } from './gradient-rule';
import { unary } from './elementwise';

const likeInput = unary((site) => site.builder.reshape(site.g, site.shape(0)));

const transpose = unary((site) => {
  const rank = site.shape(0).length;
  const permutation = site.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  return site.builder.transpose(
    site.g,
    permutation.map((_, axis) => permutation.indexOf(axis)),
  );
});

const concat: GradientRule = (site) => {
  const axis = site.axis(site.int('axis', 0), site.outputShape().length);
  let start = 0;
  return site.node.inputs.map((_, input) => {
    const size = site.shape(input)[axis]!;
    const range: SliceRange = { axis, start, end: start + size };
    start += size;
    return site.needs(input) ? site.builder.slice(site.g, [range]) : undefined;
  });
};

/** The parts joined again; a part that nothing depends on counts as zeros. */
const split = unary((site) => {
  const { builder } = site;
  const axis = site.axis(site.int('axis', 0), site.shape(0).length);
  const parts = site.node.outputs.map(
    (_, output) => site.gradientOf(output) ?? builder.zeros(site.outputShape(output)),
  );
  return builder.concat(parts, axis);
});

/** Zeros around the selected part; with a step, first zeros after each element. */
const slice: GradientRule = (site) => {
  const { builder } = site;
  const shape = site.shape(0);
  const [starts, ends] = [site.numbers(1), site.numbers(2)];
  const axes = site.has(3) ? site.numbers(3) : starts?.map((_, axis) => axis);
  const steps = site.has(4) ? site.numbers(4) : starts?.map(() => 1);
  if (starts === undefined || ends === undefined || axes === undefined || steps === undefined) {
    return { reason: 'its slice bounds are known only at run time' };
  }
  if (steps.some((step) => step < 1)) return { reason: 'it reads backwards' };
  return site.each(() => {
    let gradient = site.g;
    const before = shape.map(() => 0);
    for (const [index, given] of axes.entries()) {
      const axis = site.axis(given, shape.length);
      const size = shape[axis]!;
      const start = starts[index]! < 0 ? starts[index]! + size : starts[index]!;
      before[axis] = Math.min(Math.max(start, 0), size);
      gradient = builder.spread(gradient, axis, steps[index]!);
    }
    const after = shape.map((size, axis) => size - before[axis]! - builder.shapeOf(gradient)[axis]!);
    return builder.pad(gradient, before, after);
  });
};

const pad: GradientRule = (site) => {
  const rank = site.shape(0).length;
  const pads = site.numbers(1);
  const axes = site.has(3) ? site.numbers(3) : Array.from({ length: rank }, (_, axis) => axis);
  if (site.text('mode', 'constant') !== 'constant') return { reason: 'it repeats elements around the edge' };
  if (pads === undefined || axes === undefined || pads.some((count) => count < 0)) {
    return { reason: 'its increment is not a constant above zero' };
  }
  return site.each(() => {
    const ranges = axes.map((given, index) => {
      const axis = site.axis(given, rank);
      return { axis, start: pads[index]!, end: pads[index]! + site.shape(0)[axis]! };
    });
    return site.builder.slice(site.g, ranges);
  });
};

const expand = unary((site) => site.builder.unbroadcast(site.g, site.shape(0)));

/** Copies stand one after another: an axis of copies apart, summed up. */
const tile = unary((site) => {
  const { builder } = site;
  const shape = site.shape(0);
  const copies = site.outputShape().map((size, axis) => size / shape[axis]!);
  const apart = builder.reshape(
    site.g,
    shape.flatMap((size, axis) => [copies[axis]!, size]),
  );
  return builder.sum(
    apart,
    shape.map((_, axis) => 2 * axis),
  );
});

const spaceToDepth = unary((site) => {
  const { builder } = site;
  const [batch, channels, height, width] = site.shape(0) as [number, number, number, number];
  const block = site.int('blocksize', 1);
  const apart = builder.reshape(site.g, [batch, block, block, channels, height / block, width / block]);
  return builder.reshape(builder.transpose(apart, [0, 3, 4, 1, 5, 2]), site.shape(0));
});

const depthToSpace = unary((site) => {
  const { builder } = site;
  const [batch, channels, height, width] = site.shape(0) as [number, number, number, number];
  const block = site.int('blocksize', 1);
  const kept = channels / (block * block);
  const apart = builder.reshape(site.g, [batch, kept, height, block, width, block]);
  // Depth, column, row (DCR) or column, row, depth (CRD): which of the channel's three parts varies slowest.
  const order = site.text('mode', 'DCR') === 'DCR' ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
  return builder.reshape(builder.transpose(apart, order), site.shape(0));
});

export const reshapingGradients: GradientFamily = new Map<string, GradientRule>([
  ['Reshape', likeInput],
  ['Flatten', likeInput],
  ['Squeeze', likeInput],
  ['Unsqueeze', likeInput],
  ['Identity', likeInput],
  ['Dropout', likeInput],
  ['Cast', likeInput],
  ['Transpose', transpose],
  ['Concat', concat],
  ['Split', split],
  ['Slice', slice],
  ['Pad', pad],
  ['Expand', expand],
  ['Tile', tile],
  ['SpaceToDepth', spaceToDepth],
  ['DepthToSpace', depthToSpace],
]);
