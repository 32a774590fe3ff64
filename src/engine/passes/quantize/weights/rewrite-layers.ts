/** Puts quantized weights into a model: the nodes that read whole numbers, and the tensors that they read. */
import { intAttribute, intsAttribute } from '../../../onnx/attributes';
import { DataType } from '../../../onnx/data-type';
import type { GraphEditor, ModelEditor } from '../../../onnx/edit';
import type { Node, Tensor, ValueName } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { MICROSOFT_DOMAIN, type NodeVisit, type Scope } from '../../../onnx/traverse';
import { castNode, createMicrosoftNode, createNode } from '../../../onnx/create-node';
import { storedShapeOf, type PlannedLayer } from './layer-plan';
import { dequantizeAxis, type StoredWeight } from './weight-storage';
import type { WeightsOptions } from './weights-options';

/** A value that a node reads, and its replacement. */
interface ReplacedInput {
  readonly node: Node;
  readonly graph: GraphEditor;
  readonly input: number;
  readonly name: ValueName;
}

export class LayerRewriter {
  readonly #editor: ModelEditor;
  /** Initializers that all nodes share that read the weight in this form. */
  readonly #shared = new Map<Tensor, Map<string, readonly ValueName[]>>();
  readonly #inputs = new Map<Node, { readonly graph: GraphEditor; readonly names: Map<number, ValueName> }>();
  /** Lists of sizes that stand in the file, by graph. */
  readonly #dims = new Map<GraphEditor, Map<string, ValueName>>();
  readonly #form: WeightsOptions['form'];
  readonly #accuracyLevel: WeightsOptions['accuracyLevel'];
  #stored = 0;
  #needsMicrosoft = false;

  /**
   * @param form as the options ask for it. If it is named there, names are those of ONNX Runtime's tool, otherwise
   *   short.
   */
  constructor(editor: ModelEditor, { form, accuracyLevel }: Pick<WeightsOptions, 'form' | 'accuracyLevel'>) {
    this.#editor = editor;
    this.#form = form;
    this.#accuracyLevel = accuracyLevel;
  }

