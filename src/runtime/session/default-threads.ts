/** Returns the default of onnxruntime-web: half of the cores, at most four; one if threads cannot share memory. */
export function defaultThreads(cores: number, canShareMemory: boolean): number {
  return canShareMemory ? Math.max(1, Math.min(4, Math.ceil(cores / 2))) : 1;
}
