/** Convolution: depthwise, or runs of inputs times panels of weights. */
import { activationArguments } from '../activation';
import { packDepthwise, packPanels, panelElements } from '../pack';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import type { PictureSize, TensorView } from '../tensor-view';
import { startOf, type Call, type Region } from '../wasm/call';
import { requireFloats, type CompiledFamily, type Unit } from './compiled-operator';
import { readPads, windowOf, type Window } from './window';

interface Convolution {
  readonly window: Window;
  readonly groups: number;
  readonly input: TensorView;
  readonly output: TensorView;
  readonly weights: Region;
  readonly bias: Region;
}

function isDepthwise(groups: number, { c }: PictureSize, outputs: number): boolean {
  return groups > 1 && groups === c && outputs === c;
}

function lowerConvolution(unit: Unit, plan: Plan): void {
  const [inputName = '', weightName = '', biasName] = unit.inputs;
  requireFloats(plan, [inputName]);
  const weights = plan.floats(weightName) ?? refuse('Its weight is not a constant of float32.');
  const [, , ...kernel] = plan.value(weightName).shape;
  const [output] = unit.outputs;
  const shape = output!.shape;
  const window = windowOf(unit.facts, kernel, plan.value(inputName).shape.slice(2), shape.slice(2));
  const input = plan.picture(inputName);
  const result = plan.pictureView(shape, 'float32');
  const [from, to] = [input.storage.picture!, result.storage.picture!];
  input.storage.needPads(readPads(window, [from.h, from.w], [to.h, to.w]));
  const given = biasName ? (plan.floats(biasName) ?? refuse('Its bias is not a constant of float32.')) : undefined;
  const bias = given === undefined ? plan.zeros(to.c * 4 + 32) : plan.data(given);
  const groups = unit.facts.int('group') ?? 1;
  const taps = window.kernel[0] * window.kernel[1];
  const common = { window, groups, input, output: result, bias };
  if (isDepthwise(groups, from, to.c)) {
    const packed = plan.data(packDepthwise(weights, to.c, taps));
    plan.addStep([input], [result], () => [depthwiseCall(unit, { ...common, weights: packed })]);
  } else {
    const packed = plan.data(packGroups(weights, { groups, outputs: to.c, inputs: from.c / groups, taps }));
    const added = unit.added === undefined ? undefined : plan.picture(unit.added);
    plan.addStep(added ? [input, added] : [input], [result], () => [
      productCall(unit, { ...common, weights: packed }, added),
    ]);
  }
  plan.define(output!.name, result);
}

/** Weights [outputs][inputs][taps] to panels whose depth is [taps][inputs], for each group. */
function packGroups(
  weights: Float32Array,
  { groups, outputs, inputs, taps }: { groups: number; outputs: number; inputs: number; taps: number },
): Float32Array {
  const columns = outputs / groups;
  const depth = inputs * taps;
  const size = panelElements(columns, depth);
  const packed = new Float32Array(size * groups);
  for (let group = 0; group < groups; group++) {
    const read = (column: number, row: number): number => {
      const [tap, channel] = [Math.floor(row / inputs), row % inputs];
      return weights[((group * columns + column) * inputs + channel) * taps + tap]!;
    };
    packPanels(columns, depth, read, packed, group * size);
  }
  return packed;
}

/** Where the window of the first output begins, from the first input on. */
function windowStart({ window, input }: Convolution): number {
  const { pixel, row } = input.storage.steps;
  return -window.pads[0] * row - window.pads[1] * pixel;
}

function depthwiseCall(unit: Unit, convolution: Convolution): Call {
  const { window, input, output, weights, bias } = convolution;
  const [from, to] = [input.storage.steps, output.storage.steps];
  const { n, h, w, c } = output.storage.picture!;
  const [kh, kw] = window.kernel;
  const isSmall = kh === kw && (kh === 3 || kh === 5) && window.dilations[1] === 1 && window.strides[1] <= 2;
  return {
    kernel: isSmall ? `depthwise${kh}x${kw}${window.strides[1] === 1 ? '' : 'Stride2'}` : 'depthwise',
    args: [
      input.pointer(windowStart(convolution), [from.image]),
      ...[window.strides[0] * from.row, window.strides[1] * from.pixel, kh, kw],
      ...[window.dilations[0] * from.row, window.dilations[1] * from.pixel],
      ...[startOf(weights), startOf(bias)],
      ...[output.pointer(0, [to.image]), to.row, to.pixel, h, w, c, ...activationArguments(unit.activation)],
    ],
    times: [n],
  };
}

/** Rows whose inputs stay in the cache while all panels pass. */
const cachedBytes = 131_072;

function productCall(unit: Unit, convolution: Convolution, added: TensorView | undefined): Call {
  const { window, groups, input, output, weights, bias } = convolution;
  const [from, to] = [input.storage.steps, output.storage.steps];
  const size = input.storage.picture!;
  const { n, h, w, c } = output.storage.picture!;
  const [kh, kw] = window.kernel;
  const inputs = size.c / groups;
  const columns = c / groups;
  const panelBytes = 4 * panelElements(columns, inputs * kh * kw);
  const isContiguous = window.dilations[1] === 1 && from.pixel === inputs * 4;
  const isOneRow = isFlatProduct(convolution, added);
  const rest = added?.storage.steps;
  const ay = window.strides[0] * from.row;
  const rows = isOneRow ? 1 : h;
  return {
    kernel: 'gemm',
    args: [
      input.pointer(windowStart(convolution), [from.image, inputs * 4]),
      ...[ay, window.strides[1] * from.pixel, kh, window.dilations[0] * from.row],
      ...(isContiguous ? [1, 0, kw * inputs] : [kw, window.dilations[1] * from.pixel, inputs]),
      { region: weights, offset: 0, strides: [0, panelBytes] },
      { region: bias, offset: 0, strides: [0, columns * 4] },
      ...[output.pointer(0, [to.image, columns * 4]), to.row, to.pixel],
      ...(added && rest ? [added.pointer(0, [rest.image, columns * 4]), rest.row, rest.pixel] : [0, 0, 0]),
      ...[rows, isOneRow ? h * w : w, columns, ...activationArguments(unit.activation)],
      Math.max(1, Math.min(rows, Math.floor(cachedBytes / ay))),
    ],
    times: groups === 1 ? [n] : [n, groups],
  };
}

/** True if all pixels of an image are one row: 1 × 1 kernels on pictures without borders that fit the cache. */
function isFlatProduct({ window, input, output }: Convolution, added: TensorView | undefined): boolean {
  const { h, w } = input.storage.picture!;
  const { row } = input.storage.steps;
  const isPointwise = [...window.kernel, ...window.strides].every((size) => size === 1) && !window.pads.some(Boolean);
  const pictures = added === undefined ? [input, output] : [input, output, added];
  const isTight = pictures.every(({ storage: { steps } }) => steps.row === w * steps.pixel);
  return isPointwise && isTight && h * row <= 2 * cachedBytes;
}

export const convolutions: CompiledFamily = new Map([
  [
    'Conv',
    {
      lower: lowerConvolution,
      fusesActivation: true,
      fusesAddition: (facts) => (facts.int('group') ?? 1) === 1,
    },
  ],
]);
