/**
 * Predicts how providers will run the model that a recipe writes, from the operators that its steps put into the model.
 */
import { describePlacement, describeRefusal } from '../analysis/describe-placement';
import type { InspectedNode, Inspection } from '../analysis/inspection';
import type { Device, ExecutionProvider } from '../metrics/cell';
import { ownValue } from '../own-value';
import { DataType, type DataTypeCode } from '../onnx/data-type';
import { webgpuSupport, webnnRefusal } from '../onnx/ops/registry';
import { isDefaultDomain, MICROSOFT_DOMAIN } from '../onnx/traverse';
import type { OptionValues } from '../passes/option-spec';
import { resolveOptions } from '../passes/options';
import { takenOpTypes } from '../passes/quantize/dynamic/dynamic-options';
import { areShortEqualRows } from '../passes/quantize/dynamic/short-equal-rows';
import type { StaticOptions } from '../passes/quantize/static/static-options';
import { findPass } from '../passes/registry';
import type { Recipe } from './recipe';
import type { ValueName } from '../onnx/graph';
import { type MarkedGraph, markValues } from '../passes/quantize/static/static-marks';
import { floatNodes, schemeOf } from '../passes/quantize/static/static-scheme';
import { LinkedNodes } from '../passes/quantize/static/value-graph';

/**
 * Predicts which values `quantize-static` will turn into integers. It marks them with the rules of the pass, from the
 * graph of an inspection.
 */
interface ForeseenValues {
  /** Each has a QuantizeLinear of its own. */
  readonly count: number;
  /** The number of these values that a caller feeds. */
  readonly fed: number;
}

/**
 * Ranges are unknown here. The prediction assumes that asymmetric integers absorb a Relu, and that a Clip cuts off at
 * zero. Returns no values if the options have no effect.
 * @param isFolded a BatchNormalization after a Conv is part of the Conv when the pass runs.
 */
function foreseeStaticValues(
  { nodes, inputs, outputs }: Pick<Inspection, 'nodes' | 'inputs' | 'outputs'>,
  options: StaticOptions,
  isFolded: boolean,
): ForeseenValues {
  const scheme = schemeOf(options);
  if ('code' in scheme) return { count: 0, fed: 0 };
  const main = nodes.filter(({ inBody }) => !inBody);
  const graph = new InspectedGraph(isFolded ? withoutNormalization(main) : main, inputs, outputs);
  const [include, exclude] = [new Set(options.include), new Set([...options.exclude, ...floatNodes(options)])];
  const selected = graph.nodes.filter(({ name = '', opType = '', domain }) => {
    const isWanted = scheme.operators?.has(opType) ?? true;
    const isTaken = include.size > 0 ? include.has(name) : (options.opTypes as readonly string[]).includes(opType);
    return isDefaultDomain(domain) && isWanted && isTaken && !exclude.has(name);
  });
  const bounds = selected.map((node) => (node.opType === 'Clip' ? { ...node, opType: 'Relu' } : node));
  const startsAtZero = () => !scheme.activation.symmetric;
  const { marks } = markValues(bounds, { graph, scheme: { ...scheme, perChannel: false }, startsAtZero });
  return { count: marks.size, fed: [...marks.keys()].filter((name) => graph.isInput(name)).length };
}

/** Constants are values that no node computes and nobody feeds. No range is known or needed for them. */
class InspectedGraph extends LinkedNodes implements MarkedGraph {
  constructor(nodes: readonly InspectedNode[], inputs: Inspection['inputs'], outputs: Inspection['outputs']) {
    const asNodes = nodes.map(({ op, name, domain, inputs: read, outputs: made }) => {
      return { opType: op, name, domain, inputs: read, outputs: made, attributes: [] };
    });
    super({ nodes: asNodes, inputs, outputs });
  }

  constant(): undefined {
    return undefined;
  }

  isFloat(name: ValueName): boolean {
    return this.isInput(name) || this.producer(name) !== undefined;
  }
}

function withoutNormalization(nodes: readonly InspectedNode[]): readonly InspectedNode[] {
  const convolved = new Set(nodes.flatMap(({ op, outputs }) => (op === 'Conv' ? outputs : [])));
  const folded = nodes.filter(({ op, inputs }) => op === 'BatchNormalization' && convolved.has(inputs[0] ?? ''));
  const names = new Map(folded.map(({ inputs, outputs }) => [inputs[0]!, outputs[0]!]));
  return nodes
    .filter((node) => !folded.includes(node))
    .map((node) => ({ ...node, outputs: node.outputs.map((name) => names.get(name) ?? name) }));
}

