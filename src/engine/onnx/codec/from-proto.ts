/** onnx-proto's messages → the model in memory. */
import type Long from 'long';
import {
  type Attribute,
  AttributeType,
  type Graph,
  type Model,
  type ModelFunction,
  type Node,
  type OpsetImport,
  type QuantizationAnnotation,
  type SparseTensor,
  type StringEntry,
  type Tensor,
  type TrainingInfo,
  type ValueInfo,
} from '../graph';
import { toBigint } from './long-bigint';
import type { onnx } from 'onnx-proto';
import type { TensorPayload } from './tensor-payload';
import type { Dimension, Shape, UnknownFields, ValueType } from '../graph';
import type { Kept } from './proto';

/** Makes the model of a decoded skeleton; `payloads` are the tensors' data that the scanner cut out. */
export function modelFromProto(message: onnx.IModelProto, payloads: readonly TensorPayload[]): Model {
  return new ModelReader(payloads).model(message);
}

function integer<M extends object, K extends keyof M>(message: M, key: K): bigint | undefined {
  const value = present(message, key);
  return value === undefined ? undefined : toBigint(value as unknown as Long);
}

const integers = (values: unknown): bigint[] => ((values ?? []) as Long[]).map(toBigint);

class ModelReader {
  readonly #payloads: readonly TensorPayload[];

  constructor(payloads: readonly TensorPayload[]) {
    this.#payloads = payloads;
  }

