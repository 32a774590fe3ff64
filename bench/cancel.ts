/**
 * Measures how soon a long job ends after an interrupt. Each command is sent SIGINT after it has used some CPU time.
 * The tables show the time until the command reports that it stopped, and its CPU time until then. A busy machine does
 * not stretch CPU time. In the page a promise settles within 500 ms whatever a worker does:
 * `src/runtime/jobs/worker-client.browser.test.ts`. Linux only.
 *
 *     npx tsx bench/cancel.ts [--only <words of a job>] [--after 1,1.5,2,3]
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printHead, printRow } from './support/print-table';

const { values: given } = parseArgs({
  options: { only: { type: 'string', default: '' }, after: { type: 'string', default: '1,1.5,2,3' } },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pareto-cancel-'));
const model = 'public/samples/fashion-cnn.onnx';
const calibration = ['--data', 'public/samples/fashion-mnist-calibration.npz'];
const evaluation = ['--data', 'public/samples/fashion-mnist-evaluation.npz'];
const variant = join(folder, 'variant.onnx');
const optimize = (...steps: readonly string[]) => ['optimize', model, '-o', variant, ...steps, ...calibration];
const transformer = (...steps: readonly string[]) => [
  'optimize',
  ...['public/samples/fashion-transformer.onnx', '-o', variant, ...steps, ...calibration],
];

const jobs: Readonly<Record<string, readonly string[]>> = {
  'static calibration': optimize('--pass', 'quantize-static', '--set', 'calibrator=entropy'),
  GPTQ: optimize('--pass', 'quantize-weights'),
  SQuant: transformer('--pass', 'quantize-weights', '--set', 'method=squant'),
  'prune-channels': optimize('--pass', 'prune-channels'),
  'prune-channels, optimal brain surgeon': optimize('--pass', 'prune-channels', '--set', 'importance=obs'),
  'prune-channels, in rounds': optimize('--pass', 'prune-channels', '--set', 'rounds=3'),
  'plan of channels': ['plan', model, '--pass', 'prune-channels', ...calibration],
  'prune-weights, SparseGPT': transformer('--pass', 'prune-weights', '--set', 'method=sparsegpt'),
  factorize: optimize('--pass', 'factorize'),
  'fine-tune': optimize('--pass', 'prune-weights', '--pass', 'fine-tune'),
  'quantization-aware training': optimize('--pass', 'quantize-aware-training'),
  search: ['search', model, ...evaluation, '--calibration-data', calibration[1]!, '-o', folder],
  'search, bits by layer': [
    ...['search', model, ...evaluation, '--calibration-data', calibration[1]!, '-o', folder],
    ...['--technique', 'mixed-weights'],
  ],
  'goal, its recipe': ['optimize', model, '-o', variant, '--goal', 'smaller', ...calibration],
  sensitivity: ['sensitivity', model, ...evaluation],
  evaluation: ['evaluate', model, ...evaluation],
  'difference, by node': ['diff', model, model, '--sqnr', '--limit', '512', ...evaluation],
  'benchmark, by node': ['benchmark', model, '--per-node'],
  sweep: ['benchmark', model, '--sweep', 'batch=1,2,4,8,16'],
  'trace and memory': ['benchmark', model, '--memory', '--trace', join(folder, 'trace.json')],
  'serving, simulated': ['simulate', model, '--arrivals', 'poisson:50'],
  'serving, live': ['simulate', model, '--arrivals', 'poisson:50', '--live', '--duration-s', '20'],
  bundle: ['bundle', model, '-o', join(folder, 'bundle.zip'), ...calibration],
};

/** CPU time of a process with all of its threads. `undefined` once it has ended. Ticks are hundredths of a second. */
function cpuMs(pid: number): number | undefined {
  try {
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const fields = rest.split(' ');
    return fields[0] === 'Z' ? undefined : (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

interface Interrupted {
  /** Until the command reports that it stopped. */
  readonly reportedMs: number;
  readonly reportedCpuMs: number;
  /** Until its process ends, with the code that the engine still compiles. */
  readonly goneCpuMs: number;
  readonly status: number | null;
  readonly isFileLeft: boolean;
}

async function interrupt(command: readonly string[], afterMs: number): Promise<Interrupted | undefined> {
  const child = spawn(process.execPath, ['cli/pareto.mjs', ...command], {
    ...{ cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
  });
  const pid = child.pid!;
  let output = '';
  let reported: readonly [wallMs: number, cpuMs: number] | undefined;
  child.stderr!.on('data', (chunk) => {
    output += String(chunk);
    if (output.includes('Stopped.')) reported ??= [performance.now(), cpuMs(pid) ?? NaN];
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', (status) => resolve(status)));
  let used: number | undefined = 0;
  while (used !== undefined && used < afterMs) {
    await wait(5);
    used = cpuMs(pid);
  }
  if (used === undefined) {
    if (await ended) throw new Error(output);
    return undefined;
  }
  const started = performance.now();
  child.kill('SIGINT');
  let last = used;
  for (let now: number | undefined = used; now !== undefined; now = cpuMs(pid)) {
    last = now;
    await wait(2);
  }
  const status = await ended;
  // It ended by itself before the signal came.
  if (status === 0) return undefined;
  const [reportedAt, reportedCpu] = reported ?? [NaN, NaN];
  return {
    reportedMs: reportedAt - started,
    reportedCpuMs: reportedCpu - used,
    goneCpuMs: last - used,
    status,
    isFileLeft: existsSync(variant),
  };
}

printHead(
  'job',
  { name: 'interrupted after', unit: 's of CPU time' },
  { name: 'stopped after', unit: 'ms' },
  { name: 'stopped after', unit: 'ms of CPU time' },
  { name: 'process ended after', unit: 'ms of CPU time' },
  'exit code',
);
for (const [name, command] of Object.entries(jobs)) {
  if (!name.includes(given.only)) continue;
  const moments = given.after.split(',').map(Number);
  const found: (Interrupted | undefined)[] = [];
  for (const seconds of moments) found.push(await interrupt(command, seconds * 1000));
  const cells = (describe: (one: Interrupted) => string) =>
    found.map((one) => (one ? describe(one) : 'was done')).join(', ');
  const left = found.some((one) => one?.isFileLeft) ? ' (a file is left)' : '';
  const figures = [
    cells(({ reportedMs }) => reportedMs.toFixed(0)),
    cells(({ reportedCpuMs }) => reportedCpuMs.toFixed(0)),
    cells(({ goneCpuMs }) => goneCpuMs.toFixed(0)),
    `${cells(({ status }) => String(status))}${left}`,
  ];
  printRow(name, moments.join(', '), ...figures);
  rmSync(variant, { force: true });
}
rmSync(folder, { recursive: true, force: true });
