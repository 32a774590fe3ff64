/** Nodes per provider, in the names that people know, as shares of a bar. */

import { formatCounted } from '../../../../engine/format';
import { ownValue } from '../../../../engine/own-value';

const providerNames: Readonly<Record<string, string>> = {
  CPUExecutionProvider: 'WASM',
  WebGpuExecutionProvider: 'WebGPU',
  JsExecutionProvider: 'WebGPU (JSEP)',
  WebNNExecutionProvider: 'WebNN',
  WEBNN: 'WebNN',
};

export interface PlacementSegment {
  readonly provider: string;
  readonly nodes: number;
  /** 0 to 1 of all nodes. */
  readonly share: number;
}

/** Largest first. An empty placement (no profile was taken) gives no segments. */
export function placementSegments(placement: Readonly<Record<string, number>>): readonly PlacementSegment[] {
  const total = Object.values(placement).reduce((sum, nodes) => sum + nodes, 0);
  if (total === 0) return [];
  return Object.entries(placement)
    .filter(([, nodes]) => nodes > 0)
    .map(([provider, nodes]) => ({
      provider: ownValue(providerNames, provider) ?? provider,
      nodes,
      share: nodes / total,
    }))
    .sort((a, b) => b.nodes - a.nodes || a.provider.localeCompare(b.provider));
}

/** `120 nodes on WebGPU, 3 on WASM` */
export function describePlacement(placement: Readonly<Record<string, number>>): string {
  const segments = placementSegments(placement);
  if (segments.length === 0) return 'not recorded';
  return segments
    .map(({ provider, nodes }, index) =>
      index === 0 ? `${formatCounted(nodes, 'node')} on ${provider}` : `${nodes} on ${provider}`,
    )
    .join(', ');
}
