/** Zeros among neighboring inputs, as `2:4` names them. */
export interface SparsityPattern {
  readonly zeros: number;
  readonly of: number;
}

/** Wider runs hardly differ from zeros anywhere. */
export const mostNeighbors = 32;

/** `2:4` keeps two of four. `undefined` if nothing would stay, nothing would go, or it is no pattern. */
export function patternOf(text: string): SparsityPattern | undefined {
  const [, kept, of] = /^([1-9]\d?):([1-9]\d?)$/.exec(text)?.map(Number) ?? [];
  if (kept === undefined || of === undefined || kept >= of || of > mostNeighbors) return undefined;
  return { zeros: of - kept, of };
}

/** The use of the pattern on hardware, in a sentence. */
export function useOfPattern({ zeros, of }: SparsityPattern): string {
  return zeros === 2 && of === 4
    ? 'Sparse cores of NVIDIA GPUs skip two of four if the runtime uses them (TensorRT does).'
    : 'Sparse cores of NVIDIA GPUs skip only two of four, so common hardware gains no speed.';
}
