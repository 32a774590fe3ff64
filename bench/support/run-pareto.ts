/** The command line as people run it, for scripts that report its results. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The JSON document of a command. */
export function runPareto<Result>(...parameters: readonly string[]): Result {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['cli/pareto.mjs', ...parameters, '--json'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Result;
}

/** A paired difference in points with its interval: `+0.05 (−0.28 to +0.14)`; `–` without one. */
export function describeDifference(
  difference: { readonly value: number; readonly interval: readonly [number, number] } | undefined,
): string {
  if (difference === undefined) return '–';
  const { value, interval } = difference;
  return `${points(value)} (${points(interval[0])} to ${points(interval[1])})`;
}

const points = (value: number): string =>
  `${value > 0 ? '+' : value < 0 ? '−' : '±'}${Math.abs(value * 100).toFixed(2)}`;
