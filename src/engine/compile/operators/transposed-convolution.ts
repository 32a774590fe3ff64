/** Transposed convolution: outputs that lie a stride apart have the same taps, so each phase is a convolution of its own. */
import { activationArguments } from '../activation';
import { packPanels, panelElements } from '../pack';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import type { TensorView } from '../tensor-view';
import type { Call, Region } from '../wasm/call';
import { requireFloats, type CompiledFamily, type Unit } from './compiled-operator';

/** The outputs of one axis that are `stride` apart. */
interface Phase {
  readonly first: number;
  readonly count: number;
  /** Taps in the order of their inputs. */
  readonly taps: readonly number[];
  /** The input of the first tap for the first output. */
  readonly start: number;
}

interface Axis {
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
  readonly from: number;
  readonly to: number;
}

function phasesOf({ kernel, stride, pad, to }: Axis): readonly Phase[] {
  return Array.from({ length: Math.min(stride, to) }, (_, first) => {
    const rest = (first + pad) % stride;
    const taps: number[] = [];
    for (let tap = rest; tap < kernel; tap += stride) taps.unshift(tap);
    const base = (first + pad - rest) / stride;
    return { first, count: Math.ceil((to - first) / stride), taps, start: base - taps.length + 1 };
  });
}

/** The positions before and after the input that the phases of an axis read. */
function borders(phases: readonly Phase[], from: number): readonly [number, number] {
  const before = Math.max(0, ...phases.map(({ start }) => -start));
  const after = Math.max(0, ...phases.map(({ start, count, taps }) => start + count - 1 + taps.length - from));
  return [before, after];
}

function axesOf(
  unit: Unit,
  kernel: readonly number[],
  from: readonly number[],
  to: readonly number[],
): readonly [Axis, Axis] {
  const { facts } = unit;
  if (kernel.length > 2) refuse(`It has ${kernel.length} spatial axes; compiled modules have one or two.`);
  if (facts.ints('dilations')?.some((dilation) => dilation !== 1) === true) refuse('It is dilated.');
  const strides = facts.ints('strides') ?? kernel.map(() => 1);
  const mode = facts.string('auto_pad') ?? 'NOTSET';
  const isGiven = mode === 'NOTSET' && facts.ints('output_shape') === undefined;
  const more = facts.ints('output_padding') ?? kernel.map(() => 0);
  const axes = kernel.map((size, axis): Axis => {
    const stride = strides[axis]!;
    const total = Math.max(0, stride * (from[axis]! - 1) + more[axis]! + size - to[axis]!);
    const fitted = mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
    const pad = isGiven ? (facts.ints('pads')?.[axis] ?? 0) : mode === 'VALID' ? 0 : fitted;
    return { kernel: size, stride, pad, from: from[axis]!, to: to[axis]! };
  });
  if (axes.length === 1) axes.unshift({ kernel: 1, stride: 1, pad: 0, from: 1, to: 1 });
  return [axes[0]!, axes[1]!];
}

function lowerTransposed(unit: Unit, plan: Plan): void {
  const [inputName = '', weightName = '', biasName = ''] = unit.inputs;
  requireFloats(plan, [inputName]);
  const weights = plan.floats(weightName) ?? refuse('Its weight is not a constant of float32.');
  const [inputs = 1, columns = 1, ...kernel] = plan.value(weightName).shape;
  const { name, shape } = unit.outputs[0]!;
  const [ySize, xSize] = axesOf(unit, kernel, plan.value(inputName).shape.slice(2), shape.slice(2));
  const groups = unit.facts.int('group') ?? 1;
  const depth = inputs / groups;
  const input = plan.picture(inputName);
  const result = plan.pictureView(shape, 'float32');
  const given =
    biasName === '' ? undefined : (plan.floats(biasName) ?? refuse('Its bias is not a constant of float32.'));
  const bias = given === undefined ? plan.zeros(shape[1]! * 4 + 32) : plan.data(given);
  const [rows, cols] = [phasesOf(ySize), phasesOf(xSize)];
  const [[top, bottom], [left, right]] = [borders(rows, ySize.from), borders(cols, xSize.from)];
  input.storage.needPads([top, left, bottom, right]);
  for (const y of rows) {
    for (const x of cols) {
      const taps = y.taps.flatMap((ky) => x.taps.map((kx) => ky * xSize.kernel + kx));
      const all = ySize.kernel * xSize.kernel;
      const size = panelElements(columns, taps.length * depth);
      const packed = new Float32Array(size * groups);
      for (let group = 0; group < groups; group++) {
        const read = (column: number, row: number): number => {
          const channel = group * depth + (row % depth);
          return weights[(channel * columns + column) * all + taps[Math.floor(row / depth)]!]!;
        };
        packPanels(columns, taps.length * depth, read, packed, group * size);
      }
      const layer = {
        unit,
        input,
        result,
        weights: plan.data(packed),
        bias,
        depth,
        columns,
        groups,
        panelBytes: size * 4,
      };
      plan.addStep([input], [result], () => [phaseCall(layer, [y, x], [ySize.stride, xSize.stride])]);
    }
  }
  plan.define(name, result);
}

interface Layer {
  readonly unit: Unit;
  readonly input: TensorView;
  readonly result: TensorView;
  readonly weights: Region;
  readonly bias: Region;
  readonly depth: number;
  readonly columns: number;
  readonly groups: number;
  readonly panelBytes: number;
}

function phaseCall(layer: Layer, [y, x]: readonly [Phase, Phase], [strideY, strideX]: readonly [number, number]): Call {
  const { unit, input, result, weights, bias, depth, columns, groups, panelBytes } = layer;
  const [from, to] = [input.storage.steps, result.storage.steps];
  const isContiguous = from.pixel === depth * 4;
  const width = x.taps.length;
  return {
    kernel: 'gemm',
    args: [
      input.pointer(y.start * from.row + x.start * from.pixel, [from.image, depth * 4]),
      ...[from.row, from.pixel, y.taps.length, from.row],
      ...(isContiguous ? [1, 0, width * depth] : [width, from.pixel, depth]),
      { region: weights, offset: 0, strides: [0, panelBytes] },
      { region: bias, offset: 0, strides: [0, columns * 4] },
      result.pointer(y.first * to.row + x.first * to.pixel, [to.image, columns * 4]),
      ...[strideY * to.row, strideX * to.pixel, 0, 0, 0],
      ...[y.count, x.count, columns, ...activationArguments(unit.activation), 1],
    ],
    times: [result.storage.picture!.n, groups],
  };
}

export const transposed: CompiledFamily = new Map([
  ['ConvTranspose', { lower: lowerTransposed, fusesActivation: true }],
]);
