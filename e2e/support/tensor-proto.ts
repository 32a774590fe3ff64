/** A tensor as ONNX test data has it, written independently of the application: dims, data_type, name, raw_data. */
export function encodeFloatTensor(name: string, dims: readonly number[], values: readonly number[]): Uint8Array {
  const raw = new Uint8Array(Float32Array.from(values).buffer);
  if (raw.length > 127) throw new Error('Lengths of one byte are enough here.');
  const head = [...dims.flatMap((size) => [0x08, size]), 0x10, 1, 0x42, name.length, ...Buffer.from(name)];
  return Uint8Array.from([...head, 0x4a, raw.length, ...raw]);
}
