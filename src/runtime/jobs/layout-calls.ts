import type { GraphLayout, LayoutRequest } from '../../engine/analysis/graphs/graph-layout';
import type { Call } from './call';

/** Laying graphs out. */
export interface LayoutCalls {
  layout: Call<[request: LayoutRequest], GraphLayout>;
}
