/**
 * The state of quantize-dynamic for one graph while it rewrites it: the values that exist in quantized form, with their
 * names. Names, node order and sharing follow ONNX Runtime's tool, so that its fusions recognize the result.
 */
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import type { GraphEditor } from '../../../onnx/edit';
import type { ElementTypes } from '../../../onnx/element-types';
import type { Node, Tensor, ValueName } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { isDefaultDomain } from '../../../onnx/traverse';
import type { AffineOptions } from '../affine';
import type { DynamicOptions } from './dynamic-options';
import { castNode, createNode } from '../../../onnx/create-node';
import { mostSteps, perTokenNodes, type PerTokenValue, type PerTokenWeight } from './per-token-product';
import type { QuantizedWeight, WeightLayout, WeightQuantizer } from './quantize-weight';

/** The names under which a value exists in quantized form. */
export interface QuantizedValue {
  readonly values: ValueName;
  readonly scale: ValueName;
  readonly zeroPoint: ValueName;
  readonly form: QuantizedForm;
  /** The per-token form of a matrix, if its recipe asks for it. */
  readonly perToken?: PerTokenWeight;
}

export interface QuantizedForm {
  readonly type: AffineOptions['type'];
  /** `tensor`: one scale; `columns`: one for each index of the last axis; `lstm`: per direction or row, rearranged. */
  readonly scales: 'tensor' | 'columns' | 'lstm';
}

/** The quantization of a weight. */
export interface WeightRecipe extends WeightLayout {
  readonly form: QuantizedForm;
  /** Dims of scale and zero point: none for one scale. */
  readonly scaleDims: readonly number[];
  /** Dims of the quantized tensor. */
  readonly dims: readonly number[];
  /** The name that derived names start with, when it is not the weight's own. */
  readonly baseName?: (weight: ValueName, editor: GraphEditor) => ValueName;
  /** The matrix multiplies activations with per-token scales. */
  readonly isPerToken?: boolean;
  /** True if a form in which the weight already exists is suitable. */
  accepts(value: Pick<QuantizedValue, 'form' | 'perToken'>): boolean;
}

/** The state that all scopes of one run share. */
export interface QuantizationSession {
  readonly options: DynamicOptions;
  readonly opsetVersion: number;
  readonly types: ElementTypes;
  readonly quantizer: WeightQuantizer;
  /** Weights of nodes that the user excluded: float readers keep the float weight. */
  readonly pinnedWeights: ReadonlySet<Tensor>;
  /** Initializers of the main graph that a caller may override: they are no constants. */
  readonly overridable: ReadonlySet<ValueName>;
}

export class QuantizationScope {
  readonly session: QuantizationSession;
  readonly editor: GraphEditor;
  readonly #outer: { readonly scope: QuantizationScope; readonly owner: Node } | undefined;
  /** Forms in which values of this graph exist, by the name of the float value. A transposed weight has its own. */
  readonly #quantized = new Map<ValueName, QuantizedValue[]>();
  /** Values whose float form exists no more (until somebody needs it). */
  readonly #floatless = new Map<ValueName, QuantizedValue>();
  readonly #scaleProducts = new Map<string, ValueName>();
  readonly #transposedNames = new Map<ValueName, ValueName>();
  readonly #perToken = new Map<ValueName, PerTokenValue>();
  /** Initializers that the new nodes share, by content. */
  readonly #constants = new Map<string, ValueName>();

  /** `owner` is the node of the outer graph that carries this one. */
  constructor(
    session: QuantizationSession,
    editor: GraphEditor,
    outer?: { readonly scope: QuantizationScope; readonly owner: Node },
  ) {
    this.session = session;
    this.editor = editor;
    this.#outer = outer;
  }

  /** The constant of that name, here or in a graph around; also one that only went through Identity, as shared weights do. */
  constant(name: ValueName): Tensor | undefined {
    return this.#constantBehind(name)?.tensor;
  }

  /** True for a weight that a caller may override. */
  isOverridable(name: ValueName): boolean {
    const scope = this.#definer(name);
    return scope !== undefined && scope.#outer === undefined && this.session.overridable.has(name);
  }

  /** The node that computes a value, here or in a graph around. */
  producerOf(name: ValueName): Node | undefined {
    return this.#definer(name)?.editor.producer(name);
  }

