/** The worker that simulates servers. It holds nothing, so that it can be ended at any time. */
import { simulateLoad } from '../src/engine/serving/simulate-load';
import type { ServingCalls } from '../src/runtime/jobs/serving-worker-api';
import { serve } from './serve';

serve<ServingCalls>({
  simulate: ({ checkpoint }, request) => simulateLoad(request, checkpoint),
});
