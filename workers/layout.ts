/** The worker that lays graphs out. It holds nothing, so that it can be ended at any time. */
import { layoutGraph } from '../src/engine/analysis/graphs/graph-layout';
import type { LayoutCalls } from '../src/runtime/jobs/layout-worker-api';
import { serve } from './serve';

/** Improving a layout ends after this. */
const deadlineMs = 1500;

serve<LayoutCalls>({
  layout: ({ checkpoint }, request) => layoutGraph(request, { checkpoint, deadlineMs }),
});
