/** Element types of ONNX tensors: `TensorProto.DataType`, numbers as in onnx.proto (IR 13). */
export const DataType = {
  undefined: 0,
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
  float8e8m0: 24,
  uint2: 25,
  int2: 26,
} as const;

export type DataTypeName = keyof typeof DataType;
/** A number from the file: known types are the values of `DataType`, future ones pass through untouched. */
export type DataTypeCode = number;

const namesByCode = new Map<number, DataTypeName>(
  Object.entries(DataType).map(([name, code]) => [code, name as DataTypeName]),
);

/** The name of a type code, for people: `float32`, `int4`; `type 99` for one this version does not know. */
export function dataTypeName(code: DataTypeCode): string {
  return namesByCode.get(code) ?? `type ${code}`;
}

const bitsByCode = new Map<number, number>([
  [DataType.float32, 32],
  [DataType.uint8, 8],
  [DataType.int8, 8],
  [DataType.uint16, 16],
  [DataType.int16, 16],
  [DataType.int32, 32],
  [DataType.int64, 64],
  [DataType.bool, 8],
  [DataType.float16, 16],
  [DataType.float64, 64],
  [DataType.uint32, 32],
  [DataType.uint64, 64],
  [DataType.complex64, 64],
  [DataType.complex128, 128],
  [DataType.bfloat16, 16],
  [DataType.float8e4m3fn, 8],
  [DataType.float8e4m3fnuz, 8],
  [DataType.float8e5m2, 8],
  [DataType.float8e5m2fnuz, 8],
  [DataType.uint4, 4],
  [DataType.int4, 4],
  [DataType.float4e2m1, 4],
  [DataType.float8e8m0, 8],
  [DataType.uint2, 2],
  [DataType.int2, 2],
]);

/** Bits per element in `raw_data`, or `undefined` for strings and unknown types. Sub-byte types are packed low bits first. */
export function bitsPerElement(code: DataTypeCode): number | undefined {
  return bitsByCode.get(code);
}

const floats: ReadonlySet<DataTypeCode> = new Set([
  DataType.float16,
  DataType.bfloat16,
  DataType.float32,
  DataType.float64,
]);

/** True for the types of 16 bits and more that hold fractions. */
export function isFloatDataType(code: DataTypeCode): boolean {
  return floats.has(code);
}
