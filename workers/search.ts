/** The worker that searches for the best variant: it makes candidates, and starts a worker for each session. */
import type { SearchCalls } from '../src/runtime/jobs/search-worker-api';
import { BrowserSearch } from '../src/runtime/search/browser-search';
import { serve } from './serve';

const searches = new BrowserSearch();

serve<SearchCalls>({
  search: (context, original, request) => searches.run(original, request, context),
  sensitivity: (context, original, request) => searches.measureSensitivity(original, request, context),
});
