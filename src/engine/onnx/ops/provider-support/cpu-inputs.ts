/** Inputs that kernels of WebGPU read on the CPU: shapes, axes, counts. */
const fromFirst = new Set('Expand Reshape Slice Split Squeeze Tile TopK Unsqueeze Resize'.split(' '));

/** True if a kernel of WebGPU wants the input in the memory of the CPU, as the sources of ONNX Runtime register it. */
export function isReadByCpu(opType: string, input: number): boolean {
  if (opType === 'Range') return true;
  if (opType === 'If' || opType === 'ConstantOfShape') return input === 0;
  if (opType === 'Loop') return input < 2;
  if (opType.startsWith('Reduce')) return input === 1;
  // The value that Pad fills in is read on the GPU.
  if (opType === 'Pad') return input === 1;
  return fromFirst.has(opType) && input > 0;
}
