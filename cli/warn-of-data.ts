/** Says before a search what a first look at its data finds, as the page does when data arrives. */
import { endingsOf } from '../src/engine/metrics/output-kind';
import { checkData } from '../src/runtime/evaluation/check-data';
import type { SearchHost, SearchRequest } from '../src/runtime/search/search-request';
import type { Invocation } from './command';
import { describeWarning } from './describe-evaluation';

type CheckedSearch = Pick<SearchRequest, 'data' | 'freeDimensions' | 'opened' | 'original'> & {
  readonly threads: number;
};

/** At most about five seconds; nothing without labels. */
export async function warnOfData(
  { terminal }: Pick<Invocation, 'terminal'>,
  host: SearchHost,
  { data, freeDimensions, opened, original, threads }: CheckedSearch,
): Promise<void> {
  if (data === null) return;
  terminal.progress('Checking the data');
  const { dataset, mapping, indices } = data;
  const models = [{ id: 'original', files: original }];
  const endings = endingsOf(opened.inspection.outputs);
  const { warnings } = await checkData(host, host.sessions, {
    ...{ models, dataset, mapping, indices, endings, threads, freeDimensions },
    ep: 'wasm',
  });
  terminal.progress('');
  for (const warning of warnings) {
    const message =
      warning.inputs === undefined
        ? describeWarning(warning)
        : `${warning.message} Run pareto evaluate with --preset auto, and use the mapping that it prints.`;
    terminal.warn(message);
  }
}
