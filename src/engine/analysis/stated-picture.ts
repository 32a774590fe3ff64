/** What the metadata of a model states about its pictures, as Ultralytics writes it. */
import type { StatedPicture } from '../data/feeds';
import type { Model } from '../onnx/graph';

const largestSide = 16_384;

/** `imgsz` and `task`. `undefined` if the metadata has no size. */
export function statedPicture({ metadata }: Model): StatedPicture | undefined {
  const valueOf = (wanted: string): string => metadata.find(({ key }) => key === wanted)?.value ?? '';
  const [, first, second = first] = /^\[?\s*(\d+)(?:\s*,\s*(\d+))?\s*\]?$/.exec(valueOf('imgsz')) ?? [];
  const [height, width] = [Number(first), Number(second)];
  const isSize = [height, width].every((side) => side >= 1 && side <= largestSide);
  return isSize ? { height, width, isDetector: /^(detect|segment|pose|obb)$/.test(valueOf('task')) } : undefined;
}
