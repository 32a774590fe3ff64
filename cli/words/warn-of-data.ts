/** Warnings about data, from a quick check before a search and from finished evaluations. */
import type { AccuracyWarning } from '../../src/engine/metrics/evaluation';
import { endingsOf } from '../../src/engine/metrics/output-kind';
import { checkData } from '../../src/runtime/evaluation/check-data';
import type { SearchHost, SearchRequest } from '../../src/runtime/search/search-request';
import type { Shell } from '../command';
import { describeWarning } from './describe-evaluation';
import type { EvaluationResult } from '../../src/runtime/evaluation/evaluation-document';

type CheckedSearch = Pick<SearchRequest, 'data' | 'freeDimensions' | 'opened' | 'original'> & {
  readonly threads: number;
};

/**
 * Checks the data as the page does when data arrives: for about five seconds at most, and only if it has labels. Warns if a slow model skips
 * the check. A check that fails is no warning: the search reports what stops it.
 */
export async function warnOfData(
  { terminal }: Pick<Shell, 'terminal'>,
  host: SearchHost,
  { data, freeDimensions, opened, original, threads }: CheckedSearch,
): Promise<void> {
  if (data === null) return;
  terminal.progress('Checking the data');
  const { dataset, mapping, indices } = data;
  const models = [{ id: 'original', files: original }];
  const endings = endingsOf(opened.inspection.outputs);
  const request = { models, dataset, mapping, indices, endings, threads, freeDimensions, ep: 'wasm' } as const;
  const checked = await checkData(host, host.sessions, request).catch(() => null);
  host.signal.throwIfAborted();
  terminal.progress('');
  if (checked?.skipped !== undefined) terminal.warn(`${checked.skipped} Run pareto evaluate to check them.`);
  for (const warning of checked?.warnings ?? []) {
    const message =
      warning.inputs === undefined
        ? describeWarning(warning)
        : `${warning.message} Run pareto evaluate with --preset auto, and use the mapping that it prints.`;
    terminal.warn(message);
  }
}

/** Prints the warnings of models and originals, each sentence once. */
export function warnOfAccuracy(
  { terminal }: Pick<Shell, 'terminal'>,
  results: readonly Pick<EvaluationResult, 'warnings' | 'against'>[],
): void {
  const all = results.flatMap(({ warnings, against }): AccuracyWarning[] => [
    ...warnings,
    ...(against?.warnings ?? []),
  ]);
  const distinct = all.filter(({ message }, index) => all.findIndex((one) => one.message === message) === index);
  for (const warning of distinct) terminal.warn(describeWarning(warning));
}