  /** Gives a node another input; of one node, several may be replaced. */
  #replaceInput({ node, graph, input, name }: ReplacedInput): void {
    const entry = this.#inputs.get(node) ?? { graph, names: new Map<number, ValueName>() };
    this.#inputs.set(node, entry);
    entry.names.set(input, name);
  }

  graphOf({ layer }: PlannedLayer): GraphEditor {
    return this.#editor.editorOf(layer.visit.scope.graph!);
  }

  /** Rewrites a layer, and describes its new form in words. */
  rewrite(planned: PlannedLayer, stored: StoredWeight): string {
    switch (planned.form) {
      case 'dequantize':
        return this.#dequantize(planned, stored);
      case 'matmul-nbits':
        return this.#multiply(planned, stored);
      case 'gather-rows':
        return this.#gatherRows(planned, stored);
      case 'gather-blocks':
        return this.#gatherBlocks(planned, stored, 'GatherBlockQuantized');
      case 'gather-tied':
        return `${this.#gatherBlocks(planned, stored, 'MatMulNBits')}, shared with the product`;
    }
  }

  /** Finishes the rewrite. It is called once, after all layers. */
  finish(): void {
    for (const [node, { graph, names }] of this.#inputs) {
      graph.replaceNode(node, [this.#withInputs(node, names)]);
    }
    if (this.#needsMicrosoft) this.#editor.requireOpset(MICROSOFT_DOMAIN, 1n);
  }

  #withInputs(node: Node, names: ReadonlyMap<number, ValueName>): Node {
    return { ...node, inputs: node.inputs.map((name, at) => names.get(at) ?? name) };
  }

  #dequantize(planned: PlannedLayer, stored: StoredWeight): string {
    const { layer, grid } = planned;
    const { visit, weight, input, shape } = layer;
    const graph = this.graphOf(planned);
    // The node is placed beside the weight, not in a body that reads it. ONNX Runtime looks for the numbers only in the
    // graph of the node.
    const [name] = this.#once(planned, 'dequantize', (store, base) => {
      const stems = this.#stems(base, '_DQ', grid.bits);
      const inputs = this.#store(store, stored, stems);
      const keepsShape = stored.values.dims.length === weight.tensor.dims.length;
      const takesName = this.#form === 'auto' && weight.consumers.length === 1 && store.removeConstant(base);
      const whole = (stem: string): ValueName => (takesName ? base : store.freshValueName(stem));
      const output = keepsShape ? whole(`${inputs[0]!}_output`) : whole(`${base}_dequantized`);
      const matrix = keepsShape ? output : store.freshValueName(`${inputs[0]!}_output`);
      const nodeName = store.freshNodeName(
        this.#form === 'auto' ? `${inputs[0]!}_DQ` : `${visit.node.name || base}_DQ_Q${grid.bits}`,
      );
      const anchor = nodeWithin(visit, weight.scope);
      const attributes = dequantizeAxis(planned);
      store.insertBefore(anchor, [createNode('DequantizeLinear', nodeName, inputs, [matrix], { ...attributes })]);
      if (!keepsShape) store.insertBefore(anchor, this.#shaped(store, planned, nodeName, [matrix, output]));
      return [output];
    });
    if (name !== weight.name) this.#replaceInput({ node: visit.node, graph, input, name: name! });
    return `Reads a weight of ${describeGrid(grid, shape.columns)}`;
  }

  /** Nodes that restore the weight from the matrix in the file. */
  #shaped(
    store: GraphEditor,
    planned: PlannedLayer,
    stem: string,
    [matrix, output]: readonly [ValueName, ValueName],
  ): readonly Node[] {
    const { tensor } = planned.layer.weight;
    const reshape = (dims: readonly bigint[], to: ValueName): Node =>
      createNode('Reshape', store.freshNodeName(`${stem}_Reshape`), [matrix, this.#dimsIn(store, dims)], [to]);
    if (storedShapeOf(planned).storedBy === planned.layer.shape.storedBy) return [reshape(tensor.dims, output)];
    const [inputs = 0n, outputs = 0n, ...kernel] = tensor.dims;
    const turned = store.freshValueName(`${matrix}_reshaped`);
    const perm = intsAttribute('perm', [1, 0, ...kernel.map((_, axis) => axis + 2)]);
    const transpose = createNode('Transpose', store.freshNodeName(`${stem}_Transpose`), [turned], [output]);
    return [reshape([outputs, inputs, ...kernel], turned), { ...transpose, attributes: [perm] }];
  }

  #multiply(planned: PlannedLayer, weight: StoredWeight): string {
    const { layer, grid } = planned;
    const { node } = layer.visit;
    const { rows, columns } = layer.shape;
    const graph = this.graphOf(planned);
    const stored = this.#storedFor(planned, weight, 'MatMulNBits');
    const { inputs } = this.#withInputs(node, this.#inputs.get(node)?.names ?? new Map());
    // The node itself goes, with the inputs that it was to have.
    this.#inputs.delete(node);
    const [input = '', , bias = ''] = inputs;
    const [output = ''] = node.outputs;
    const product = bias ? graph.freshValueName(`${output}_product`) : output;
    const attributes = [
      intAttribute('K', columns),
      intAttribute('N', rows),
      intAttribute('bits', grid.bits),
      intAttribute('block_size', grid.blockSize),
      ...(this.#accuracyLevel === 'unset' ? [] : [intAttribute('accuracy_level', Number(this.#accuracyLevel))]),
    ];
    const name = node.name ? graph.freshNodeName(`${node.name}_Q${grid.bits}`) : '';
    this.#needsMicrosoft = true;
    graph.replaceNode(node, [
      createMicrosoftNode('MatMulNBits', name, [input, ...stored], [product], attributes),
      ...(bias
        ? [createNode('Add', node.name ? graph.freshNodeName(`${node.name}_Add`) : '', [product, bias], [output])]
        : []),
    ]);
    return `Multiplies with a weight of ${describeGrid(grid, columns)}`;
  }

  #gatherRows(planned: PlannedLayer, stored: StoredWeight): string {
    const { layer, grid } = planned;
    const { node } = layer.visit;
    const graph = this.graphOf(planned);
    const dataType = layer.weight.tensor.dataType!;
    const [table = '', scale = ''] = this.#storedFor(planned, stored, 'rows');
    const [output = ''] = node.outputs;
    const indices = node.inputs[1] ?? '';
    const fresh = (suffix: string): ValueName => graph.freshValueName(`${output}_${suffix}`);
    const [codes, floats, scales] = [fresh('quantized'), fresh('float'), fresh('scale')];
    const named = (suffix: string): string => (node.name ? graph.freshNodeName(`${node.name}_${suffix}`) : '');
    graph.replaceNode(node, [
      { ...node, inputs: [table, indices], outputs: [codes] },
      castNode(named('cast'), codes, floats, dataType),
      { ...node, name: named('scale'), inputs: [scale, indices], outputs: [scales] },
      createNode('Mul', named('Mul'), [floats, scales], [output]),
    ]);
    return `Reads rows of ${describeGrid(grid, layer.shape.columns)}`;
  }

  /** Names of the stored tensors, which readers of one kind share. */
  #storedFor(planned: PlannedLayer, weight: StoredWeight, form: 'rows' | 'GatherBlockQuantized' | 'MatMulNBits') {
    return this.#once(planned, form, (store, base) =>
      this.#store(store, weight, this.#stems(base, '', planned.grid.bits)),
    );
  }

  /** @param reader the operator that the tensors are stored for. */
  #gatherBlocks(planned: PlannedLayer, weight: StoredWeight, reader: 'GatherBlockQuantized' | 'MatMulNBits'): string {
    const { layer, grid } = planned;
    const { node } = layer.visit;
    const graph = this.graphOf(planned);
    const stored = this.#storedFor(planned, weight, reader);
    const [shared = '', ...scaleAndZeroPoint] = stored;
    const isTied = reader === 'MatMulNBits';
    const values = isTied ? graph.freshValueName(`${shared}_rows`) : shared;
    // The same bytes in rows: the runtime turns one into the other once, at load.
    const dims = [BigInt(layer.shape.rows), BigInt((layer.shape.columns * grid.bits) / 8)];
    const reshape = isTied
      ? [createNode('Reshape', derivedName(graph, node, 'Reshape'), [shared, this.#dimsIn(graph, dims)], [values])]
      : [];
    const attributes = [
      intAttribute('bits', grid.bits),
      intAttribute('block_size', grid.blockSize),
      intAttribute('gather_axis', 0),
      intAttribute('quantize_axis', 1),
    ];
    const inputs = [values, node.inputs[1] ?? '', ...scaleAndZeroPoint];
    this.#needsMicrosoft = true;
    const name = node.name ? graph.freshNodeName(`${node.name}_Q${grid.bits}`) : '';
    const gather = createMicrosoftNode('GatherBlockQuantized', name, inputs, node.outputs, attributes);
    graph.replaceNode(node, [...reshape, gather]);
    return `Reads rows of ${describeGrid(grid, layer.shape.columns)}`;
  }

  /**
   * The prefixes of the names of a weight's tensors. They are `q7`, `s7` and `z7` in the form `auto`, because long names take more bytes
   * than scales in small models. Otherwise they are the weight's name with the suffixes of ONNX Runtime's
   * MatMulNBitsQuantizer, as QOperator or, with `_DQ`, as QDQ.
   */
  #stems(base: string, form: '' | '_DQ', bits: number): Readonly<Record<keyof StoredWeight, string>> {
    this.#stored += 1;
    return this.#form === 'auto'
      ? { values: `q${this.#stored}`, scale: `s${this.#stored}`, zeroPoint: `z${this.#stored}` }
      : {
          values: `${base}${form}_Q${bits}`,
          scale: `${base}${form}_scales`,
          zeroPoint: `${base}${form}_zero_points`,
        };
  }

  /** Names of values, scale and zero point, in the order in which operators read them. */
  #store(
    store: GraphEditor,
    { values, scale, zeroPoint }: StoredWeight,
    stems: Readonly<Record<keyof StoredWeight, string>>,
  ): readonly ValueName[] {
    const add = (tensor: Tensor, stem: string): ValueName => {
      const name = store.freshValueName(stem);
      store.addInitializer({ ...tensor, name });
      return name;
    };
    const names = [add(values, stems.values), add(scale, stems.scale)];
    return zeroPoint ? [...names, add(zeroPoint, stems.zeroPoint)] : names;
  }

  /**
   * Names of the tensors that were added for a weight in this form, which is done once. It takes the place of the
   * weight.
   */
  #once(
    { layer: { weight }, grid }: PlannedLayer,
    form: string,
    add: (store: GraphEditor, base: string) => readonly ValueName[],
  ): readonly ValueName[] {
    const forms = this.#shared.get(weight.tensor) ?? new Map<string, readonly ValueName[]>();
    this.#shared.set(weight.tensor, forms);
    const key = `${form} ${grid.bits} ${grid.blockSize} ${grid.symmetric}`;
    const names = forms.get(key) ?? add(this.#editor.editorOf(weight.scope.graph!), weight.name);
    forms.set(key, names);
    return names;
  }

  /** The name of a list of sizes, once for all that are shaped alike. */
  #dimsIn(store: GraphEditor, dims: readonly bigint[]): ValueName {
    const known = this.#dims.get(store) ?? new Map<string, ValueName>();
    this.#dims.set(store, known);
    const key = dims.join(' ');
    const name = known.get(key) ?? store.freshValueName('dims');
    if (known.has(key)) return name;
    known.set(key, name);
    const bytes = BigInt64Array.from(dims);
    store.addInitializer(createTensor({ name, dataType: DataType.int64, dims: [dims.length], bytes }));
    return name;
  }
}

function derivedName(graph: GraphEditor, node: Node, suffix: string): string {
  return node.name ? graph.freshNodeName(`${node.name}_${suffix}`) : '';
}

/** The node of `scope` in whose bodies a node stands, or itself. */
function nodeWithin({ node, scope: own }: NodeVisit, scope: Scope): Node {
  let anchor = node;
  for (let at = own; at.graph !== scope.graph && at.parent; at = at.parent.scope) anchor = at.parent.node;
  return anchor;
}

/** `4-bit numbers, a scale for 32`. */
function describeGrid({ bits, blockSize }: PlannedLayer['grid'], columns: number): string {
  return `${bits}-bit numbers, one scale per ${blockSize === 0 || blockSize >= columns ? 'channel' : blockSize}`;
}