/** An operator that a step writes, `nodes` times or about so. */
interface AddedOperator {
  readonly op: string;
  readonly domain: string;
  readonly type: DataTypeCode;
  readonly nodes: number;
  /** Values that each of them takes from the GPU and gives back; absent if neighbors leave, too. */
  readonly copies?: number;
}

/**
 * Time of a node in one thread of WASM relative to the float operator, if it was measured to be longer.
 * (onnxruntime-web 1.30, minimum of 31 turns: six layers of 3×3 convolutions, and of products with 512 columns.)
 */
const wasmTimes: ReadonlyMap<string, number> = new Map([
  ['ConvInteger', 6.5],
  ['MatMulNBits', 1.2],
]);

/** Operators on floats, and on integers. */
const float = (op: string, nodes: number, copies: number): AddedOperator => ({
  op,
  domain: '',
  type: DataType.float32,
  nodes,
  copies,
});
const integer = (op: string, nodes: number, rest: Partial<AddedOperator> = {}): AddedOperator => ({
  op,
  domain: '',
  type: DataType.uint8,
  nodes,
  ...rest,
});

/** Nodes with weights of these operators, as far as the options take them. */
type Chooser = (...ops: readonly string[]) => readonly InspectedNode[];

type Model = Pick<Inspection, 'nodes' | 'inputs' | 'outputs' | 'opsets' | 'providers' | 'values'>;

/** @param isSimplified the model is by then. */
type Writer = (options: OptionValues, taken: Chooser, model: Model, isSimplified: boolean) => readonly AddedOperator[];

const writesStatic: Writer = (options, taken, model, isSimplified) => {
  if (options['format'] === 'qoperator') {
    return [
      integer('QLinearConv', taken('Conv').length),
      integer('QLinearMatMul', taken('MatMul').length),
      integer('QGemm', taken('Gemm').length, { domain: MICROSOFT_DOMAIN }),
    ];
  }
  const { count: values, fed } = foreseeStaticValues(model, options as unknown as StaticOptions, isSimplified);
  // The copies are the float, unless a caller feeds it, and the integers that DequantizeLinear reads.
  return [float('QuantizeLinear', values - fed, 2), float('QuantizeLinear', fed, 1)];
};

const writesDynamic: Writer = (options, taken, model) => {
  const products = taken('MatMul', 'Gemm');
  const convolutions = taken('Conv').length;
  const perToken = options['activations'] === 'per-token' ? products.filter(hasScalePerRow(model)).length : 0;
  return [
    // The copies are the float and its scale. The integers stay with the product, which returns its sums.
    float('DynamicQuantizeLinear', products.length - perToken + convolutions, 2),
    // Scales of tokens are calculated at their use.
    float('QuantizeLinear', perToken, 1),
    integer('MatMulInteger', products.length, { copies: 1 }),
    integer('ConvInteger', convolutions, { copies: 1 }),
  ];
};

/** True of a product whose rows are not known to share one scale. */
function hasScalePerRow({ nodes, values }: Pick<Model, 'nodes' | 'values'>): (product: InspectedNode) => boolean {
  const makers = new Map(nodes.flatMap(({ op, outputs }) => outputs.map((name) => [name, op] as const)));
  return ({ inputs: [input = ''] }) => {
    const columns = ownValue(values, input)?.shape?.at(-1);
    return !areShortEqualRows(makers.get(input), typeof columns === 'number' ? columns : Infinity);
  };
}

const writesWeights: Writer = (options, taken) => {
  if (options['form'] !== 'matmul-nbits') return [];
  return [
    { op: 'MatMulNBits', domain: MICROSOFT_DOMAIN, type: DataType.float32, nodes: taken('MatMul', 'Gemm').length },
  ];
};

/** The operators that each pass writes. Other passes get no prediction. */
const writers: ReadonlyMap<string, Writer> = new Map([
  ['quantize-static', writesStatic],
  ['quantize-dynamic', writesDynamic],
  ['quantize-weights', writesWeights],
]);

/**
 * Returns sentences about the cost of the enabled steps of a recipe on WebGPU, WebNN and WASM, from the tables that
 * predict placement. Providers that will not load the variant are included too. Returns none if no node is known to
 * leave its provider or to be slower.
 * @param device absent while it is unknown.
 */