  /** The element type of a value, or `fallback` where neither file nor operators tell. */
  elementType(name: ValueName, fallback: DataTypeCode): DataTypeCode {
    return this.session.types.get(this.editor.original, name) ?? fallback;
  }

  /** Every quantized form of a value that this graph defines. */
  quantizedForms(name: ValueName): readonly QuantizedValue[] {
    return this.#quantized.get(name) ?? [];
  }

  /** The quantized form with one scale of a value that already has one. */
  findQuantized(name: ValueName): QuantizedValue | undefined {
    const forms = this.#definer(name)?.quantizedForms(name) ?? [];
    return forms.find((value) => value.form.scales === 'tensor');
  }

  /**
   * Quantizes a constant float weight at its definition, or finds the form that it already has. `undefined` if it holds
   * NaN or infinity.
   */
  async quantizeWeight(name: ValueName, recipe: WeightRecipe): Promise<QuantizedValue | undefined> {
    const found = this.#constantBehind(name);
    if (!found) throw new TypeError(`"${name}" is not a constant.`);
    const { scope, tensor } = found;
    const base = recipe.baseName ? scope.#transposedName(found.name, recipe.baseName) : found.name;
    const existing = scope.#quantized.get(base)?.find((value) => recipe.accepts(value));
    if (existing) return existing;
    const result = await this.session.quantizer.quantize(tensor, recipe);
    if (!result) return undefined;
    let value: QuantizedValue = scope.#addQuantizedWeight(base, recipe, result);
    if (recipe.isPerToken === true) {
      const sums = await this.session.quantizer.sumColumns(result, recipe.dims, recipe.form.type);
      value = { ...value, perToken: scope.#addPerTokenWeight(base, value, recipe, result, sums) };
    }
    scope.#remember(base, value);
    return value;
  }

  /**
   * Returns the quantized form of an activation: the existing one, or else the outputs of a new DynamicQuantizeLinear.
   * The new node is placed before `anchor` (a node of this graph), or in the graph that defines the value. A constant
   * is quantized directly.
   */
  async quantizeActivation(
    name: ValueName,
    anchor: Node,
    fallbackType: DataTypeCode,
  ): Promise<QuantizedValue | undefined> {
    const existing = this.findQuantized(name);
    if (existing) return existing;
    const constant = this.constant(name);
    if (constant) return this.quantizeWeight(name, activationRecipe(constant, this.session.options));
    const definer = this.#definer(name) ?? this;
    const isFloat16 = this.elementType(name, fallbackType) === DataType.float16;
    const value = definer.#addDynamicQuantizeLinear(name, this.#anchorIn(definer, anchor), isFloat16);
    definer.#remember(name, value);
    return value;
  }

  /**
   * The form of an activation with a scale for each row, made once before its first reader, at the definition of the
   * value.
   */
  quantizePerToken(name: ValueName, anchor: Node, fallbackType: DataTypeCode): PerTokenValue {
    this.ensureFloat(name, anchor);
    const definer = this.#definer(name) ?? this;
    const existing = definer.#perToken.get(name);
    if (existing) return existing;
    const { nodes, value } = perTokenNodes(definer, name, this.elementType(name, fallbackType));
    definer.editor.insertBefore(this.#anchorIn(definer, anchor), nodes);
    definer.#perToken.set(name, value);
    return value;
  }

  get opsetVersion(): number {
    return this.session.opsetVersion;
  }

  /** An initializer of this graph that holds one float32, the same for every reader. */
  scalar(value: number): ValueName {
    return this.#shared(`quantization_${String(value)}`, DataType.float32, [], Float32Array.of(value));
  }

  /** An initializer of this graph that holds a list of int64, the same for every reader. */
  integers(values: readonly bigint[]): ValueName {
    return this.#shared(
      `quantization_axes_${values.join('_')}`,
      DataType.int64,
      [values.length],
      BigInt64Array.from(values),
    );
  }

  /** An initializer of this graph that holds the uint8 0, the same for every reader. */
  zero(): ValueName {
    return this.#shared('quantization_zero', DataType.uint8, [], Uint8Array.of(0));
  }

  #shared(stem: string, dataType: DataTypeCode, dims: readonly number[], bytes: ArrayBufferView): ValueName {
    const known = this.#constants.get(stem);
    if (known) return known;
    const name = this.editor.freshValueName(stem);
    this.editor.addInitializer(createTensor({ name, dataType, dims, bytes }));
    this.#constants.set(stem, name);
    return name;
  }

