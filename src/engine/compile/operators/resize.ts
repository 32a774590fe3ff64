/** Resizing of pictures: nearest neighbors, or linear between two along each axis. */
import { nearestPosition, resizedPlace, type ResizedAxis } from '../../onnx/ops/resizing';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import type { CompiledFamily, Unit } from './compiled-operator';
import { requireFloats } from './compiled-operator';

/** `simple` is the rounding of old operator sets. */
function nearest(mode: string, place: number, isDown: boolean): number {
  if (mode === 'simple') return isDown ? Math.ceil(place) : Math.trunc(place);
  return nearestPosition(mode, place);
}

interface Rule {
  readonly mode: string;
  readonly transformation: string;
  readonly rounding: string;
}

/** For each place of the output two neighbors, as positions, and the weight of the second one. */
function neighbors(
  axis: ResizedAxis,
  { mode, transformation, rounding }: Rule,
): readonly (readonly [number, number, number])[] {
  return Array.from({ length: axis.to }, (_, at) => {
    const place =
      resizedPlace(transformation, at, axis) ?? refuse(`Its coordinate transformation mode is ${transformation}.`);
    const last = axis.from - 1;
    const within = (position: number) => Math.min(Math.max(position, 0), last);
    if (mode === 'nearest') {
      const position = within(nearest(rounding, place, axis.scale < 1));
      return [position, position, 0];
    }
    const bounded = Math.min(Math.max(place, 0), last);
    const first = Math.min(Math.floor(bounded), last);
    return [first, within(first + 1), bounded - first];
  });
}

/** Factors of all axes: given, or those of the sizes. */
function scalesOf(unit: Unit, plan: Plan, from: readonly number[], to: readonly number[]): readonly number[] {
  const { facts, inputs } = unit;
  const isOld = facts.node.opType === 'Upsample' || facts.opset < 11;
  const name = inputs[isOld ? 1 : 2] ?? '';
  const given = name === '' ? facts.floats('scales') : plan.floats(name);
  if (given === undefined || given.length === 0) return to.map((size, axis) => Math.fround(size / from[axis]!));
  const axes = facts.ints('axes');
  if (axes === undefined) return [...given];
  const scales = from.map(() => 1);
  for (const [index, axis] of axes.entries()) scales[axis < 0 ? axis + from.length : axis] = given[index]!;
  return scales;
}

function ruleOf({ facts }: Unit): Rule {
  const mode = facts.string('mode') ?? 'nearest';
  if (mode !== 'nearest' && mode !== 'linear') refuse(`Its mode is ${mode}; compiled modules have nearest and linear.`);
  if (facts.int('antialias') === 1) refuse('It is antialiased.');
  const policy = facts.string('keep_aspect_ratio_policy') ?? 'stretch';
  if (policy !== 'stretch') refuse('It keeps the aspect ratio.');
  const isOld = facts.node.opType === 'Upsample' || facts.opset < 11;
  return {
    mode,
    transformation: isOld ? 'asymmetric' : (facts.string('coordinate_transformation_mode') ?? 'half_pixel'),
    rounding: isOld ? 'simple' : (facts.string('nearest_mode') ?? 'round_prefer_floor'),
  };
}

function lowerResize(unit: Unit, plan: Plan): void {
  const [inputName = ''] = unit.inputs;
  requireFloats(plan, [inputName]);
  const { name, shape } = unit.outputs[0]!;
  const given = plan.value(inputName).shape;
  const isPicture = given.length === 3 || given.length === 4;
  if (!isPicture || given[0] !== shape[0] || given[1] !== shape[1])
    refuse('It changes other axes than two spatial ones.');
  const rule = ruleOf(unit);
  const scales = scalesOf(unit, plan, given, shape);
  const axes = given
    .slice(2)
    .map((from, index): ResizedAxis => ({ from, to: shape[index + 2]!, scale: scales[index + 2]! }));
  if (axes.length === 1) axes.unshift({ from: 1, to: 1, scale: 1 });
  const input = plan.picture(inputName);
  const result = plan.pictureView(shape, 'float32');
  const places = axes.map((axis) => neighbors(axis, rule));
  const tables = places.map((rows) => plan.data(new Int32Array(rows.length * 3)));
  plan.addStep([input], [result], () => {
    const [from, to] = [input.storage.steps, result.storage.steps];
    for (const [index, { bytes }] of tables.entries()) {
      const step = index === 0 ? from.row : from.pixel;
      const view = new DataView(bytes.buffer);
      for (const [row, [first, second, weight]] of places[index]!.entries()) {
        view.setInt32(row * 12, first * step, true);
        view.setInt32(row * 12 + 4, second * step, true);
        view.setFloat32(row * 12 + 8, weight, true);
      }
    }
    const { n, h, w, c } = result.storage.picture!;
    const [rows, columns] = tables.map((region) => ({ region, offset: 0 }));
    return [
      {
        kernel: 'resize',
        args: [
          ...[input.pointer(0, [from.image]), result.pointer(0, [to.image]), to.row, to.pixel, h, w, c],
          ...[rows!, columns!, rule.mode === 'linear' ? 1 : 0],
        ],
        times: [n],
      },
    ];
  });
  plan.define(name, result);
}

export const resizing: CompiledFamily = new Map([
  ['Resize', { lower: lowerResize }],
  ['Upsample', { lower: lowerResize }],
]);
