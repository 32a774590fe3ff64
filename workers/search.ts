/** The worker that searches for the best variant: it makes candidates, and opens sessions for them. */
import type { SearchCalls } from '../src/runtime/jobs/search-calls';
import { BrowserSearch } from '../src/runtime/search/browser-search';
import { answerCalls } from './answer-calls';

const searches = new BrowserSearch();

answerCalls<SearchCalls>({
  search: (context, original, request) => searches.run(original, request, context),
  sensitivity: (context, original, request) => searches.measureSensitivity(original, request, context),
});
