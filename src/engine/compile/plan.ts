/** What a compiled module will do: values, constants and steps, collected while the nodes of a graph are lowered. */
import { DataType, dataTypeName } from '../onnx/data-type';
import type { Tensor } from '../onnx/graph';
import { holdsIntegers, readFloat32, readIntegers, tensorBytes } from '../onnx/tensor';
import { productOf } from '../product-of';
import { borderCalls, fillCalls } from './fill-calls';
import { broadcastStrides, copyCall } from './loop-nest';
import { planMemory, type Lifetime } from './plan-memory';
import { refuse } from './refusal';
import {
  elementBytes,
  elementTypes,
  slackBytes,
  Storage,
  TensorView,
  type ElementType,
  type PictureSize,
} from './tensor-view';
import type { Call, Region } from './wasm/call';
import type { ModuleData } from './wasm/write-module';

/** Kernels own the bytes before. */
const firstAddress = 1024;
const alignment = 64;

/** A value of type bool, and what it has to be. */
interface Guard {
  readonly view: TensorView;
  readonly isTrue: boolean;
}

interface Step {
  readonly guards: readonly Guard[];
  readonly reads: readonly TensorView[];
  readonly writes: readonly TensorView[];
  /** Makes the calls once all addresses are known. */
  readonly emit: () => readonly (Call | undefined)[];
}

/** The forms in which a value is at hand. */
interface Value {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly constant?: Tensor;
  flat?: TensorView;
  picture?: TensorView;
  /** Computes the value when a step needs it. */
  readonly make?: () => TensorView;
  /** It is what codes of 8 bits stand for. */
  readonly codes?: Codes;
}

/** A value of codes of 8 bits: number = (code - zero) × scale. */
export interface Codes {
  readonly name: string;
  readonly scale: number;
  readonly zero: number;
}

/** A constant of codes. */
export interface ConstantCodes {
  readonly codes: readonly number[];
  readonly scales: Float32Array;
  readonly zeros: readonly number[] | undefined;
  /** The axis of several scales. */
  readonly axis: number;
  /** Neighbors on the axis that share a scale, which then has all axes. 0: each position has its own, which has this axis only. */
  readonly block: number;
}

/** Where a caller of the module writes an input or reads an output. */
export interface Port {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly view: TensorView;
}

