/** float16 and bfloat16 of a model as float32: tensors, types of values, and what attributes say of types. */
import { asUint16, bytesOf } from '../../onnx/byte-views';
import { ComputedSource } from '../../onnx/byte-source';
import { DataType, type DataTypeCode } from '../../onnx/data-type';
import type { Attribute, Graph, Model, Node, Tensor, ValueInfo, ValueType } from '../../onnx/graph';
import { bfloat16ToFloat32, float16ToFloat32 } from '../../onnx/half-float';
import { mapShared } from '../../onnx/map-shared';
import { mapTensors } from '../../onnx/map-tensors';
import { withSubgraphs } from '../../onnx/subgraphs';
import { elementCount, expectedSizeBytes, readFloat32, storedSource } from '../../onnx/tensor';

/** Attributes whose number names a type. */
const typeAttributes: ReadonlySet<string | undefined> = new Set(['to', 'dtype', 'output_dtype', 'softmax_precision']);

export interface WidenedModel {
  readonly model: Model;
  readonly tensors: number;
  /** Names of tensors with infinite or undefined numbers, which float16 could not hold when they were stored. */
  readonly overflowed: readonly string[];
}

/** The same model object where it holds no float16 and no bfloat16. */
export function widenFloats(model: Model): WidenedModel {
  let tensors = 0;
  const overflowed: string[] = [];
  const widened = mapTensors(model, (tensor) => {
    if (!isNarrow(tensor.dataType)) return tensor;
    tensors += 1;
    if (hasInfinite(tensor)) overflowed.push(tensor.name ?? '');
    return asFloat32Tensor(tensor);
  });
  const graph = widened.graph && widenGraph(widened.graph);
  const functions = mapShared(widened.functions, (entry) => {
    const nodes = mapShared(entry.nodes, widenNode);
    return nodes === entry.nodes ? entry : { ...entry, nodes };
  });
  const isSame = graph === widened.graph && functions === widened.functions;
  return { model: isSame ? widened : { ...widened, graph, functions }, tensors, overflowed };
}

function isNarrow(type: DataTypeCode | undefined): boolean {
  return type === DataType.float16 || type === DataType.bfloat16;
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
  if (typeAttributes.has(name) && i !== undefined && isNarrow(Number(i))) {
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
  return isNarrow(type.elementType) ? { ...type, elementType: DataType.float32 } : type;
}

/** Computed whenever it is read, which is exact and takes hardly longer than reading. */
function asFloat32Tensor(tensor: Tensor): Tensor {
  const { name, dims } = tensor;
  const count = elementCount(tensor);
  const source = storedSource(tensor);
  const isRaw = source !== undefined && source.sizeBytes === expectedSizeBytes(tensor);
  const convert = tensor.dataType === DataType.float16 ? float16ToFloat32 : bfloat16ToFloat32;
  const between = (from: number, to: number): Float32Array =>
    isRaw ? convert(asUint16(source.read(2 * from, 2 * to))) : readFloat32(tensor).subarray(from, to);
  const rawData = new ComputedSource(
    (start, end) => {
      const first = Math.floor(start / 4);
      return bytesOf(between(first, Math.ceil(end / 4))).subarray(start - 4 * first, end - 4 * first);
    },
    0,
    4 * count,
  );
  return { ...(name !== undefined && { name }), dataType: DataType.float32, dims, rawData };
}

/** Masks are meant to be infinite; small lists of numbers are looked at as weights are, since nothing tells them apart. */
function hasInfinite(tensor: Tensor): boolean {
  return readFloat32(tensor).some((value) => !Number.isFinite(value));
}
