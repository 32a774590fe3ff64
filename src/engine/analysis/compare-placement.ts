/** How many nodes providers leave to the CPU in a model and in a variant of it, as predicted. */
import type { PredictedPlacements } from './predict-placement';

/** Nodes that the provider leaves to the CPU. */
interface NodesNotOn {
  readonly original: number;
  readonly variant: number;
}

export type PlacementChange = Readonly<Record<'webgpu' | 'webnn', NodesNotOn>>;

export function comparePlacement(original: PredictedPlacements, variant: PredictedPlacements): PlacementChange {
  const of = (ep: 'webgpu' | 'webnn'): NodesNotOn => ({
    original: original[ep].leaves.length,
    variant: variant[ep].leaves.length,
  });
  return { webgpu: of('webgpu'), webnn: of('webnn') };
}

/** `Nodes left to the CPU, predicted: WebGPU 34 → 0, WebNN 163 → 109.` */
export function describePlacementChange({ webgpu, webnn }: PlacementChange): string {
  const change = (name: string, { original, variant }: NodesNotOn) => `${name} ${original} → ${variant}`;
  return `Nodes left to the CPU, predicted: ${change('WebGPU', webgpu)}, ${change('WebNN', webnn)}.`;
}
