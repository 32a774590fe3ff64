/**
 * Rules of TensorRT's importer and builder for quantized ONNX files. The sources are onnx-tensorrt's importers and operators.md, and the
 * documentation of IQuantizeLayer and IDequantizeLayer, for TensorRT 10 and 11. No engine was built to test them.
 */
import { DataType, dataTypeName, type DataTypeCode } from '../onnx/data-type';
import { inferElementTypes, type ElementTypes } from '../onnx/element-types';
import type { Model, Node, Tensor, ValueName } from '../onnx/graph';
import { isQuantized } from '../onnx/ops/quantized-operators';
import { elementCount, holdsIntegers, readFloat32, tensorBytes } from '../onnx/tensor';
import { canonicalDomain, getAttributeInt, nodesOf, scopes, type NodeVisit, type Scope } from '../onnx/traverse';
import { weights } from '../onnx/weights';

export interface RuleFinding {
  /** The name of the rule that a finding shows: `T5`. */
  readonly rule: string;
  readonly path: string;
  readonly op: string;
  /** True if the engine is not built or computes other outputs; otherwise it is only slower. */
  readonly isFatal: boolean;
  readonly reason: string;
}

/** Operators of integers that the importer does not have. */
const unknownOperators: ReadonlySet<string> = new Set([
  ...['DynamicQuantizeLinear', 'MatMulInteger', 'ConvInteger', 'QLinearConv', 'QLinearMatMul'],
]);
const layers: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
/** TensorRT does these in the kernel of the layer before. */
const fusedActivations: ReadonlySet<string> = new Set(['Relu', 'Clip', 'LeakyRelu', 'Sigmoid', 'Tanh', 'HardSwish']);
const readTypes: ReadonlySet<DataTypeCode> = new Set([DataType.int8, DataType.int4, DataType.float8e4m3fn]);
/** Larger tensors are not checked for scales that are not positive. */
const mostScales = 2 ** 16;

/** "TensorRT refuses 4 nodes (T5 ×3, T6) and is slower at 2 (T12 ×2)." */
export function describeFindings(findings: readonly RuleFinding[]): string {
  const [fatal, slow] = [true, false].map((isFatal) => findings.filter((finding) => finding.isFatal === isFatal));
  const parts = [
    ...(fatal!.length > 0 ? [`refuses ${countNodes(fatal!)} (${countRules(fatal!)})`] : []),
    ...(slow!.length > 0 ? [`is slower at ${countNodes(slow!)} (${countRules(slow!)})`] : []),
  ];
  return parts.length === 0 ? 'TensorRT supports every quantized node.' : `TensorRT ${parts.join(' and ')}.`;
}

function countNodes(findings: readonly RuleFinding[]): string {
  const { size } = new Set(findings.map(({ path }) => path));
  return `${size} ${size === 1 ? 'node' : 'nodes'}`;
}

function countRules(findings: readonly RuleFinding[]): string {
  const rules = [...new Set(findings.map(({ rule }) => rule))];
  const counts = rules.map((rule) => [rule, findings.filter((finding) => finding.rule === rule).length] as const);
  return counts.map(([rule, count]) => (count === 1 ? rule : `${rule} ×${count}`)).join(', ');
}

/**
 * Lists the violations of a quantized model, node by node in file order; none for a float model. It reads scales and zero points, no other
 * weights.
 */
export function checkTensorrtRules(model: Model): readonly RuleFinding[] {
  if (!isQuantized(model)) return [];
  const types = inferElementTypes(model);
  const constants = new Map<string, Map<ValueName, Tensor>>();
  for (const { scope, name, tensor } of weights(model)) {
    const known = constants.get(scope.path) ?? new Map<ValueName, Tensor>();
    constants.set(scope.path, known.set(name, tensor));
  }
  return [...scopes(model)].flatMap((scope) => {
    const checker = new ScopeChecker(scope, constants.get(scope.path) ?? new Map<ValueName, Tensor>(), types);
    return [...nodesOf(scope)].flatMap((visit) => checker.check(visit));
  });
}

type Found = Omit<RuleFinding, 'path' | 'op'>;

const fatal = (rule: string, reason: string): Found => ({ rule, isFatal: true, reason });
const slow = (rule: string, reason: string): Found => ({ rule, isFatal: false, reason });

class ScopeChecker {
  readonly #scope: Scope;
  readonly #constants: ReadonlyMap<ValueName, Tensor>;
  readonly #types: ElementTypes;
  readonly #producers = new Map<ValueName, Node>();
  readonly #readers = new Map<ValueName, Node[]>();

  constructor(scope: Scope, constants: ReadonlyMap<ValueName, Tensor>, types: ElementTypes) {
    this.#scope = scope;
    this.#constants = constants;
    this.#types = types;
    for (const node of scope.nodes) {
      for (const name of node.outputs) this.#producers.set(name, node);
      for (const name of node.inputs) {
        const readers = this.#readers.get(name);
        if (readers) readers.push(node);
        else this.#readers.set(name, [node]);
      }
    }
  }

  check({ node, path }: NodeVisit): readonly RuleFinding[] {
    const op = node.opType ?? '';
    return this.#findings(node, op).map((found) => ({ ...found, path, op }));
  }

