/**
 * The model in memory: a readable mirror of ONNX (onnx.proto, IR 13). Everything is immutable: a change makes a new
 * Model that shares the untouched parts (see `edit.ts`). A field that is `undefined` was absent in the file, and is
 * absent again in the written file. `unknownFields` are the wire bytes (tag and value, concatenated) of fields that
 * `onnx-proto` does not know, such as `metadata_props`. They are written back unchanged.
 */
import type { ByteSource } from './byte-source';
import type { DataTypeCode } from './data-type';

export type ValueName = string;

/** Wire bytes of fields that the decoder does not name. */
export type UnknownFields = Uint8Array | undefined;

export interface StringEntry {
  readonly key?: string;
  readonly value?: string;
  readonly unknownFields?: UnknownFields;
}

export interface OpsetImport {
  /** `undefined` or `''` is the default domain, ai.onnx. */
  readonly domain?: string;
  readonly version?: bigint;
  readonly unknownFields?: UnknownFields;
}

export interface Model {
  readonly irVersion?: bigint;
  readonly opsetImports: readonly OpsetImport[];
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly modelVersion?: bigint;
  readonly docString?: string;
  readonly graph?: Graph;
  readonly metadata: readonly StringEntry[];
  readonly training: readonly TrainingInfo[];
  readonly functions: readonly ModelFunction[];
  readonly unknownFields?: UnknownFields;
}

export interface TrainingInfo {
  readonly initialization?: Graph;
  readonly algorithm?: Graph;
  readonly initializationBinding: readonly StringEntry[];
  readonly updateBinding: readonly StringEntry[];
  readonly unknownFields?: UnknownFields;
}

export interface ModelFunction {
  readonly name?: string;
  readonly domain?: string;
  readonly inputs: readonly ValueName[];
  readonly outputs: readonly ValueName[];
  /** Names of attribute parameters without defaults. Parameters with defaults are in `unknownFields` (attribute_proto). */
  readonly attributes: readonly string[];
  readonly nodes: readonly Node[];
  readonly docString?: string;
  readonly opsetImports: readonly OpsetImport[];
  /** Two fields that older files carry (since_version, status). */
  readonly sinceVersion?: bigint;
  readonly status?: number;
  readonly unknownFields?: UnknownFields;
}

export interface Graph {
  readonly name?: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly Tensor[];
  readonly sparseInitializers: readonly SparseTensor[];
  readonly docString?: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly valueInfos: readonly ValueInfo[];
  readonly quantizationAnnotations: readonly QuantizationAnnotation[];
  readonly unknownFields?: UnknownFields;
}

export interface QuantizationAnnotation {
  readonly tensorName?: string;
  readonly parameters: readonly StringEntry[];
  readonly unknownFields?: UnknownFields;
}

export interface Node {
  readonly name?: string;
  readonly opType?: string;
  /** `undefined` or `''` is the default domain, ai.onnx. */
  readonly domain?: string;
  /** An empty name is an optional input left out. */
  readonly inputs: readonly ValueName[];
  readonly outputs: readonly ValueName[];
  readonly attributes: readonly Attribute[];
  readonly docString?: string;
  /** metadata_props, overload, device_configurations and whatever comes later. */
  readonly unknownFields?: UnknownFields;
}

/** `AttributeProto.AttributeType`. */
export const AttributeType = {
  undefined: 0,
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
  typeProto: 13,
  typeProtos: 14,
} as const;

/** One attribute. The field that `type` names is filled; several may be in files that bend the rules, all are kept. */
export interface Attribute {
  readonly name?: string;
  readonly refAttrName?: string;
  readonly docString?: string;
  readonly type?: number;
  readonly f?: number;
  readonly i?: bigint;
  readonly s?: Uint8Array;
  readonly t?: Tensor;
  readonly g?: Graph;
  readonly sparseTensor?: SparseTensor;
  readonly typeProto?: ValueType;
  readonly floats?: readonly number[];
  readonly ints?: readonly bigint[];
  readonly strings?: readonly Uint8Array[];
  readonly tensors?: readonly Tensor[];
  readonly graphs?: readonly Graph[];
  readonly sparseTensors?: readonly SparseTensor[];
  readonly typeProtos?: readonly ValueType[];
  readonly unknownFields?: UnknownFields;
}

export interface ValueInfo {
  readonly name?: ValueName;
  readonly type?: ValueType;
  readonly docString?: string;
  readonly unknownFields?: UnknownFields;
}

/** A dimension: a size, a symbol ("N"), or `null` when the file says nothing. */
export type Dimension =
  | { readonly size: bigint; readonly denotation?: string; readonly unknownFields?: UnknownFields }
  | { readonly symbol: string; readonly denotation?: string; readonly unknownFields?: UnknownFields }
  | {
      readonly size?: undefined;
      readonly symbol?: undefined;
      readonly denotation?: string;
      readonly unknownFields?: UnknownFields;
    };

export interface Shape {
  readonly dimensions: readonly Dimension[];
  readonly unknownFields?: UnknownFields;
}

export interface ValueType {
  readonly kind: 'tensor' | 'sparseTensor' | 'sequence' | 'map' | 'optional' | 'none';
  /** tensor and sparseTensor */
  readonly elementType?: DataTypeCode;
  /** tensor and sparseTensor. Absent: the rank is unknown. */
  readonly shape?: Shape;
  /** sequence and optional: the element; map: the value. */
  readonly element?: ValueType;
  /** map */
  readonly keyType?: DataTypeCode;
  readonly denotation?: string;
  /** Unknown fields of the inner message (Tensor, Sequence …) and of the TypeProto around it. */
  readonly innerUnknownFields?: UnknownFields;
  readonly unknownFields?: UnknownFields;
}

export interface Tensor {
  readonly name?: string;
  readonly dims: readonly bigint[];
  readonly dataType?: DataTypeCode;
  readonly docString?: string;
  /** Little-endian bytes, row-major. */
  readonly rawData?: ByteSource;
  /** Typed fields, by the wire field that carries them (a float16 tensor may sit in `int32Data`, see onnx.proto). */
  readonly floatData?: Float32Array;
  readonly int32Data?: Int32Array;
  readonly stringData?: readonly Uint8Array[];
  readonly int64Data?: BigInt64Array;
  readonly doubleData?: Float64Array;
  readonly uint64Data?: BigUint64Array;
  /** location, offset, length, checksum … as the file has them. */
  readonly externalData?: readonly StringEntry[];
  /** The external bytes, when the data file is at hand. Never written to the file itself. */
  readonly externalSource?: ByteSource;
  /** 0 default, 1 external. */
  readonly dataLocation?: number;
  readonly segment?: { readonly begin?: bigint; readonly end?: bigint; readonly unknownFields?: UnknownFields };
  readonly unknownFields?: UnknownFields;
}

export interface SparseTensor {
  readonly values?: Tensor;
  readonly indices?: Tensor;
  readonly dims: readonly bigint[];
  readonly unknownFields?: UnknownFields;
}
