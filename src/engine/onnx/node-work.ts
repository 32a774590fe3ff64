/** What one run of a node costs. */
import { isSameSize, multiplySizes, type Size } from './size';

export interface NodeWork {
  /** Multiply-accumulate operations. */
  readonly macs: Size;
  /** As `elementwiseWork` counts them. */
  readonly elementwise: Size;
  /** As `bytesMoved` counts them. */
  readonly bytes: Size;
}

export const noWork: NodeWork = { macs: 0, elementwise: 0, bytes: 0 };

/** Of a body that runs so many times. */
export function timesWork(turns: Size, { macs, elementwise, bytes }: NodeWork): NodeWork {
  return {
    macs: multiplySizes(turns, macs),
    elementwise: multiplySizes(turns, elementwise),
    bytes: multiplySizes(turns, bytes),
  };
}

/** Of branches of which one runs. */
export function largerWork(branches: readonly NodeWork[]): NodeWork {
  return {
    macs: largerSize(...branches.map(({ macs }) => macs)),
    elementwise: largerSize(...branches.map(({ elementwise }) => elementwise)),
    bytes: largerSize(...branches.map(({ bytes }) => bytes)),
  };
}

function largerSize(...sizes: readonly Size[]): Size {
  if (sizes.every((size) => typeof size === 'number')) return Math.max(0, ...sizes);
  return sizes.every((size) => isSameSize(size, sizes[0]!)) ? sizes[0]! : null;
}
