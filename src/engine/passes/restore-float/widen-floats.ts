/** Converts float16 and bfloat16 of a model to float32: tensors, types of values, and types in attributes. */
import { weightNumbers } from '../../analysis/weights/weight-numbers';
import { asUint16 } from '../../onnx/byte-views';
import { DataType, type DataTypeCode } from '../../onnx/data-type';
import type { Attribute, Graph, Model, Node, Tensor, ValueInfo, ValueType } from '../../onnx/graph';
import { bfloat16ToFloat32, float16ToFloat32 } from '../../onnx/half-float';
import { mapShared } from '../../onnx/map-shared';
import { mapTensors } from '../../onnx/map-tensors';
import { withSubgraphs } from '../../onnx/subgraphs';
import { elementCount, expectedSizeBytes, readFloat32, storedSource } from '../../onnx/tensor';
import type { WorkMeter } from '../work-meter';
import { float32Source } from './restored-weights';

/** Attributes whose number names a type. */
const typeAttributes: ReadonlySet<string | undefined> = new Set(['to', 'dtype', 'output_dtype', 'softmax_precision']);

export interface WidenedModel {
  readonly model: Model;
  /** The number of converted tensors. */
  readonly tensors: number;
  /** Names of tensors with infinite numbers or NaN: masks, or numbers that overflowed when they were stored. */
  readonly overflowed: readonly string[];
}

/** The same model object if it holds no float16 and no bfloat16. The meter counts the numbers of converted tensors. */
export async function widenFloats(model: Model, meter: WorkMeter): Promise<WidenedModel> {
  const narrow: Tensor[] = [];
  const widened = mapTensors(model, (tensor) => {
    if (!isNarrow(tensor)) return tensor;
    narrow.push(tensor);
    return asFloat32Tensor(tensor);
  });
  const overflowed: string[] = [];
  for (const tensor of narrow) if (await hasInfinite(tensor, meter)) overflowed.push(tensor.name ?? '');
  const graph = widened.graph && widenGraph(widened.graph);
  const functions = mapShared(widened.functions, (entry) => {
    const nodes = mapShared(entry.nodes, widenNode);
    return nodes === entry.nodes ? entry : { ...entry, nodes };
  });
  const isSame = graph === widened.graph && functions === widened.functions;
  return { model: isSame ? widened : { ...widened, graph, functions }, tensors: narrow.length, overflowed };
}

function isNarrowType(type: DataTypeCode | undefined): boolean {
  return type === DataType.float16 || type === DataType.bfloat16;
}

export function isNarrow({ dataType }: Tensor): boolean {
  return isNarrowType(dataType);
}

function widenGraph(graph: Graph): Graph {
  const nodes = mapShared(graph.nodes, widenNode);
  const [inputs, outputs, valueInfos] = [graph.inputs, graph.outputs, graph.valueInfos].map((infos) =>
    mapShared(infos, widenInfo),
  );
  const isSame =
    nodes === graph.nodes && inputs === graph.inputs && outputs === graph.outputs && valueInfos === graph.valueInfos;
  return isSame ? graph : { ...graph, nodes, inputs: inputs!, outputs: outputs!, valueInfos: valueInfos! };
}

function widenNode(node: Node): Node {
  const inside = withSubgraphs(node, widenGraph);
  const attributes = mapShared(inside.attributes, widenAttribute);
  return attributes === inside.attributes ? inside : { ...inside, attributes };
}

function widenAttribute(attribute: Attribute): Attribute {
  const { name, i, typeProto } = attribute;
  if (typeAttributes.has(name) && i !== undefined && isNarrowType(Number(i))) {
    return { ...attribute, i: BigInt(DataType.float32) };
  }
  const type = typeProto && widenType(typeProto);
  return type === typeProto ? attribute : { ...attribute, typeProto: type! };
}

function widenInfo(info: ValueInfo): ValueInfo {
  const type = info.type && widenType(info.type);
  return type === info.type ? info : { ...info, type: type! };
}

function widenType(type: ValueType): ValueType {
  const element = type.element && widenType(type.element);
  if (element !== type.element) return { ...type, element: element! };
  return isNarrowType(type.elementType) ? { ...type, elementType: DataType.float32 } : type;
}

/** The numbers are computed whenever they are read, which is exact and takes hardly longer than reading. */
function asFloat32Tensor(tensor: Tensor): Tensor {
  const { name, dims } = tensor;
  const source = storedSource(tensor);
  const isRaw = source !== undefined && source.sizeBytes === expectedSizeBytes(tensor);
  const convert = tensor.dataType === DataType.float16 ? float16ToFloat32 : bfloat16ToFloat32;
  let whole: Float32Array | undefined;
  const between = (from: number, to: number): Float32Array =>
    isRaw ? convert(asUint16(source.read(2 * from, 2 * to))) : (whole ??= readFloat32(tensor)).subarray(from, to);
  const rawData = float32Source(between, elementCount(tensor));
  return { ...(name !== undefined && { name }), dataType: DataType.float32, dims, rawData };
}

async function hasInfinite(tensor: Tensor, meter: WorkMeter): Promise<boolean> {
  let found = false;
  for (const part of weightNumbers(tensor)) {
    for (let at = 0; at < part.length; at += 1) found ||= !Number.isFinite(part[at]);
    await meter.advance(part.length);
  }
  return found;
}