  model(message: onnx.IModelProto): Model {
    const graph = present(message, 'graph');
    return {
      irVersion: integer(message, 'irVersion'),
      opsetImports: (message.opsetImport ?? []).map(opsetImport),
      producerName: present(message, 'producerName'),
      producerVersion: present(message, 'producerVersion'),
      domain: present(message, 'domain'),
      modelVersion: integer(message, 'modelVersion'),
      docString: present(message, 'docString'),
      graph: graph && this.#graph(graph),
      metadata: (message.metadataProps ?? []).map(stringEntry),
      training: (message.trainingInfo ?? []).map((training) => this.#training(training)),
      functions: (message.functions ?? []).map((entry) => this.#function(entry)),
      unknownFields: unknownOf(message),
    };
  }

  #training(message: onnx.ITrainingInfoProto): TrainingInfo {
    const initialization = present(message, 'initialization');
    const algorithm = present(message, 'algorithm');
    return {
      initialization: initialization && this.#graph(initialization),
      algorithm: algorithm && this.#graph(algorithm),
      initializationBinding: (message.initializationBinding ?? []).map(stringEntry),
      updateBinding: (message.updateBinding ?? []).map(stringEntry),
      unknownFields: unknownOf(message),
    };
  }

  #function(message: onnx.IFunctionProto): ModelFunction {
    return {
      name: present(message, 'name'),
      domain: present(message, 'domain'),
      inputs: message.input ?? [],
      outputs: message.output ?? [],
      attributes: message.attribute ?? [],
      nodes: (message.node ?? []).map((node) => this.#node(node)),
      docString: present(message, 'docString'),
      opsetImports: (message.opsetImport ?? []).map(opsetImport),
      unknownFields: unknownOf(message),
    };
  }

  #graph(message: onnx.IGraphProto): Graph {
    return {
      name: present(message, 'name'),
      nodes: (message.node ?? []).map((node) => this.#node(node)),
      initializers: (message.initializer ?? []).map((tensor) => this.#tensor(tensor)),
      sparseInitializers: (message.sparseInitializer ?? []).map((tensor) => this.#sparseTensor(tensor)),
      docString: present(message, 'docString'),
      inputs: (message.input ?? []).map(valueInfo),
      outputs: (message.output ?? []).map(valueInfo),
      valueInfos: (message.valueInfo ?? []).map(valueInfo),
      quantizationAnnotations: (message.quantizationAnnotation ?? []).map(annotation),
      unknownFields: unknownOf(message),
    };
  }

  #node(message: onnx.INodeProto): Node {
    return {
      name: present(message, 'name'),
      opType: present(message, 'opType'),
      domain: present(message, 'domain'),
      inputs: message.input ?? [],
      outputs: message.output ?? [],
      attributes: (message.attribute ?? []).map((attribute) => this.#attribute(attribute)),
      docString: present(message, 'docString'),
      unknownFields: unknownOf(message),
    };
  }

  #attribute(message: onnx.IAttributeProto): Attribute {
    const type = present(message, 'type');
    const t = present(message, 't');
    const g = present(message, 'g');
    const sparseTensor = present(message, 'sparseTensor');
    const typeProto = present(message, 'tp');
    /** A list that the type names is there even when it is empty: the wire cannot tell. */
    const list = <T>(values: readonly T[] | null | undefined, listType: number): readonly T[] | undefined =>
      values?.length || type === listType ? (values ?? []) : undefined;
    return {
      name: present(message, 'name'),
      refAttrName: present(message, 'refAttrName'),
      docString: present(message, 'docString'),
      type,
      f: present(message, 'f'),
      i: integer(message, 'i'),
      s: present(message, 's'),
      t: t && this.#tensor(t),
      g: g && this.#graph(g),
      sparseTensor: sparseTensor && this.#sparseTensor(sparseTensor),
      typeProto: typeProto && typeFromProto(typeProto),
      floats: list(message.floats, AttributeType.floats),
      ints: list(integers(message.ints), AttributeType.ints),
      strings: list(message.strings, AttributeType.strings),
      tensors: list(message.tensors, AttributeType.tensors)?.map((tensor) => this.#tensor(tensor)),
      graphs: list(message.graphs, AttributeType.graphs)?.map((graph) => this.#graph(graph)),
      sparseTensors: list(message.sparseTensors, AttributeType.sparseTensors)?.map((item) => this.#sparseTensor(item)),
      typeProtos: list(message.typeProtos, AttributeType.typeProtos)?.map(typeFromProto),
      unknownFields: unknownOf(message),
    };
  }

  #tensor(message: onnx.ITensorProto): Tensor {
    const placeholder = present(message, 'rawData');
    const segment = present(message, 'segment');
    return {
      name: present(message, 'name'),
      dims: integers(message.dims),
      dataType: present(message, 'dataType'),
      docString: present(message, 'docString'),
      ...(placeholder && this.#payload(placeholder)),
      stringData: message.stringData?.length ? message.stringData : undefined,
      externalData: message.externalData?.length ? message.externalData.map(stringEntry) : undefined,
      dataLocation: present(message, 'dataLocation'),
      segment: segment && {
        begin: integer(segment, 'begin'),
        end: integer(segment, 'end'),
        unknownFields: unknownOf(segment),
      },
      unknownFields: unknownOf(message),
    };
  }

  #payload(placeholder: Uint8Array): TensorPayload {
    const view = new DataView(placeholder.buffer, placeholder.byteOffset, placeholder.byteLength);
    return this.#payloads[view.getUint32(0, true)]!;
  }

  #sparseTensor(message: onnx.ISparseTensorProto): SparseTensor {
    const values = present(message, 'values');
    const indices = present(message, 'indices');
    return {
      values: values && this.#tensor(values),
      indices: indices && this.#tensor(indices),
      dims: integers(message.dims),
      unknownFields: unknownOf(message),
    };
  }
}

function stringEntry(message: onnx.IStringStringEntryProto): StringEntry {
  return { key: present(message, 'key'), value: present(message, 'value'), unknownFields: unknownOf(message) };
}

function opsetImport(message: onnx.IOperatorSetIdProto): OpsetImport {
  return {
    domain: present(message, 'domain'),
    version: integer(message, 'version'),
    unknownFields: unknownOf(message),
  };
}

function annotation(message: onnx.ITensorAnnotation): QuantizationAnnotation {
  return {
    tensorName: present(message, 'tensorName'),
    parameters: (message.quantParameterTensorNames ?? []).map(stringEntry),
    unknownFields: unknownOf(message),
  };
}

function valueInfo(message: onnx.IValueInfoProto): ValueInfo {
  const type = present(message, 'type');
  return {
    name: present(message, 'name'),
    type: type && typeFromProto(type),
    docString: present(message, 'docString'),
    unknownFields: unknownOf(message),
  };
}

/** A value's type. When a file bends the oneof and fills several kinds, the last one counts, as protobuf says. */
function typeFromProto(message: onnx.ITypeProto): ValueType {
  const outer = { denotation: present(message, 'denotation'), unknownFields: unknownOf(message) };
  const field = lastPresent(message, ['tensorType', 'sparseTensorType', 'sequenceType', 'mapType', 'optionalType']);
  switch (field) {
    case 'tensorType':
    case 'sparseTensorType': {
      const inner = message[field]!;
      const shape = present(inner, 'shape');
      return {
        kind: field === 'tensorType' ? 'tensor' : 'sparseTensor',
        elementType: present(inner, 'elemType'),
        shape: shape && shapeFromProto(shape),
        innerUnknownFields: unknownOf(inner),
        ...outer,
      };
    }
    case 'sequenceType':
    case 'optionalType': {
      const inner = message[field]!;
      const element = present(inner, 'elemType');
      return {
        kind: field === 'sequenceType' ? 'sequence' : 'optional',
        element: element && typeFromProto(element),
        innerUnknownFields: unknownOf(inner),
        ...outer,
      };
    }
    case 'mapType': {
      const inner = message.mapType!;
      const element = present(inner, 'valueType');
      return {
        kind: 'map',
        keyType: present(inner, 'keyType'),
        element: element && typeFromProto(element),
        innerUnknownFields: unknownOf(inner),
        ...outer,
      };
    }
    default:
      return { kind: 'none', ...outer };
  }
}

function shapeFromProto(message: onnx.ITensorShapeProto): Shape {
  return { dimensions: (message.dim ?? []).map(dimensionFromProto), unknownFields: unknownOf(message) };
}

function dimensionFromProto(message: onnx.TensorShapeProto.IDimension): Dimension {
  const rest = { denotation: present(message, 'denotation'), unknownFields: unknownOf(message) };
  switch (lastPresent(message, ['dimValue', 'dimParam'])) {
    case 'dimValue':
      return { size: toBigint(message.dimValue as unknown as Long), ...rest };
    case 'dimParam':
      return { symbol: message.dimParam!, ...rest };
    default:
      return rest;
  }
}

/** Returns the field of a oneof that was decoded last: own properties keep the order in which they were first set. */
function lastPresent<M extends object, K extends keyof M & string>(message: M, keys: readonly K[]): K | undefined {
  return (Object.keys(message) as K[]).filter((key) => keys.includes(key) && message[key] != null).at(-1);
}

/** A field's value when the file has it; onnx-proto's prototypes answer with defaults otherwise. */
function present<M extends object, K extends keyof M>(message: M, key: K): NonNullable<M[K]> | undefined {
  return Object.hasOwn(message, key) ? (message[key] ?? undefined) : undefined;
}

/** The bytes of fields that onnx-proto does not know, recorded on the way in. */
function unknownOf(message: object): UnknownFields {
  return (message as Kept).unknownFields;
}
