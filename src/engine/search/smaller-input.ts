/** A model that takes smaller pictures: its time shows what they would gain, before anyone measures what they would cost. */
import type { InputDescription } from '../data/feeds';
import { mapShape, withSize } from '../onnx/declared-shape';
import type { Model, ValueInfo } from '../onnx/graph';

/** Networks halve pictures up to five times, so sizes are multiples of this. */
const step = 32;
const smallestSize = 2 * step;
/** 224 becomes 192. */
const wantedShare = 6 / 7;

export interface SmallerInput {
  readonly model: Model;
  /** The inputs of that model. */
  readonly inputs: readonly InputDescription[];
  /** Height and width of the pictures. */
  readonly size: number;
}

/**
 * The same layers for pictures of about 6/7 of the size, which need no other weights if nothing in the graph depends on the size: whoever
 * opens it finds out. `null`: the model has no input of square pictures of a fixed size, or these are small already.
 */
export function withSmallerInput(model: Model, inputs: readonly InputDescription[]): SmallerInput | null {
  const found = inputs.find((input) => pictureAxes(input) !== null);
  const axes = found && pictureAxes(found);
  const { graph } = model;
  if (!axes || !graph) return null;
  const before = Number(found.shape![axes[0]]);
  const size = Math.min(step * Math.round((before * wantedShare) / step), before - step);
  const shape = found.shape!.map((known, axis) => (axes.includes(axis) ? size : known));
  const resized = graph.inputs.map((info) =>
    info.name === found.name
      ? mapShape(info, (dimension, axis) => (axes.includes(axis) ? withSize(dimension, size) : dimension))
      : info,
  );
  const smaller = { ...graph, inputs: resized, outputs: graph.outputs.map(withoutShape), valueInfos: [] };
  return {
    ...{ model: { ...model, graph: smaller }, size },
    inputs: inputs.map((input) => (input === found ? { ...input, shape } : input)),
  };
}

/** The axes of height and width. */
function pictureAxes({ shape }: InputDescription): readonly [number, number] | null {
  if (shape?.length !== 4) return null;
  const isPicture = ([height, width]: readonly [number, number]) =>
    shape[height] === shape[width] && Number(shape[height]) >= smallestSize + step;
  if (Number(shape[1]) <= 4 && isPicture([2, 3])) return [2, 3];
  return Number(shape[3]) <= 4 && isPicture([1, 2]) ? [1, 2] : null;
}

/** The file states it for other inputs. */
function withoutShape({ type, ...info }: ValueInfo): ValueInfo {
  if (type === undefined) return info;
  const { shape: _shape, ...kind } = type;
  return { ...info, type: kind };
}
