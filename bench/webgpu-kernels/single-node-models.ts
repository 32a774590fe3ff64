/** Models of one node each, made from the node tests of the onnx package: with other operator sets and element types. */
import { unzipSync } from 'fflate';
import { intAttribute } from '../../src/engine/onnx/attributes';
import { MemorySource } from '../../src/engine/onnx/byte-source';
import { decodeModel } from '../../src/engine/onnx/codec/decode';
import { DataType, dataTypeName, type DataTypeCode, type DataTypeName } from '../../src/engine/onnx/data-type';
import type { Model, Tensor, ValueInfo } from '../../src/engine/onnx/graph';
import { defaultOpsetVersion, getAttributeInt, isDefaultDomain } from '../../src/engine/onnx/traverse';

/** One entry of the table: `+` or `-` of a type at an operator set. */
export interface Row {
  readonly op: string;
  readonly type: string;
  readonly opset: number;
}

/** The runtime refuses files that are newer, whatever is in them. */
const newestIrVersion = 13n;

/** The models of the corpus that hold one node of ONNX itself. */
export function singleNodeModels(archive: Uint8Array): readonly Model[] {
  const files = unzipSync(archive);
  const { models } = JSON.parse(new TextDecoder().decode(files['corpus.json'])) as {
    readonly models: readonly { readonly bytes: number }[];
  };
  let offset = 0;
  const decoded = models.map(({ bytes }) => {
    const model = decodeModel(new MemorySource(files['models.bin']!.subarray(offset, offset + bytes)));
    offset += bytes;
    return model.irVersion! > newestIrVersion ? { ...model, irVersion: newestIrVersion } : model;
  });
  return decoded.filter(({ graph }) => graph!.nodes.length === 1 && isDefaultDomain(graph!.nodes[0]!.domain));
}

/** The row that the model is a test of, keyed like the table (see `webgpuSupport`). */
export function rowOf(model: Model): Row {
  const [node] = model.graph!.nodes;
  const type = (input: number) => dataTypeName(typeOf(model, node!.inputs[input] ?? '') ?? 0);
  const keys: Readonly<Record<string, () => string>> = {
    Where: () => type(1),
    Pow: () => `${type(0)}^${type(1)}`,
    Cast: () => `${type(0)}>${dataTypeName(getAttributeInt(node!, 'to') ?? 0)}`,
  };
  const op = node!.opType!;
  return { op, type: Object.hasOwn(keys, op) ? keys[op]!() : type(0), opset: Number(defaultOpsetVersion(model)) };
}

function typeOf({ graph }: Model, name: string): DataTypeCode | undefined {
  const tensor = graph!.initializers.find((entry) => entry.name === name);
  return (tensor?.dataType ?? graph!.inputs.find((input) => input.name === name)?.type?.elementType) as DataTypeCode;
}

/** The model as one that says something about the row; `undefined` if its types cannot be replaced. */
export function asRow(model: Model, { type, opset }: Row): Model | undefined {
  const own = rowOf(model);
  const opsetImports = model.opsetImports.map((entry) =>
    isDefaultDomain(entry.domain) ? { ...entry, version: BigInt(opset) } : entry,
  );
  const separator = /[>^]/.exec(type)?.[0];
  if (separator === undefined) return replaceTypes({ ...model, opsetImports }, new Map([[own.type, type]]));
  const [from, to] = [own.type.split(separator), type.split(separator)];
  const [node] = model.graph!.nodes;
  if (own.op === 'Cast') return withCast({ ...model, opsetImports }, to as [string, string]);
  const [base, exponent] = node!.inputs;
  const byName = new Map([
    [base!, to[0]!],
    [exponent!, to[1]!],
    [node!.outputs[0]!, to[0]!],
  ]);
  return from.length === to.length ? retype({ ...model, opsetImports }, (name) => byName.get(name)) : undefined;
}

function withCast(model: Model, [from, to]: readonly [string, string]): Model | undefined {
  const [node] = model.graph!.nodes;
  const attributes = [intAttribute('to', DataType[to as DataTypeName])];
  const retyped = retype(model, (name) => (node!.outputs[0] === name ? to : from));
  return retyped && { ...retyped, graph: { ...retyped.graph!, nodes: [{ ...node!, attributes }] } };
}

/** Every value of one type becomes one of another. */
function replaceTypes(model: Model, replaced: ReadonlyMap<string, string>): Model | undefined {
  const types = new Map(
    [...model.graph!.inputs, ...model.graph!.outputs].map(({ name, type }) => [name, type?.elementType]),
  );
  return retype(model, (name) => {
    const code = types.get(name) ?? typeOf(model, name);
    return code === undefined ? undefined : replaced.get(dataTypeName(code as DataTypeCode));
  });
}

function retype(model: Model, typeFor: (name: string) => string | undefined): Model | undefined {
  const graph = model.graph!;
  const wanted = (name: string | undefined) =>
    DataType[(typeFor(name ?? '') ?? '') as DataTypeName] as DataTypeCode | undefined;
  const retypeInfo = (info: ValueInfo): ValueInfo => {
    const elementType = wanted(info.name);
    return elementType === undefined ? info : { ...info, type: { ...info.type!, elementType } };
  };
  // The values of a constant of another type would have to be converted.
  const isKept = ({ name, dataType }: Tensor) => (wanted(name) ?? dataType) === dataType;
  if (!graph.initializers.every(isKept)) return undefined;
  return {
    ...model,
    graph: { ...graph, inputs: graph.inputs.map(retypeInfo), outputs: graph.outputs.map(retypeInfo), valueInfos: [] },
  };
}
