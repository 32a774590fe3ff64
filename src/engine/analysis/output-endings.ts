/** Finds how a graph computes its outputs: the last operator that decides what they hold. */
import type { OutputEnding } from '../metrics/output-kind';
import type { Graph, Node, ValueName } from '../onnx/graph';
import { getAttributeInt } from '../onnx/traverse';

/** Operators that change the shape, the type or the place of values. */
const passing = new Set([
  'Cast',
  'CastLike',
  'DequantizeLinear',
  'Dropout',
  'Flatten',
  'Identity',
  'QuantizeLinear',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);
/** Operators that scale or shift a value by a constant: a bias, a temperature. */
const affine = new Set(['Add', 'Sub', 'Mul', 'Div']);

const forms = new Map<string, OutputEnding['form']>([
  ['Softmax', 'softmax'],
  ['LogSoftmax', 'log-softmax'],
  ['Sigmoid', 'sigmoid'],
  ['HardSigmoid', 'sigmoid'],
  ['LpNormalization', 'unit-length'],
  ['LayerNormalization', 'normalization'],
  ['SkipLayerNormalization', 'normalization'],
  ['SimplifiedLayerNormalization', 'normalization'],
  ['RMSNormalization', 'normalization'],
  ['ReduceMean', 'pooled'],
  ['ReduceMax', 'pooled'],
  ['ReduceSum', 'pooled'],
  ['GlobalAveragePool', 'pooled'],
  ['GlobalMaxPool', 'pooled'],
  ['Gather', 'pooled'],
  ['GatherND', 'pooled'],
  ['Slice', 'pooled'],
  ['Conv', 'convolution'],
  ['ConvInteger', 'convolution'],
  ['ConvTranspose', 'convolution'],
  ['QLinearConv', 'convolution'],
  ['Resize', 'convolution'],
  ['Upsample', 'convolution'],
  ['DepthToSpace', 'convolution'],
  ['TreeEnsembleClassifier', 'classifier'],
  ['LinearClassifier', 'classifier'],
  ['SVMClassifier', 'classifier'],
  ['TreeEnsembleRegressor', 'regressor'],
  ['LinearRegressor', 'regressor'],
  ['SVMRegressor', 'regressor'],
]);

/** Operators that multiply, with the weights of a layer on one side. */
const products = new Set([
  'Einsum',
  'FusedMatMul',
  'Gemm',
  'MatMul',
  'MatMulInteger',
  'MatMulNBits',
  'QGemm',
  'QLinearMatMul',
]);
const integerProducts = new Set(['MatMulInteger', 'ConvInteger']);

/** Longer ends are no ends. */
const mostSteps = 32;
/** A length is computed from its vector in fewer. */
const mostLengthSteps = 6;
/** Weights are dequantized, cast and transposed at most. */
const mostConstantSteps = 4;

/** Returns the endings by the name of the output. Graphs inside nodes and outputs that no node computes are left out. */
export function outputEndings(graph: Graph): Readonly<Record<string, OutputEnding>> {
  const ends = new EndFinder(graph);
  return Object.fromEntries(
    graph.outputs.flatMap(({ name = '' }) => {
      const ending = ends.endingOf(name);
      return ending === undefined ? [] : [[name, ending] as const];
    }),
  );
}

class EndFinder {
  readonly #producers: ReadonlyMap<ValueName, Node>;
  readonly #constants: ReadonlySet<ValueName>;

  constructor({ nodes, initializers }: Graph) {
    this.#producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    this.#constants = new Set(initializers.map(({ name = '' }) => name));
  }

  endingOf(output: ValueName): OutputEnding | undefined {
    let name = output;
    for (let step = 0; step < mostSteps; step++) {
      const node = this.#producers.get(name);
      if (node === undefined) return undefined;
      const before = this.#seenThrough(node);
      if (before === undefined) return this.#ending(node);
      name = before;
    }
    return undefined;
  }

  /** Returns the value whose shape, type or scale alone a node changes. */
  #seenThrough(node: Node): ValueName | undefined {
    const { opType = '', inputs } = node;
    if (passing.has(opType) || opType === 'BatchNormalization') return inputs[0];
    if (!affine.has(opType)) return undefined;
    const [first = '', second = ''] = inputs;
    if (this.#isConstant(second)) return first;
    if (this.#isConstant(first) && opType !== 'Div') return second;
    // The output of an integer product is scaled by a factor that each run computes.
    return opType === 'Mul' ? [first, second].find((name) => this.#isOfIntegers(name)) : undefined;
  }

  #ending(node: Node): OutputEnding {
    const { opType: op = '', inputs } = node;
    if (products.has(op)) return { op, form: inputs.some((name) => this.#isConstant(name)) ? 'linear' : 'other' };
    if (op === 'Div') return { op, form: this.#formOfDivision(inputs) };
    const form = forms.get(op) ?? 'other';
    const axis = form === 'softmax' || form === 'log-softmax' ? getAttributeInt(node, 'axis') : undefined;
    return { op, form, ...(axis !== undefined && { axis }) };
  }

  /** A constant, also one that is stored as integers or in another order. */
  #isConstant(name: ValueName, steps = mostConstantSteps): boolean {
    if (name === '') return false;
    if (this.#constants.has(name)) return true;
    const node = this.#producers.get(name);
    if (node?.opType === 'Constant') return true;
    if (node === undefined || steps === 0 || !passing.has(node.opType ?? '')) return false;
    return node.inputs.every((each) => each === '' || this.#isConstant(each, steps - 1));
  }

  #isOfIntegers(name: ValueName): boolean {
    const node = this.#producers.get(name);
    const source = node?.opType === 'Cast' ? this.#producers.get(node.inputs[0] ?? '') : node;
    return integerProducts.has(source?.opType ?? '');
  }

  /** Derives the form from the divisor: a length, the sum of exponentials, a standard deviation, or a count of masked places. */
  #formOfDivision([dividend = '', divisor = '']: readonly ValueName[]): OutputEnding['form'] {
    const ops = this.#opsBehind(divisor);
    if (ops.includes('ReduceL2')) return 'unit-length';
    const isRoot = ops.includes('Sqrt') || ops.includes('Pow');
    if (isRoot && (ops.includes('ReduceSum') || ops.includes('ReduceSumSquare'))) return 'unit-length';
    if (isRoot && ops.includes('ReduceMean')) return 'normalization';
    const above = this.#producers.get(dividend)?.opType;
    if (above === 'Exp' && ops.includes('ReduceSum')) return 'softmax';
    return above === 'ReduceSum' ? 'pooled' : 'other';
  }

  /** Operators from a divisor back, up to the first that sums up. */
  #opsBehind(name: ValueName): readonly string[] {
    const ops: string[] = [];
    let next: ValueName | undefined = name;
    for (let step = 0; step < mostLengthSteps && next !== undefined; step++) {
      const node: Node | undefined = this.#producers.get(next);
      if (node === undefined) break;
      ops.push(node.opType ?? '');
      if (node.opType?.startsWith('Reduce') === true) break;
      next = node.inputs.find((input) => !this.#isConstant(input));
    }
    return ops;
  }
}
