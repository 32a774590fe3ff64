/** Follows the integers of one graph: which floats they represent, and which float32 values replace them. */
import { floatAttribute } from '../../onnx/attributes';
import { constantNode } from '../../onnx/constant-node';
import { DataType } from '../../onnx/data-type';
import type { GraphEditor } from '../../onnx/edit';
import type { Graph, Node, Tensor, ValueName } from '../../onnx/graph';
import { elementCount, readFloat32, readIntegers, tensorBytes } from '../../onnx/tensor';
import { getAttributeInt, isDefaultDomain, readersIn, type Readers } from '../../onnx/traverse';
import { createNode } from '../../onnx/create-node';
import { floatTensor, isFloat, productOf } from './float-constants';
import { codeRange, holdsCodes, readCodes } from './integer-codes';
import { linearNumbers, type LinearScaling, type RestoredNumbers, type RestoredTensors } from './restored-weights';

/** Names of a scale and a zero point; an empty name is a zero point that is left out. */
export interface Scaling {
  readonly scale: ValueName;
  readonly zeroPoint: ValueName;
}

/** The meaning of a value of integers. */
export type Integers =
  /** Quantized float values. `floats` returns the name of the float value to read instead. */
  | { readonly kind: 'values'; readonly scaling: Scaling; floats(): ValueName }
  /** A weight, whose readers have its scale. */
  | { readonly kind: 'constant'; readonly name: ValueName; readonly tensor: Tensor; readonly scope: RestorationScope }
  /** The output of a node that only moves elements. `of`: its inputs of integers, by their index. */
  | {
      readonly kind: 'moved';
      readonly node: Node;
      readonly output: number;
      readonly of: ReadonlyMap<number, Integers>;
      readonly scope: RestorationScope;
    };

/** The state that all graphs of a model share. */
export interface Restoration {
  readonly opset: number;
  readonly tensors: RestoredTensors;
  /** True for old files, in which initializers must be inputs of the model. New constants are then nodes. */
  readonly isOldFile: boolean;
  readonly overridable: ReadonlySet<ValueName>;
  /** Names of the restored weights. */
  readonly restored: Set<string>;
}

/** The reason that integers cannot be followed. */
export class Obstacle {
  /** A sentence. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export const computedScale = new Obstacle('Its scale is computed at run time, not constant.');

export class RestorationScope {
  readonly shared: Restoration;
  readonly editor: GraphEditor;
  readonly parent: RestorationScope | undefined;
  readonly readers: Readers;
  readonly #integers = new Map<ValueName, Integers>();
  readonly #constants = new Map<ValueName, Tensor | undefined>();
  /** Restored weights by tensor and scaling. */
  readonly #weights = new Map<Tensor, Map<string, ValueName>>();
  readonly #moved = new Map<Node, Map<string, readonly ValueName[]>>();
  readonly #ids = new Map<Tensor, number>();

  constructor(shared: Restoration, graph: Graph, editor: GraphEditor, parent: RestorationScope | undefined) {
    this.shared = shared;
    this.editor = editor;
    this.parent = parent;
    this.readers = readersIn(graph);
  }

  /** The scope that defines a value: this one or one around it. */
  definer(name: ValueName): RestorationScope | undefined {
    if (name === '') return undefined;
    return this.editor.defines(name) ? this : this.parent?.definer(name);
  }

  /** A stored constant, or a scale that is computed from constants. `undefined` if a caller may override it. */
  constant(name: ValueName | undefined): Tensor | undefined {
    const scope = name ? this.definer(name) : undefined;
    return scope && scope.#ownConstant(name!);
  }