  #addPerTokenWeight(
    base: ValueName,
    { values, zeroPoint, form }: QuantizedValue,
    { scaleDims }: WeightRecipe,
    { scales }: QuantizedWeight,
    sums: Float32Array,
  ): PerTokenWeight {
    const add = (suffix: string, dims: readonly number[], bytes: Float32Array): ValueName => {
      const name = this.editor.freshValueName(`${base}_${suffix}`);
      this.editor.addInitializer(createTensor({ name, dataType: DataType.float32, dims, bytes }));
      return name;
    };
    return {
      values,
      ...(form.type === 'uint8' && { zeroPoint }),
      step: add(
        'step',
        scaleDims,
        Float32Array.from(scales, (scale) => scale / mostSteps),
      ),
      hasOneScale: form.scales === 'tensor',
      columnSums: add('column_sums', [sums.length], sums),
    };
  }

  /** Notes that from now on a value exists in quantized form only: its producer was changed. */
  replaceWithQuantized(name: ValueName, value: QuantizedValue): void {
    this.#remember(name, value);
    this.#floatless.set(name, value);
  }

  /**
   * Makes sure that a float reader at `anchor` finds the value: adds DequantizeLinear where only a quantized form
   * exists. A constant that was quantized earlier is read back from there, so that it is stored once.
   */
  ensureFloat(name: ValueName, anchor: Node): void {
    const definer = this.#definer(name);
    if (!definer) return;
    const floatless = definer.#floatless.get(name);
    if (floatless) {
      definer.#floatless.delete(name);
      definer.editor.insertBefore(this.#anchorIn(definer, anchor), definer.#dequantizeNodes(name, floatless));
    } else if (definer === this) {
      const nodes = this.#takeOverConstant(name);
      if (nodes) this.editor.insertBefore(anchor, nodes);
    }
  }

  /** The same for the graph's outputs, at the end. */
  ensureFloatOutputs(): void {
    for (const { name } of this.editor.original.outputs) {
      if (!name) continue;
      const floatless = this.#floatless.get(name);
      if (!floatless) continue;
      this.#floatless.delete(name);
      this.editor.append(this.#dequantizeNodes(name, floatless));
    }
  }

  /** The product of two scales; nodes without a name share it, as in the tool. */
  scaleProduct(left: QuantizedValue, right: QuantizedValue, nodeName: string): { name: ValueName; nodes: Node[] } {
    const key = `${left.scale}_${right.scale}_mul`;
    const shared = nodeName ? undefined : this.#scaleProducts.get(key);
    if (shared) return { name: shared, nodes: [] };
    const mulName = this.editor.freshNodeName(nodeName ? `${nodeName}_scales_mul` : key);
    const name = this.editor.freshValueName(`${mulName}:0`);
    if (!nodeName) this.#scaleProducts.set(key, name);
    return { name, nodes: [createNode('Mul', mulName, [left.scale, right.scale], [name])] };
  }

  #definer(name: ValueName): QuantizationScope | undefined {
    if (this.editor.defines(name)) return this;
    return this.#outer && this.#outer.scope.#definer(name);
  }

  /** The constant of a value, with the place and the name of its definition. */
  #constantBehind(value: ValueName): { scope: QuantizationScope; name: ValueName; tensor: Tensor } | undefined {
    let name = value;
    for (let scope = this.#definer(name); scope; scope = scope.#definer(name)) {
      const tensor = scope.#ownConstant(name);
      if (tensor) return { scope, name, tensor };
      const producer = scope.editor.producer(name);
      if (producer?.opType !== 'Identity' || !isDefaultDomain(producer.domain)) return undefined;
      name = producer.inputs[0] ?? '';
    }
    return undefined;
  }

  #ownConstant(name: ValueName): Tensor | undefined {
    return this.isOverridable(name) ? undefined : this.editor.constant(name);
  }

  /** The node of an outer graph within which `anchor` lies. */
  #anchorIn(target: QuantizationScope, anchor: Node): Node {
    if (target === this || !this.#outer) return anchor;
    return this.#outer.scope.#anchorIn(target, this.#outer.owner);
  }

  #remember(name: ValueName, value: QuantizedValue): void {
    const list = this.#quantized.get(name);
    if (list) list.push(value);
    else this.#quantized.set(name, [value]);
  }

  #transposedName(name: ValueName, rename: NonNullable<WeightRecipe['baseName']>): ValueName {
    const known = this.#transposedNames.get(name);
    if (known) return known;
    const fresh = rename(name, this.editor);
    this.#transposedNames.set(name, fresh);
    return fresh;
  }

  #freshNames(base: ValueName): Omit<QuantizedValue, 'form'> {
    const values = this.editor.freshValueName(`${base}_quantized`);
    const scale = this.editor.freshValueName(`${base}_scale`);
    const zeroPoint = this.editor.freshValueName(`${base}_zero_point`);
    return { values, scale, zeroPoint };
  }

  #addQuantizedWeight(base: ValueName, recipe: WeightRecipe, result: QuantizedWeight): QuantizedValue {
    const { form, scaleDims } = recipe;
    const names = this.#freshNames(base);
    const dataType = form.type === 'int8' ? DataType.int8 : DataType.uint8;
    const zeroPoints = Uint8Array.from(result.zeroPoints, (value) => value & 0xff);
    // Scales of float16 weights are float16 values, kept as float32, because the integer operators multiply with them.
    this.editor.addInitializer(
      createTensor({ name: names.scale, dataType: DataType.float32, dims: scaleDims, bytes: result.scales }),
    );
    this.editor.addInitializer(createTensor({ name: names.zeroPoint, dataType, dims: scaleDims, bytes: zeroPoints }));
    const dims = recipe.dims.map(BigInt);
    this.editor.addInitializer({ name: names.values, dataType, dims, rawData: result.data });
    return { ...names, form };
  }

  #addDynamicQuantizeLinear(name: ValueName, anchor: Node, isFloat16: boolean): QuantizedValue {
    const names = this.#freshNames(name);
    const nodes: Node[] = [];
    let input = name;
    if (isFloat16) {
      // DynamicQuantizeLinear is defined for float32 alone.
      input = this.editor.freshValueName(`${name}_float32`);
      nodes.push(castNode(this.editor.freshNodeName(`${input}_cast`), name, input, DataType.float32));
    }
    const nodeName = this.editor.freshNodeName(`${name}_QuantizeLinear`);
    nodes.push(createNode('DynamicQuantizeLinear', nodeName, [input], [names.values, names.scale, names.zeroPoint]));
    this.editor.insertBefore(anchor, nodes);
    return { ...names, form: { type: 'uint8', scales: 'tensor' } };
  }

  #dequantizeNodes(name: ValueName, value: QuantizedValue): Node[] {
    const inputs = [value.values, value.scale, value.zeroPoint];
    const nodeName = this.editor.freshNodeName(`${name}_DequantizeLinear`);
    const axis = value.form.scales === 'columns' ? { axis: -1n } : undefined;
    if (this.elementType(name, DataType.float32) !== DataType.float16) {
      return [createNode('DequantizeLinear', nodeName, inputs, [name], axis)];
    }
    const wide = this.editor.freshValueName(`${name}_float32`);
    return [
      createNode('DequantizeLinear', nodeName, inputs, [wide], axis),
      castNode(this.editor.freshNodeName(`${wide}_cast`), wide, name, DataType.float16),
    ];
  }

  /** Nodes that produce a constant's float value from its quantized form, after taking the constant itself away. */
  #takeOverConstant(name: ValueName): Node[] | undefined {
    const tensor = this.#ownConstant(name);
    const value = this.#quantized.get(name)?.find(({ form }) => form.scales !== 'lstm');
    if (!tensor || !value || this.session.pinnedWeights.has(tensor)) return undefined;
    // The float constant stays before opset 13, because DequantizeLinear knows one scale per tensor only.
    if (value.form.scales === 'columns' && this.session.opsetVersion < 13) return undefined;
    if (!this.editor.removeConstant(name)) return undefined;
    return this.#dequantizeNodes(name, value);
  }
}

/** The tool quantizes a constant in the place of an activation like an activation, with one scale. */
export function activationRecipe(tensor: Tensor, options: DynamicOptions): WeightRecipe {
  return {
    affine: options.activation,
    groups: { kind: 'tensor' },
    form: { type: options.activation.type, scales: 'tensor' },
    scaleDims: [],
    dims: tensor.dims.map(Number),
    accepts: ({ form }) => form.scales === 'tensor',
  };
}
