/** Puts quantized weights into a model: the nodes that read whole numbers, and the tensors that they read. */
import { intAttribute } from '../../../onnx/attributes';
import { DataType } from '../../../onnx/data-type';
import type { GraphEditor, ModelEditor } from '../../../onnx/edit';
import type { Node, Tensor, ValueName } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { MICROSOFT_DOMAIN, type NodeVisit, type Scope } from '../../../onnx/traverse';
import { castNode, createMicrosoftNode, createNode } from '../node-builders';
import type { PlannedLayer } from './layer-plan';
import { dequantizeAxis, type StoredWeight } from './weight-storage';

/** A value that a node reads, and what it reads instead. */
interface ReplacedInput {
  readonly node: Node;
  readonly graph: GraphEditor;
  readonly input: number;
  readonly name: ValueName;
}

export class LayerRewriter {
  readonly #editor: ModelEditor;
  /** What stands in the file once for all nodes that read the weight in this form. */
  readonly #shared = new Map<Tensor, Map<string, readonly ValueName[]>>();
  readonly #inputs = new Map<Node, { readonly graph: GraphEditor; readonly names: Map<number, ValueName> }>();
  #needsMicrosoft = false;

  constructor(editor: ModelEditor) {
    this.#editor = editor;
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

  /** Tells in words what the layer has become. */
  rewrite(planned: PlannedLayer, stored: StoredWeight): string {
    switch (planned.form) {
      case 'dequantize':
        return this.#dequantize(planned, stored);
      case 'matmul-nbits':
        return this.#multiply(planned, stored);
      case 'gather-rows':
        return this.#gatherRows(planned, stored);
      case 'gather-blocks':
        return this.#gatherBlocks(planned, stored);
    }
  }

  /** To be called once, after all layers. */
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
    // Beside the weight, not in a body that reads it: ONNX Runtime looks for the numbers in the graph of the node alone.
    const [name] = this.#once(planned, 'dequantize', (store, base) => {
      const inputs = this.#store(store, base, stored, toolNames('_DQ', grid.bits));
      const keepsShape = stored.values.dims.length === weight.tensor.dims.length;
      const matrix = store.freshValueName(`${inputs[0]!}_output`);
      const output = keepsShape ? matrix : store.freshValueName(`${base}_dequantized`);
      const nodeName = store.freshNodeName(`${visit.node.name || base}_DQ_Q${grid.bits}`);
      const anchor = nodeWithin(visit, weight.scope);
      const attributes = dequantizeAxis(planned);
      store.insertBefore(anchor, [createNode('DequantizeLinear', nodeName, inputs, [matrix], { ...attributes })]);
      if (!keepsShape) {
        const dims = this.#list(store, `${base}_shape`, weight.tensor.dims);
        const reshape = createNode('Reshape', store.freshNodeName(`${base}_Reshape`), [matrix, dims], [output]);
        store.insertBefore(anchor, [reshape]);
      }
      return [output];
    });
    this.#replaceInput({ node: visit.node, graph, input, name: name! });
    return `Reads a weight of ${describeGrid(grid, shape.columns)}`;
  }

  #multiply(planned: PlannedLayer, weight: StoredWeight): string {
    const { layer, grid } = planned;
    const { node } = layer.visit;
    const { rows, columns } = layer.shape;
    const graph = this.graphOf(planned);
    const stored = this.#once(planned, 'MatMulNBits', (store, base) =>
      this.#store(store, base, weight, toolNames('', grid.bits)),
    );
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
    const [table = '', scale = ''] = this.#once(planned, 'rows', (store, base) => this.#store(store, base, stored));
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

  #gatherBlocks(planned: PlannedLayer, weight: StoredWeight): string {
    const { layer, grid } = planned;
    const { node } = layer.visit;
    const graph = this.graphOf(planned);
    const stored = this.#once(planned, 'GatherBlockQuantized', (store, base) =>
      this.#store(store, base, weight, toolNames('', grid.bits)),
    );
    const [values = '', ...scaleAndZeroPoint] = stored;
    const attributes = [
      intAttribute('bits', grid.bits),
      intAttribute('block_size', grid.blockSize),
      intAttribute('gather_axis', 0),
      intAttribute('quantize_axis', 1),
    ];
    const inputs = [values, node.inputs[1] ?? '', ...scaleAndZeroPoint];
    this.#needsMicrosoft = true;
    const name = node.name ? graph.freshNodeName(`${node.name}_Q${grid.bits}`) : '';
    graph.replaceNode(node, [createMicrosoftNode('GatherBlockQuantized', name, inputs, node.outputs, attributes)]);
    return `Reads rows of ${describeGrid(grid, layer.shape.columns)}`;
  }

  /** Names of values, scale and zero point, in the order in which operators read them. */
  #store(
    store: GraphEditor,
    base: string,
    { values, scale, zeroPoint }: StoredWeight,
    suffixes: Readonly<Record<keyof StoredWeight, string>> = ownNames,
  ): readonly ValueName[] {
    const add = (tensor: Tensor, suffix: string): ValueName => {
      const name = store.freshValueName(`${base}${suffix}`);
      store.addInitializer({ ...tensor, name });
      return name;
    };
    const names = [add(values, suffixes.values), add(scale, suffixes.scale)];
    return zeroPoint ? [...names, add(zeroPoint, suffixes.zeroPoint)] : names;
  }

  /** Names of what was added for a weight in this form, which is done once. It stands where the weight stood. */
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

  #list(store: GraphEditor, base: string, values: readonly bigint[]): ValueName {
    const name = store.freshValueName(base);
    const bytes = BigInt64Array.from(values);
    store.addInitializer(createTensor({ name, dataType: DataType.int64, dims: [values.length], bytes }));
    return name;
  }
}

const ownNames = { values: '_quantized', scale: '_scale', zeroPoint: '_zero_point' };

/** What ONNX Runtime's MatMulNBitsQuantizer puts behind the name of a weight, as QOperator or, with `_DQ`, as QDQ. */
function toolNames(form: '' | '_DQ', bits: number): Readonly<Record<keyof StoredWeight, string>> {
  return { values: `${form}_Q${bits}`, scale: `${form}_scales`, zeroPoint: `${form}_zero_points` };
}

/** The node of `scope` in whose bodies a node stands, or itself. */
function nodeWithin({ node, scope: own }: NodeVisit, scope: Scope): Node {
  let anchor = node;
  for (let at = own; at.graph !== scope.graph && at.parent; at = at.parent.scope) anchor = at.parent.node;
  return anchor;
}

/** `4-bit numbers, a scale for 32`. */
function describeGrid({ bits, blockSize }: PlannedLayer['grid'], columns: number): string {
  return `${bits}-bit numbers, a scale for ${blockSize === 0 || blockSize >= columns ? 'each channel' : blockSize}`;
}