  #ownConstant(name: ValueName): Tensor | undefined {
    if (!this.#constants.has(name)) {
      const isOpen = this.parent === undefined && this.shared.overridable.has(name);
      this.#constants.set(name, isOpen ? undefined : (this.editor.constant(name) ?? this.#computedConstant(name)));
    }
    return this.#constants.get(name);
  }

  /** Scales that are stored as float16 behind a Cast, products of two scales, and codes that a lookup and a product share. */
  #computedConstant(name: ValueName): Tensor | undefined {
    const node = this.editor.producer(name);
    if (!node || !isDefaultDomain(node.domain)) return undefined;
    const [first, second] = [this.constant(node.inputs[0]), this.constant(node.inputs[1])];
    if (!first) return undefined;
    if (node.opType === 'Identity') return first;
    if (node.opType === 'Cast' && isFloat(first) && getAttributeInt(node, 'to') === DataType.float32) {
      return floatTensor(first.dims, readFloat32(first));
    }
    if (node.opType === 'Reshape' && second && holdsCodes(first)) return { ...first, dims: readIntegers(second) };
    if (node.opType !== 'Mul' || !second || !isFloat(first) || !isFloat(second)) return undefined;
    return productOf(first, second);
  }

  /** The meaning of a value of integers; `undefined` if it is unknown. */
  integers(name: ValueName | undefined): Integers | undefined {
    if (!name) return undefined;
    const scope = this.definer(name);
    const known = scope && scope.#integers.get(name);
    if (!scope || known) return known;
    const tensor = scope.constant(name);
    return tensor && holdsCodes(tensor) ? { kind: 'constant', name, tensor, scope } : undefined;
  }

  /** The scaling that values were quantized with, also after moves; `undefined` for weights. */
  scalingOf(integers: Integers): Scaling | undefined {
    if (integers.kind === 'values') return integers.scaling;
    if (integers.kind === 'constant') return undefined;
    const [first, ...others] = [...integers.of.values()].map((each) => this.scalingOf(each));
    return first && others.every((other) => other && this.isSameScaling(first, other)) ? first : undefined;
  }

  setIntegers(name: ValueName, integers: Integers): void {
    if (name !== '') this.#integers.set(name, integers);
  }

  /** True if two pairs of scale and zero point are equal, by name or by value. */
  isSameScaling(own: Scaling, other: Scaling): boolean {
    return this.isSameConstant(own.scale, other.scale) && this.#isSameZero(own.zeroPoint, other.zeroPoint);
  }

  isSameConstant(own: ValueName, other: ValueName): boolean {
    if (own === other) return true;
    const [first, second] = [this.constant(own), this.constant(other)];
    if (!first || !second || elementCount(first) !== elementCount(second)) return false;
    if (isFloat(first) && isFloat(second)) {
      const numbers = readFloat32(second);
      return readFloat32(first).every((value, at) => value === numbers[at]);
    }
    if (first.dataType !== second.dataType) return false;
    const bytes = tensorBytes(second);
    return tensorBytes(first).every((byte, at) => byte === bytes[at]);
  }

  #isSameZero(own: ValueName, other: ValueName): boolean {
    return own === other || this.isSameConstant(own, other) || (this.isZero(own) && this.isZero(other));
  }

  /** True for a zero point that is left out or all zeros. */
  isZero(name: ValueName): boolean {
    if (name === '') return true;
    const tensor = this.constant(name);
    return tensor !== undefined && tensorBytes(tensor).every((byte) => byte === 0);
  }

  /**
   * The name of the float32 value of integers with this scaling.
   * @param wanted the name of the restored value, if it is a weight of this graph that is not restored yet.
   */
  async floatsOf(
    integers: Integers,
    scaling: Scaling & Partial<Pick<LinearScaling, 'axis' | 'blockSize'>>,
    wanted?: ValueName,
  ): Promise<ValueName | Obstacle> {
    if (integers.kind === 'values') {
      return this.isSameScaling(integers.scaling, scaling)
        ? integers.floats()
        : new Obstacle('Its integers are read with another scale or zero point than they were quantized with.');
    }
    const scale = this.constant(scaling.scale);
    if (integers.kind === 'moved') {
      return scale && elementCount(scale) !== 1
        ? new Obstacle('Its weight is moved before it is scaled per channel.')
        : integers.scope.#floatsOfMoved(integers, scaling);
    }
    if (!scale) return computedScale;
    const zeroPoint = this.constant(scaling.zeroPoint);
    if (!zeroPoint && scaling.zeroPoint !== '') return new Obstacle('Its zero point is computed at run time.');
    return this.weight(integers, { axis: 1, ...scaling, scale, zeroPoint }, wanted);
  }

  /** The name of a weight as float32, restored once for each scaling. */
  async weight(
    { name, tensor, scope }: Extract<Integers, { kind: 'constant' }>,
    scaling: Omit<LinearScaling, 'zeroPoint'> & { readonly zeroPoint?: Tensor | undefined },
    wanted?: ValueName,
  ): Promise<ValueName | Obstacle> {
    const { scale, zeroPoint, axis, blockSize = 0 } = scaling;
    const numbers = linearNumbers(tensor, { scale, axis, blockSize, ...(zeroPoint && { zeroPoint }) });
    if (typeof numbers === 'string') return new Obstacle(numbers);
    const key = `linear ${scope.#idOf(scale)} ${zeroPoint ? scope.#idOf(zeroPoint) : ''} ${axis} ${blockSize}`;
    return scope.addWeight({ tensor, key, base: name, numbers }, this === scope ? wanted : undefined);
  }

  /** Adds a float32 tensor in the graph of its integers, once for each tensor and key. */
  async addWeight(
    {
      tensor,
      key,
      base,
      numbers,
    }: { readonly tensor: Tensor; readonly key: string; readonly base: ValueName; readonly numbers: RestoredNumbers },
    wanted?: ValueName,
  ): Promise<ValueName> {
    const known = this.#weights.get(tensor) ?? new Map<string, ValueName>();
    this.#weights.set(tensor, known);
    const before = known.get(key);
    if (before !== undefined) return before;
    const name = wanted ?? this.editor.freshValueName(base.replace(/_quantized$|_Q\d$/, '') || 'weight');
    this.addConstant(await this.shared.tensors.create(name, numbers));
    known.set(key, name);
    this.shared.restored.add(base);
    return name;
  }

  addConstant(tensor: Tensor): void {
    if (this.shared.isOldFile) this.editor.append([constantNode(tensor.name!, tensor)]);
    else this.editor.addInitializer(tensor);
  }

  #idOf(tensor: Tensor): number {
    const id = this.#ids.get(tensor) ?? this.#ids.size;
    this.#ids.set(tensor, id);
    return id;
  }

  async #floatsOfMoved(
    { node, output, of }: Extract<Integers, { kind: 'moved' }>,
    scaling: Scaling,
  ): Promise<ValueName | Obstacle> {
    const forms = this.#moved.get(node) ?? new Map<string, readonly ValueName[]>();
    this.#moved.set(node, forms);
    const key = `${scaling.scale} ${scaling.zeroPoint}`;
    const known = forms.get(key)?.[output];
    if (known !== undefined) return known;
    const inputs = [...node.inputs];
    for (const [index, integers] of of) {
      const floats = await this.floatsOf(integers, scaling);
      if (floats instanceof Obstacle) return floats;
      inputs[index] = floats;
    }
    const outputs = node.outputs.map((name) => (name === '' ? '' : this.editor.freshValueName(`${name}_float`)));
    const name = node.name ? this.editor.freshNodeName(`${node.name}_float`) : '';
    this.editor.append([{ ...node, ...(name && { name }), inputs, outputs }]);
    forms.set(key, outputs);
    return outputs[output]!;
  }

  /** The meaning of quantized float values, which are read unrounded. If their integers keep out negatives, the floats are bounded at 0. */
  quantizedValues(floats: ValueName, scaling: Scaling, mayBeNegative: boolean): Integers {
    let bounded: ValueName | undefined;
    return {
      kind: 'values',
      scaling,
      floats: () => (bounded ??= mayBeNegative ? this.#bound(floats, scaling) : floats),
    };
  }

  /** True if the zero point is the least integer of its type, which keeps negative numbers out. Left out it is a uint8 0. */
  keepsOutNegatives(zeroPoint: ValueName): boolean {
    if (zeroPoint === '') return true;
    const tensor = this.constant(zeroPoint);
    if (!tensor || !holdsCodes(tensor)) return false;
    const { least } = codeRange(tensor.dataType!);
    return readCodes(tensor).every((zero) => zero === least);
  }

  producer(name: ValueName): Node | undefined {
    return this.editor.producer(name);
  }

  #bound(floats: ValueName, { scale, zeroPoint }: Scaling): ValueName {
    const constant = this.constant(scale);
    if (!constant || !this.keepsOutNegatives(zeroPoint)) return floats;
    const bounded = this.editor.freshValueName(`${floats}_bounded`);
    const most = absorbedBound(constant, this.constant(zeroPoint)?.dataType ?? DataType.uint8);
    if (most === undefined) this.editor.append([createNode('Relu', '', [floats], [bounded])]);
    else this.editor.append([this.#clip(floats, bounded, most)]);
    return bounded;
  }

  #clip(from: ValueName, to: ValueName, most: number): Node {
    if (this.shared.opset < 11) {
      const attributes = [floatAttribute('min', 0), floatAttribute('max', most)];
      return { opType: 'Clip', inputs: [from], outputs: [to], attributes };
    }
    const bounds = [0, most].map((value) => {
      const name = this.editor.freshValueName(`${to}_${value === 0 ? 'least' : 'most'}`);
      this.addConstant({ ...floatTensor([], Float32Array.of(value)), name });
      return name;
    });
    return createNode('Clip', '', [from, ...bounds], [to]);
  }

  /** The only reader of a value in this graph; `undefined` if the value has more readers or is an output. */
  onlyReader(name: ValueName): Node | undefined {
    const readers = this.readers.get(name) ?? [];
    return readers.length === 1 ? readers[0] : undefined;
  }
}

/** The upper bound of a Relu6 or hard sigmoid, if the range of the integers ends there. Other ends come from calibration. */
function absorbedBound(scale: Tensor, type: number): number | undefined {
  const { least, most } = codeRange(type);
  const end = readFloat32(scale)[0]! * (most - least);
  return [6, 1].find((bound) => Math.abs(end - bound) < 0.01 * bound);
}