export class Plan {
  #values = new Map<string, Value>();
  #guards: readonly Guard[] = [];
  readonly #steps: Step[] = [];
  readonly #data: ModuleData[] = [];
  readonly #constantCodes = new Map<string, ConstantCodes>();
  /** Constants of types that compiled modules do not have. */
  readonly #otherTypes = new Map<string, Tensor>();
  readonly #zeros: Region = { address: -1 };
  #zeroBytes = 0;
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];

  /** Declares an input of the model. */
  addInput(name: string, shape: readonly number[], type: ElementType): void {
    const view = this.flatView(shape, type);
    this.#inputs.push({ name, shape, type, view });
    this.#values.set(name, { type, shape, flat: view });
  }

  /** Declares an output of the model, which has been computed. */
  addOutput(name: string): void {
    const { shape, type } = this.value(name);
    // A copy, so that a value that is also an input or a constant has a place of its own.
    const view = this.flatView(shape, type);
    this.copy(this.flat(name), view);
    this.#outputs.push({ name, shape, type, view });
  }

  /** @param codes that its numbers stand for. */
  addConstant(name: string, tensor: Tensor, codes?: ConstantCodes): void {
    if (codes) this.#constantCodes.set(name, codes);
    const type = elementTypes.get(tensor.dataType);
    if (type === undefined) this.#otherTypes.set(name, tensor);
    else this.#values.set(name, { type, shape: tensor.dims.map(Number), constant: tensor });
  }

  /** Gives a name to a computed value. */
  define(name: string, view: TensorView): void {
    const { type, shape } = view;
    this.#values.set(name, { type, shape, ...(view.isPicture ? { picture: view } : { flat: view }) });
  }

  /** Gives a name to a value that is computed from codes when a step needs it. */
  defineFromCodes(name: string, shape: readonly number[], codes: Codes, make: () => TensorView): void {
    this.#values.set(name, { type: 'float32', shape, codes, make });
  }

  /** The codes that a value is computed from. */
  codesOf(name: string | undefined): Codes | undefined {
    return name === undefined ? undefined : this.#values.get(name)?.codes;
  }

  constantCodes(name: string | undefined): ConstantCodes | undefined {
    return this.#constantCodes.get(name ?? '');
  }

  value(name: string): Pick<Value, 'shape' | 'type' | 'constant'> {
    const other = this.#otherTypes.get(name);
    if (other) refuse(`Its input "${name}" is ${dataTypeName(other.dataType ?? 0)}; compiled modules do not have it.`);
    return this.#values.get(name) ?? refuse(`The value "${name}" is not known before this node.`);
  }

  /** True if the value is at hand as a picture and not flat. */
  isPicture(name: string): boolean {
    const { picture, flat, codes, make } = this.#values.get(name) ?? {};
    if (make !== undefined && codes !== undefined && flat === undefined) return this.isPicture(codes.name);
    return picture !== undefined && flat === undefined;
  }

  constant(name: string | undefined): Tensor | undefined {
    return name === undefined ? undefined : this.#values.get(name)?.constant;
  }

  /** Numbers of a constant of floats. */
  floats(name: string | undefined): Float32Array | undefined {
    const tensor = this.constant(name);
    return tensor?.dataType === DataType.float32 ? readFloat32(tensor) : undefined;
  }

  /** Numbers of a constant of integers, of types too that compiled modules do not have. */
  integers(name: string | undefined): readonly number[] | undefined {
    const tensor = this.constant(name) ?? this.#otherTypes.get(name ?? '');
    return tensor !== undefined && holdsIntegers(tensor) ? readIntegers(tensor).map(Number) : undefined;
  }

  /** The value, row-major. */
  flat(name: string): TensorView {
    const value = this.#made(name);
    value.flat ??= this.#flatOf(value);
    return value.flat;
  }

  /** The value, computed. */
  #made(name: string): Value {
    const value = this.value(name) as Value;
    if (value.make !== undefined && value.flat === undefined && value.picture === undefined) {
      const view = value.make();
      if (view.isPicture) value.picture = view;
      else value.flat = view;
    }
    return value;
  }

  #flatOf(value: Value): TensorView {
    if (value.constant !== undefined) return this.#constantView(value.constant, value);
    const view = this.flatView(value.shape, value.type);
    this.copy(value.picture!, view);
    return view;
  }

  #constantView(tensor: Tensor, { shape, type }: Value): TensorView {
    return this.#dataView(tensorBytes(tensor), shape, type);
  }

  #dataView(bytes: Uint8Array, shape: readonly number[], type: ElementType): TensorView {
    const storage = new Storage(productOf(shape), elementBytes[type]);
    this.#data.push(Object.assign(storage, { bytes }));
    return new TensorView(storage, shape, type);
  }

  /** The value as a picture; its rank is 3 or 4. */
  picture(name: string): TensorView {
    const value = this.#made(name);
    if (value.picture === undefined) {
      const view = this.pictureView(value.shape, value.type);
      this.copy(this.flat(name), view);
      value.picture = view;
    }
    return value.picture;
  }

  /** The picture of a value of codes, for readers to which the code `zero` is the border. */
  codesPicture(name: string, zero: number): TensorView {
    const view = this.picture(name);
    const { root } = view.storage;
    const hasOther = root.pads.some((size) => size > 0) && root.border !== zero;
    if (!hasOther) {
      root.border = zero;
      return view;
    }
    const second = this.pictureView(view.shape, view.type);
    second.storage.border = zero;
    this.copy(view, second);
    return second;
  }

  /** New memory for a row-major value. */
  flatView(shape: readonly number[], type: ElementType): TensorView {
    return new TensorView(new Storage(productOf(shape), elementBytes[type]), shape, type);
  }

  /** New memory for a picture of the shape [N, C, H, W] or [N, C, L]. */
  pictureView(shape: readonly number[], type: ElementType): TensorView {
    const size = pictureSize(shape);
    return new TensorView(new Storage(productOf(shape), elementBytes[type], size), shape, type);
  }

  /** The same numbers in row-major order with another shape. */
  reshaped(view: TensorView, shape: readonly number[]): TensorView {
    return new TensorView(view.storage, shape, view.type);
  }

  copy(from: TensorView, to: TensorView): void {
    this.addStep([from], [to], () => [copyCall(from, to)]);
  }

  /** Copies with the axes in another order: axis i of the result is axis `order[i]` of the input. */
  permute(from: TensorView, to: TensorView, order: readonly number[]): void {
    this.addStep([from], [to], () => {
      const { strides } = from;
      return [
        copyCall(
          from,
          to,
          order.map((axis) => strides[axis]!),
        ),
      ];
    });
  }

  /** Copies, and repeats along axes that the input lacks or that have size 1 in it. */
  broadcast(from: TensorView, to: TensorView): void {
    this.addStep([from], [to], () => [copyCall(from, to, broadcastStrides(from, to.shape))]);
  }

  /** A constant number. */
  scalar(number: number): TensorView {
    return this.numbers(Float32Array.of(number), []);
  }

  /** Constant numbers, row-major. */
  numbers(numbers: Float32Array, shape: readonly number[]): TensorView {
    return this.#dataView(new Uint8Array(numbers.slice().buffer), shape, 'float32');
  }

  /** Constant integers. */
  wholeNumbers(numbers: Int32Array): TensorView {
    return this.#dataView(new Uint8Array(numbers.slice().buffer), [numbers.length], 'int32');
  }

  /** Gives a value a second name. */
  alias(name: string, second: string): void {
    this.#values.set(second, this.value(name));
  }

  /**
   * Lets a picture be the channels of another one from `channel` on, so that joining them costs nothing. False if it has to be copied: it is
   * part of another picture already, or needed row-major only.
   */
  placeInChannels(name: string, whole: TensorView, channel: number): boolean {
    const { picture } = this.value(name) as Value;
    if (picture === undefined || picture.storage.isPart || picture.storage.root === whole.storage) return false;
    picture.storage.becomePartOf(whole.storage, channel);
    return true;
  }

  fill(view: TensorView, number: number): void {
    this.addStep([], [view], () => fillCalls(view, number));
  }

  addStep(reads: readonly TensorView[], writes: readonly TensorView[], emit: Step['emit']): void {
    const guards = this.#guards;
    this.#steps.push({ reads: [...reads, ...guards.map(({ view }) => view)], writes, emit, guards });
  }

  /** Plans steps that only run where a condition holds. Later steps do not know the values that they define. */
  guarded(guard: Guard, work: () => void): void {
    const [values, guards] = [this.#values, this.#guards];
    // Copies, because a form of an outer value that these steps make may not exist afterwards.
    this.#values = new Map([...values].map(([name, value]) => [name, { ...value }]));
    this.#guards = [...guards, guard];
    work();
    this.#values = values;
    this.#guards = guards;
  }

  /** Puts numbers into the module. Vector loads may read beyond them. */
  data(numbers: Float32Array | Int8Array | Int32Array): ModuleData {
    const bytes = new Uint8Array(numbers.byteLength);
    bytes.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    const region = { address: -1, bytes };
    this.#data.push(region);
    return region;
  }

  /** Zeros that nothing writes. */
  zeros(bytes: number): Region {
    this.#zeroBytes = Math.max(this.#zeroBytes, bytes);
    return this.#zeros;
  }

  /** Gives each region its address, and makes the calls. */
  finish(): PlannedModule {
    let at = firstAddress;
    const take = (bytes: number): number => {
      const address = at;
      at += Math.ceil((bytes + slackBytes) / alignment) * alignment;
      return address;
    };
    this.#zeros.address = take(this.#zeroBytes);
    for (const region of this.#data) region.address = take(region.bytes.length);
    const { lifetimes, firstWrites } = this.#lifetimes();
    const arenaBytes = planMemory(lifetimes, at);
    const calls = this.#steps.flatMap((step, index) => {
      const made = [...(firstWrites.get(index) ?? []).flatMap(borderCalls), ...step.emit()];
      const guards = step.guards.map(({ view, isTrue }) => ({ at: view.pointer(), isTrue }));
      return made.flatMap((call) => (call === undefined ? [] : [{ ...call, ...(guards.length > 0 && { guards }) }]));
    });
    const weightBytes = this.#data.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return {
      ...{ calls, data: this.#data, inputs: this.#inputs, outputs: this.#outputs },
      ...{ memoryBytes: at + arenaBytes, weightBytes, arenaBytes },
    };
  }

  #lifetimes(): { lifetimes: readonly Lifetime[]; firstWrites: ReadonlyMap<number, readonly Storage[]> } {
    const constants = new Set<Region>(this.#data);
    const ranges = new Map<Storage, { first: number; last: number }>();
    const firstWrites = new Map<number, Storage[]>();
    const touch = ({ storage: { root } }: TensorView, step: number): void => {
      if (constants.has(root)) return;
      const range = ranges.get(root);
      if (range !== undefined) range.last = Math.max(range.last, step);
      else {
        ranges.set(root, { first: step, last: step });
        firstWrites.set(step, [...(firstWrites.get(step) ?? []), root]);
      }
    };
    for (const { view } of this.#inputs) touch(view, -1);
    for (const [index, { reads, writes }] of this.#steps.entries()) {
      for (const view of [...reads, ...writes]) touch(view, index);
    }
    for (const { view } of this.#outputs) touch(view, this.#steps.length);
    const lifetimes = [...ranges].map(([storage, range]) => ({ storage, ...range }));
    return { lifetimes, firstWrites };
  }
}

export interface PlannedModule {
  readonly calls: readonly Call[];
  readonly data: readonly ModuleData[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly memoryBytes: number;
  readonly weightBytes: number;
  /** Memory of inputs, outputs and values between. */
  readonly arenaBytes: number;
}

function pictureSize(shape: readonly number[]): PictureSize {
  const [n = 1, c = 1, ...spatial] = shape;
  if (spatial.length === 1) return { n, c, h: 1, w: spatial[0]! };
  if (spatial.length === 2) return { n, c, h: spatial[0]!, w: spatial[1]! };
  return refuse(`Pictures have one or two spatial axes, not ${spatial.length}.`);
}
