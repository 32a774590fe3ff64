/**
 * The shape of ONNX messages on the wire, as far as `onnx-proto` 8.0.1 (ONNX 1.10) names their fields. The scanner
 * needs it to find the large payloads, and to refuse a field whose wire type is wrong. onnx-proto would misread such a
 * field. Fields that are not here are unknown to onnx-proto too; they are kept as bytes.
 */
export type FieldKind =
  | 'varint'
  | 'fixed32'
  /** A string or bytes. */
  | 'bytes'
  /** Repeated; one by one or packed. */
  | 'varints'
  | 'floats'
  /** The tensor's data, which never goes through onnx-proto. */
  | Payload
  /** A message; an array: a repeated one. */
  | MessageName
  | readonly [MessageName];

export type Payload = 'rawData' | 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';

export type MessageName =
  | 'Model'
  | 'Graph'
  | 'Node'
  | 'Attribute'
  | 'Tensor'
  | 'Segment'
  | 'SparseTensor'
  | 'ValueInfo'
  | 'Type'
  | 'TensorType'
  | 'SequenceType'
  | 'MapType'
  | 'OptionalType'
  | 'Shape'
  | 'Dimension'
  | 'OpsetImport'
  | 'StringEntry'
  | 'Annotation'
  | 'Training'
  | 'Function';

export type MessageFields = ReadonlyMap<number, FieldKind>;

/** Field numbers of `TensorProto` that carry its data. */
export const tensorPayloadFields: Readonly<Record<Payload, number>> = {
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
};

const fields = (record: Readonly<Record<number, FieldKind>>): MessageFields =>
  new Map(Object.entries(record).map(([number, kind]) => [Number(number), kind]));

const tensorType = fields({ 1: 'varint', 2: 'Shape' });
const elementOnly = fields({ 1: 'Type' });

export const wireSchema: Readonly<Record<MessageName, MessageFields>> = {
  Model: fields({
    1: 'varint',
    2: 'bytes',
    3: 'bytes',
    4: 'bytes',
    5: 'varint',
    6: 'bytes',
    7: 'Graph',
    8: ['OpsetImport'],
    14: ['StringEntry'],
    20: ['Training'],
    25: ['Function'],
  }),
  Graph: fields({
    1: ['Node'],
    2: 'bytes',
    5: ['Tensor'],
    10: 'bytes',
    11: ['ValueInfo'],
    12: ['ValueInfo'],
    13: ['ValueInfo'],
    14: ['Annotation'],
    15: ['SparseTensor'],
  }),
  Node: fields({ 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: ['Attribute'], 6: 'bytes', 7: 'bytes' }),
  Attribute: fields({
    1: 'bytes',
    2: 'fixed32',
    3: 'varint',
    4: 'bytes',
    5: 'Tensor',
    6: 'Graph',
    7: 'floats',
    8: 'varints',
    9: 'bytes',
    10: ['Tensor'],
    11: ['Graph'],
    13: 'bytes',
    14: 'Type',
    15: ['Type'],
    20: 'varint',
    21: 'bytes',
    22: 'SparseTensor',
    23: ['SparseTensor'],
  }),
  Tensor: fields({
    1: 'varints',
    2: 'varint',
    3: 'Segment',
    6: 'bytes',
    8: 'bytes',
    12: 'bytes',
    13: ['StringEntry'],
    14: 'varint',
    ...Object.fromEntries(Object.entries(tensorPayloadFields).map(([name, number]) => [number, name as Payload])),
  }),
  Segment: fields({ 1: 'varint', 2: 'varint' }),
  SparseTensor: fields({ 1: 'Tensor', 2: 'Tensor', 3: 'varints' }),
  ValueInfo: fields({ 1: 'bytes', 2: 'Type', 3: 'bytes' }),
  Type: fields({
    1: 'TensorType',
    4: 'SequenceType',
    5: 'MapType',
    6: 'bytes',
    // A sparse tensor's type has the fields of a tensor's.
    8: 'TensorType',
    9: 'OptionalType',
  }),
  TensorType: tensorType,
  SequenceType: elementOnly,
  MapType: fields({ 1: 'varint', 2: 'Type' }),
  OptionalType: elementOnly,
  Shape: fields({ 1: ['Dimension'] }),
  Dimension: fields({ 1: 'varint', 2: 'bytes', 3: 'bytes' }),
  OpsetImport: fields({ 1: 'bytes', 2: 'varint' }),
  StringEntry: fields({ 1: 'bytes', 2: 'bytes' }),
  Annotation: fields({ 1: 'bytes', 2: ['StringEntry'] }),
  Training: fields({ 1: 'Graph', 2: 'Graph', 3: ['StringEntry'], 4: ['StringEntry'] }),
  Function: fields({
    1: 'bytes',
    4: 'bytes',
    5: 'bytes',
    6: 'bytes',
    7: ['Node'],
    8: 'bytes',
    9: ['OpsetImport'],
    10: 'bytes',
  }),
};