export function foreseeProviders(recipe: Recipe, model: Model, device?: Pick<Device, 'webgpu'>): readonly string[] {
  const opset = model.opsets.find(({ domain }) => isDefaultDomain(domain))?.version ?? 1;
  const steps = recipe.steps.filter(({ enabled }) => enabled);
  const added = steps.flatMap((step, at) => {
    const pass = findPass(step.pass);
    const writer = writers.get(step.pass);
    if (!pass || !writer) return [];
    const options = resolveOptions(pass, step.options);
    const isSimplified = steps.slice(0, at).some(({ pass: earlier }) => earlier === 'simplify');
    const written = writer(options, chooserOf(model.nodes, options), model, isSimplified);
    return written.filter((operator) => operator.nodes > 0);
  });
  const standard = atLeastStandard(opset);
  const webgpu = added.filter(({ op, domain, type }) => {
    const version = domain === '' ? standard : 1;
    return webgpuSupport({ domain, opType: op, opset: version, inputTypes: [type] }) === 'leaves';
  });
  const webnn = added.filter(({ op, domain }) => isUnknownToWebnn(op, domain, standard));
  const slow = added.filter(({ op }) => wasmTimes.has(op)).map(({ op }) => op);
  const refusal = foreseeRefusal(recipe, 'webgpu', device?.webgpu);
  const { refused } = model.providers;
  return [
    ...(refused ? [describeRefusal(refused)] : []),
    ...(refusal === undefined ? [] : [refusal]),
    ...describeLeaving('WebGPU', webgpu),
    ...describeLeaving('WebNN', webnn),
    ...[...new Set(slow)].map((op) => `On WASM, ${op} takes about ${wasmTimes.get(op)}× as long as in float32.`),
  ];
}

/**
 * The reason why a provider of this device will not load the variant of a recipe, as a sentence; `undefined` if no
 * reason is known.
 */
export function foreseeRefusal(
  { steps }: Recipe,
  ep: ExecutionProvider,
  webgpu?: Device['webgpu'],
): string | undefined {
  const needsFloat16 = steps.some(({ pass, enabled }) => enabled && pass === 'convert-float16');
  if (ep !== 'webgpu' || !needsFloat16 || webgpu?.f16 !== false) return undefined;
  return 'WebGPU on this device has no float16, so the variant will not load there.';
}

/** Returns no sentence if no node leaves. */
function describeLeaving(provider: string, leaving: readonly AddedOperator[]): readonly string[] {
  const nodes = leaving.flatMap(({ op, nodes: count }) =>
    Array.from({ length: count }, () => ({ op, reason: 'no kernel' })),
  );
  if (nodes.length === 0) return [];
  const copies = leaving.some((operator) => operator.copies === undefined)
    ? 0
    : leaving.reduce((sum, { nodes: count, copies: each = 0 }) => sum + count * each, 0);
  return [describePlacement(provider, nodes, [], [], copies === 0 ? 0 : `about ${copies}`)];
}

/** Sizes, which WebNN asks for as well, are known only of a model. */
function isUnknownToWebnn(op: string, domain: string, opset: number): boolean {
  const sized = { shape: [] };
  const request = { domain, opType: op, inputs: [sized], outputs: [sized], isConstant: () => true };
  return webnnRefusal({ ...request, opset: domain === '' ? opset : 1 }) === 'no operator';
}

/** Steps convert older models. */
function atLeastStandard(opset: number): number {
  return Math.max(opset, 13);
}

function chooserOf(nodes: readonly InspectedNode[], options: OptionValues): Chooser {
  const opTypes = options['opTypes'];
  const taken = Array.isArray(opTypes) ? takenOpTypes(opTypes as readonly string[]) : undefined;
  const names = (key: string): ReadonlySet<string> => new Set(options[key] as readonly string[] | undefined);
  const [include, exclude] = [names('include'), names('exclude')];
  return (...ops) =>
    nodes.filter(
      ({ op, name, parameters, sharedParameters = 0, inBody }) =>
        ops.includes(op) &&
        !inBody &&
        parameters + sharedParameters > 0 &&
        !exclude.has(name) &&
        (include.size > 0 ? include.has(name) : (taken?.has(op) ?? true)),
    );
}
