/**
 * Where the numbers of a value lie. A flat storage is row-major. A picture [N, C, H, W] (or [N, C, L] with H = 1) is stored as [N][H][W][C] with a
 * border of zeros around each image, as wide as its readers need. The channels of a picture can be part of another one.
 */
import { DataType, dataTypeName, type DataTypeCode } from '../onnx/data-type';
import { productOf } from '../product-of';
import { refuse } from './refusal';
import type { Pointer, Region } from './wasm/call';

/** Numbers beyond the end that vector loads may read. */
export const slackBytes = 64;

export type ElementType = 'float32' | 'int8' | 'uint8' | 'int32' | 'int64' | 'bool';

export const elementBytes: Readonly<Record<ElementType, number>> = {
  float32: 4,
  int8: 1,
  uint8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
};

export const elementTypes = new Map<DataTypeCode | undefined, ElementType>([
  [DataType.float32, 'float32'],
  [DataType.int8, 'int8'],
  [DataType.uint8, 'uint8'],
  [DataType.int32, 'int32'],
  [DataType.int64, 'int64'],
  [DataType.bool, 'bool'],
]);

function describeOtherType(type: DataTypeCode | undefined): string {
  if (type === undefined) return 'has no known element type.';
  const advice = type === DataType.float16 ? ' The pass restore-float converts it to float32.' : '';
  return `is ${dataTypeName(type)}, which compiled modules do not have.${advice}`;
}

/** The type of elements in a compiled module. Refuses types that it does not have. */
export function elementTypeOf(type: DataTypeCode | undefined, name: string): ElementType {
  return elementTypes.get(type) ?? refuse(`The value "${name}" ${describeOtherType(type)}`);
}

export interface PictureSize {
  readonly n: number;
  readonly c: number;
  readonly h: number;
  readonly w: number;
}

/** Top, left, bottom, right. */
export type Pads = readonly [number, number, number, number];

export class Storage implements Region {
  address = -1;
  readonly elements: number;
  readonly picture: PictureSize | undefined;
  readonly elementBytes: number;
  /** The number in the border of a picture: the zero of its readers. */
  border = 0;
  #pads: Pads = [0, 0, 0, 0];
  #parent: { readonly storage: Storage; readonly channel: number } | undefined;

  constructor(elements: number, bytesOfElement: number, picture?: PictureSize) {
    this.elements = elements;
    this.elementBytes = bytesOfElement;
    this.picture = picture;
  }

  /** The storage that has memory of its own. */
  get root(): Storage {
    return this.#parent?.storage.root ?? this;
  }

  /** The first channel in the root. */
  get channel(): number {
    return this.#parent === undefined ? 0 : this.#parent.storage.channel + this.#parent.channel;
  }

  get pads(): Pads {
    return this.root.#pads;
  }

  get isPart(): boolean {
    return this.#parent !== undefined;
  }

  /** Makes this picture the channels from `channel` on of another one. */
  becomePartOf(storage: Storage, channel: number): void {
    const pads = this.root.#pads;
    this.#parent = { storage, channel };
    storage.needPads(pads);
  }

  /** Widens the border. */
  needPads(pads: Pads): void {
    const { root } = this;
    root.#pads = root.#pads.map((size, side) => Math.max(size, pads[side]!)) as unknown as Pads;
  }

  /** Bytes between neighboring pixels, rows and images. */
  get steps(): { readonly pixel: number; readonly row: number; readonly image: number } {
    const { picture, elementBytes: bytes } = this.root;
    const { c, h, w } = picture!;
    const [top, left, bottom, right] = this.pads;
    const pixel = c * bytes;
    const row = pixel * (w + left + right);
    return { pixel, row, image: row * (h + top + bottom) };
  }

  /** Bytes from the beginning of the root to the first number inside of the border. */
  get origin(): number {
    if (this.picture === undefined) return 0;
    const { pixel, row } = this.steps;
    return this.pads[0] * row + this.pads[1] * pixel + this.channel * this.elementBytes;
  }

  /** Size of a root, with the numbers that vector loads may read beyond. */
  get sizeBytes(): number {
    const bytes = this.picture === undefined ? this.elements * this.elementBytes : this.picture.n * this.steps.image;
    return bytes + slackBytes;
  }
}

/** A value, or a part of one, in a storage. Addresses hold once all pads are known. */
export class TensorView {
  readonly storage: Storage;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly #part: { readonly starts: readonly number[]; readonly steps: readonly number[] } | undefined;
  /** Shape and strides of the whole value in elements, if it is flat. */
  readonly #whole: readonly number[];

  constructor(
    storage: Storage,
    shape: readonly number[],
    type: ElementType,
    part?: { readonly starts: readonly number[]; readonly steps: readonly number[]; readonly whole: readonly number[] },
  ) {
    this.storage = storage;
    this.shape = shape;
    this.type = type;
    this.#part = part;
    this.#whole = part?.whole ?? shape;
  }

  get isPicture(): boolean {
    return this.storage.picture !== undefined;
  }

  get elements(): number {
    return productOf(this.shape);
  }

  /** Bytes between neighbors along each axis; 0 for axes of size 1. */
  get strides(): readonly number[] {
    return this.#wholeStrides.map((stride, axis) =>
      this.shape[axis] === 1 ? 0 : stride * (this.#part?.steps[axis] ?? 1),
    );
  }

  get #wholeStrides(): readonly number[] {
    if (!this.isPicture) return rowMajorStrides(this.#whole, elementBytes[this.type]);
    const { pixel, row, image } = this.storage.steps;
    const bytes = elementBytes[this.type];
    return this.#whole.length === 3 ? [image, bytes, pixel] : [image, bytes, row, pixel];
  }

  /** Bytes from the region to the first number. */
  get offset(): number {
    const starts = this.#part?.starts;
    const strides = this.#wholeStrides;
    return (starts ?? []).reduce((sum, start, axis) => sum + start * strides[axis]!, this.storage.origin);
  }

  /** @param strides what each loop around the call adds, in bytes. */
  pointer(extra = 0, strides?: readonly number[]): Pointer {
    return { region: this.storage.root, offset: this.offset + extra, ...(strides && { strides }) };
  }

  /** Numbers from `starts` on, `steps` apart, which may be negative. */
  part(starts: readonly number[], sizes: readonly number[], steps = starts.map(() => 1)): TensorView {
    const before = this.#part;
    const at = starts.map((start, axis) => (before?.starts[axis] ?? 0) + start * (before?.steps[axis] ?? 1));
    const apart = steps.map((step, axis) => step * (before?.steps[axis] ?? 1));
    return new TensorView(this.storage, sizes, this.type, { starts: at, steps: apart, whole: this.#whole });
  }

  /** The part with the positions from `start` on of one axis. */
  along(axis: number, start: number, size: number): TensorView {
    const starts = this.shape.map((_, index) => (index === axis ? start : 0));
    return this.part(
      starts,
      this.shape.map((whole, index) => (index === axis ? size : whole)),
    );
  }
}

export function rowMajorStrides(shape: readonly number[], bytes: number): readonly number[] {
  const strides: number[] = [];
  let stride = bytes;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}
