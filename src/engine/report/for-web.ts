/** The cost of a page with the model for its visitors, in one line: download, wait and first output. */
import { formatBytes, formatDuration } from '../format';
import { downloadTimeMs, usualNetwork } from '../profiling/cold-start';
import { wasmRuntimeBytes } from '../profiling/page-download';
import { findCell, findComparison } from './find-in-report';
import type { Report, ReportVariant } from './report-schema';

/** Passes that store weights otherwise and compute in float32 as before. */
const storing: ReadonlySet<string> = new Set(['quantize-weights', 'store-float16', 'simplify', 'shorten-names']);

/**
 * Sentences for a variant: model and runtime after gzip (before it while that is not known), seconds on 4G, and load and
 * first run on the measured device. If WASM is no faster: why, and what would help.
 */
export function describeForWeb(report: Report, { id, sizeBytes, gzipBytes, recipe }: ReportVariant): string {
  const bytes =
    (gzipBytes?.variant ?? sizeBytes.variant) + (gzipBytes ? wasmRuntimeBytes.gzip : wasmRuntimeBytes.plain);
  const seconds = `${(downloadTimeMs(bytes, usualNetwork.mbps) / 1000).toFixed(1)}\u00a0s`;
  const cell = findCell(report, id, 'wasm');
  const first = cell === undefined ? '' : `, ${formatDuration(cell.loadMs + cell.firstRunMs)} to the first output`;
  const size = `${formatBytes(bytes)} with runtime${gzipBytes ? ' after gzip' : ''}`;
  const verdict = findComparison(report, { variant: id, ep: 'wasm' })?.verdict;
  const isNoFaster = verdict === 'same' || verdict === 'slower';
  const isStored = recipe.steps.every(({ pass, enabled }) => enabled === false || storing.has(pass));
  const why = isStored
    ? ' No faster: only weights are quantized, and layers compute in float32. The goal Faster on WASM searches for more.'
    : ' No faster: measure the nodes in Benchmark to see which take the time.';
  return `For the web: ${size}, ${seconds} on ${usualNetwork.name}${first}.${isNoFaster ? why : ''}`;
}
