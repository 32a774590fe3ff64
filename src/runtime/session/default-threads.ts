/** As onnxruntime-web chooses: half of the cores, at most four; one where threads cannot share memory. */
export function defaultThreads(cores: number, canShareMemory: boolean): number {
  return canShareMemory ? Math.max(1, Math.min(4, Math.ceil(cores / 2))) : 1;
}
