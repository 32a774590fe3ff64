/** Windows of convolution and pooling along two spatial axes; a single one is the second, after one of size 1. */
import type { NodeFacts } from '../../onnx/ops/operator';
import { refuse } from '../refusal';
import type { Pads } from '../tensor-view';

export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly pads: Pads;
}

/**
 * @param kernel spatial sizes of the kernel
 * @param input spatial sizes of the input, and `output` of the output
 */
export function windowOf(
  facts: NodeFacts,
  kernel: readonly number[],
  input: readonly number[],
  output: readonly number[],
): Window {
  const rank = input.length;
  if (rank > 2 || kernel.length !== rank) refuse(`It has ${rank} spatial axes; compiled modules have one or two.`);
  const strides = facts.ints('strides') ?? kernel.map(() => 1);
  const dilations = facts.ints('dilations') ?? kernel.map(() => 1);
  const pads = padsOf(facts, { kernel, strides, dilations, input, output });
  if (pads.some((size) => size < 0)) refuse('It has negative pads.');
  const pair = (values: readonly number[], first: number): readonly [number, number] =>
    rank === 1 ? [first, values[0]!] : [values[0]!, values[1]!];
  const [top, left] = pair(pads.slice(0, rank), 0);
  const [bottom, right] = pair(pads.slice(rank), 0);
  return {
    kernel: pair(kernel, 1),
    strides: pair(strides, 1),
    dilations: pair(dilations, 1),
    pads: [top, left, bottom, right],
  };
}

interface Sizes {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** Begins of all axes, then ends. `auto_pad` adds what the output needs. */
function padsOf(facts: NodeFacts, { kernel, strides, dilations, input, output }: Sizes): readonly number[] {
  const mode = facts.string('auto_pad') ?? 'NOTSET';
  if (mode === 'NOTSET') return facts.ints('pads') ?? [...kernel, ...kernel].map(() => 0);
  if (mode === 'VALID') return [...kernel, ...kernel].map(() => 0);
  const totals = kernel.map((size, axis) =>
    Math.max(0, (output[axis]! - 1) * strides[axis]! + (size - 1) * dilations[axis]! + 1 - input[axis]!),
  );
  const begins = totals.map((total) => (mode === 'SAME_LOWER' ? Math.ceil(total / 2) : Math.floor(total / 2)));
  return [...begins, ...totals.map((total, axis) => total - begins[axis]!)];
}

/** The border that a window reads of a picture. */
export function readPads(window: Window, input: readonly [number, number], output: readonly [number, number]): Pads {
  const end = (axis: 0 | 1): number => {
    const last = (output[axis] - 1) * window.strides[axis] + (window.kernel[axis] - 1) * window.dilations[axis] + 1;
    return Math.max(0, last - window.pads[axis]! - input[axis]);
  };
  return [window.pads[0], window.pads[1], end(0), end(1)];
}
