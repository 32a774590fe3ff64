/** The worker that lays graphs out. It holds nothing, so that it can be ended at any time. */
import { layoutGraph } from '../src/engine/analysis/graphs/graph-layout';
import type { LayoutCalls } from '../src/runtime/jobs/layout-calls';
import { answerCalls } from './answer-calls';

/** Improving a layout ends after this. */
const deadlineMs = 1500;

answerCalls<LayoutCalls>({
  layout: ({ checkpoint }, request) => layoutGraph(request, { checkpoint, deadlineMs }),
});