  #findings(node: Node, op: string): readonly Found[] {
    const domain = canonicalDomain(node.domain);
    if (unknownOperators.has(op) || domain === 'com.microsoft') {
      return [fatal('T1', `TensorRT does not support the operator ${op}.`)];
    }
    if (domain !== '') return [];
    if (op === 'QuantizeLinear' || op === 'DequantizeLinear') {
      return [...this.#checkScale(node), ...this.#checkIntegers(node, op), ...this.#checkAxis(node, op)];
    }
    return layers.has(op) ? [...this.#checkLayer(node), ...this.#checkPlace(node)] : [];
  }

  #checkScale(node: Node): readonly Found[] {
    const scale = this.#constants.get(node.inputs[1] ?? '');
    if (!scale) {
      const isStored = this.#producers.get(node.inputs[1] ?? '')?.opType === 'Cast';
      return [
        fatal(
          'T2',
          `Its scale is not constant.${isStored ? ' Remove the store-float16 step, or exclude scales.' : ''}`,
        ),
      ];
    }
    if (scale.dims.length > 2) return [fatal('T4', 'Its scale has more than two dimensions.')];
    const isShort = elementCount(scale) <= mostScales && scale.dataType === DataType.float32;
    const isPositive = !isShort || arePositive(readFloat32(scale));
    return isPositive ? [] : [fatal('T3', 'A scale is not above zero.')];
  }

  #checkIntegers(node: Node, op: string): readonly Found[] {
    const zeroPoint = this.#constants.get(node.inputs[2] ?? '');
    const integers = op === 'QuantizeLinear' ? node.outputs[0] : node.inputs[0];
    const type = zeroPoint?.dataType ?? this.#types.get(this.#scope.graph!, integers ?? '');
    if (type === DataType.int32) {
      return [fatal('T7', 'TensorRT does not support int32 biases. They must stay float32 (target tensorrt).')];
    }
    if (type !== undefined && !readTypes.has(type)) {
      const name = dataTypeName(type);
      const what = type === DataType.uint8 ? 'reads uint8 as int8, and saturates at 127' : `does not read ${name}`;
      return [fatal('T5', `TensorRT ${what}. Use int8 (target tensorrt).`)];
    }
    const isZero = !zeroPoint || !holdsIntegers(zeroPoint) || tensorBytes(zeroPoint).every((byte) => byte === 0);
    return isZero ? [] : [fatal('T6', 'Its zero point is not 0, which TensorRT does not support (target tensorrt).')];
  }

  /** One scale for activations, one for each output channel of weights. */
  #checkAxis(node: Node, op: string): readonly Found[] {
    const scale = this.#constants.get(node.inputs[1] ?? '');
    if (!scale || scale.dims.length !== 1 || elementCount(scale) === 1) return [];
    if (!this.#isConstant(node.inputs[0] ?? '')) {
      return [fatal('T10', 'TensorRT supports only one scale per activation.')];
    }
    if (op === 'QuantizeLinear') return [];
    const rank = this.#rankOf(node.inputs[0] ?? '');
    const axis = getAttributeInt(node, 'axis') ?? 1;
    for (const reader of this.#readers.get(node.outputs[0] ?? '') ?? []) {
      if (!layers.has(reader.opType ?? '') || reader.inputs[1] !== node.outputs[0]) continue;
      const wanted = outputAxis(reader, rank);
      if (wanted !== undefined && wanted !== (axis < 0 ? axis + (rank ?? 0) : axis)) {
        return [fatal('T9', 'Its scales are not per output channel.')];
      }
    }
    return [];
  }

  #checkLayer(node: Node): readonly Found[] {
    const [data = false, weight = false] = node.inputs.slice(0, 2).map((name) => this.#isDequantized(name));
    return data === weight ? [] : [slow('T8', 'Only one of its inputs is quantized, so it runs in float32.')];
  }

  /** Integers between a layer and the activation after it keep both from being one kernel. */
  #checkPlace(node: Node): readonly Found[] {
    const after = this.#onlyReader(node.outputs[0]);
    const back = after?.opType === 'QuantizeLinear' ? this.#onlyReader(after.outputs[0]) : undefined;
    const activation = back?.opType === 'DequantizeLinear' ? this.#onlyReader(back.outputs[0]) : undefined;
    if (!activation || !fusedActivations.has(activation.opType ?? '')) return [];
    return [slow('T12', `Its output is quantized before ${activation.opType}, which then runs separately.`)];
  }

  #onlyReader(name: ValueName = ''): Node | undefined {
    const readers = this.#readers.get(name) ?? [];
    return readers.length === 1 ? readers[0] : undefined;
  }

  #isDequantized(name: ValueName): boolean {
    return this.#producers.get(name)?.opType === 'DequantizeLinear';
  }

  /** True for a constant, and for a weight that a QuantizeLinear quantizes when the model is loaded. */
  #isConstant(name: ValueName): boolean {
    const producer = this.#producers.get(name);
    return (
      this.#constants.has(name) || (producer?.opType === 'QuantizeLinear' && this.#isConstant(producer.inputs[0] ?? ''))
    );
  }

  #rankOf(name: ValueName): number | undefined {
    const source = this.#constants.get(name) ?? this.#constants.get(this.#producers.get(name)?.inputs[0] ?? '');
    return source?.dims.length;
  }
}

function outputAxis(layer: Node, rank: number | undefined): number | undefined {
  switch (layer.opType) {
    case 'Conv':
      return 0;
    case 'ConvTranspose':
      return 1;
    case 'Gemm':
      return getAttributeInt(layer, 'transB') === 1 ? 0 : 1;
    default:
      return rank === undefined ? undefined : rank - 1;
  }
}

/** A plain loop is used because a callback for tens of thousands of scales of each weight takes longer than all other checks. */
function arePositive(values: Float32Array): boolean {
  for (let at = 0; at < values.length; at += 1) if (!(values[at]! > 0)) return false;
  return true;
}
