/** The server of a bundle, started here: found, checked for what it needs, and ended. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as v from 'valibot';
import { ParetoError } from '../../src/engine/errors';
import { name, text } from '../../src/engine/metrics/schema-parts';
import { findPath } from '../../src/runtime/node/disk/disk-path';

const modelFactsSchema = v.object({
  name,
  path: text,
  sha256: v.string(),
  maxBatch: v.number(),
  padding: v.optional(v.nullable(v.object({ inputs: v.array(name) }))),
});

export interface FoundBundle {
  readonly folder: string;
  readonly name: string;
  readonly modelPath: string;
  readonly sha256: string;
  /** Its server pads texts. */
  readonly padsTexts: boolean;
}

/** Throws `input/…` for a folder that is no bundle with a server. */
export function findBundle(folder: string): FoundBundle {
  if (findPath(folder)?.isDirectory() !== true) {
    throw new ParetoError(
      'input/missing',
      `There is no folder ${folder}. Write one with: pareto bundle <model> -o <folder>.`,
    );
  }
  const facts = join(folder, 'server', 'model.json');
  if (findPath(facts) === undefined) {
    throw new ParetoError(
      'input/no-server',
      `${folder} has no server/model.json. Write a bundle with its server: pareto bundle <model> --targets fastapi -o <folder>.`,
    );
  }
  const parsed = v.safeParse(modelFactsSchema, parseJson(readFileSync(facts, 'utf8')));
  if (!parsed.success) throw new ParetoError('input/damaged', `${facts} is damaged. Write the bundle again.`);
  const { name: modelName, path, sha256, padding = null } = parsed.output;
  const modelPath = join(folder, path);
  if (findPath(modelPath) === undefined) {
    throw new ParetoError('input/missing', `${modelPath} is missing. Write the bundle again.`);
  }
  return { folder, name: modelName, modelPath, sha256, padsTexts: padding !== null };
}

/** `undefined` for what is no JSON. */
export function parseJson(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}

const needed = ['onnxruntime', 'fastapi', 'uvicorn', 'prometheus_client', 'numpy'] as const;
const versionsScript = `
import json, os, platform, sys
from importlib.util import find_spec
missing = [one for one in ${JSON.stringify(needed)} if find_spec(one) is None]
onnxruntime = "" if missing else __import__("onnxruntime").__version__
machine = f"{platform.system()} {platform.machine()}"
print(json.dumps({
    "isOld": sys.version_info < (3, 11), "missing": missing, "python": platform.python_version(),
    "onnxruntime": onnxruntime, "machine": machine, "cores": os.cpu_count() or 1,
}))
`;
const versionSchema = v.object({
  isOld: v.boolean(),
  missing: v.array(v.string()),
  python: v.string(),
  onnxruntime: v.string(),
  machine: v.string(),
  cores: v.number(),
});

/** Facts about a Python that can run the server. */
export interface PythonFound {
  /** Safe to start in another folder. */
  readonly executable: string;
  readonly python: string;
  readonly onnxruntime: string;
  readonly machine: string;
  readonly cores: number;
}

/** Throws `server/python` that names what is missing and how to get it. */
export function findPython(python: string, folder: string): PythonFound {
  const executable = /[/\\]/.test(python) ? resolve(python) : python;
  const asked = spawnSync(executable, ['-c', versionsScript], { encoding: 'utf8', timeout: 60_000 });
  const parsed = v.safeParse(versionSchema, parseJson(asked.stdout));
  if (!parsed.success) {
    const why = asked.stderr ? `: ${lastLine(asked.stderr)}` : '';
    throw new ParetoError('server/python', `${python} does not run${why}. Name a Python 3.11 or later with --python.`);
  }
  const { isOld, missing, ...found } = parsed.output;
  if (isOld) {
    throw new ParetoError(
      'server/python',
      `${python} is Python ${found.python}. Name a Python 3.11 or later with --python.`,
    );
  }
  if (missing.length > 0) {
    throw new ParetoError(
      'server/python',
      `${python} lacks ${missing.join(', ')}. Run: ${python} -m pip install -r ${join(folder, 'server', 'requirements.txt')}, or name another Python with --python.`,
    );
  }
  return { executable, ...found };
}

const batchTimesSchema = v.array(v.object({ batch: v.number(), samplesMs: v.array(v.number()) }));

/** Times runs of ONNX Runtime without HTTP. Rejects with `server/batches` and the last line of Python's errors. */
export async function timeNativeBatches(
  signal: AbortSignal,
  { executable }: PythonFound,
  { folder }: FoundBundle,
  environment: Readonly<Record<string, string>>,
): Promise<v.InferOutput<typeof batchTimesSchema>> {
  signal.throwIfAborted();
  const child = spawn(executable, ['measure_batches.py'], {
    cwd: join(folder, 'server'),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let [printed, errors] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => (printed += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (errors = keepEnd(errors, piece)));
  const status = await new Promise<number | null>((done) => {
    child.once('error', ({ message }) => {
      errors = message;
      if (child.pid === undefined) done(null);
    });
    child.once('close', done);
  });
  signal.throwIfAborted();
  const parsed = v.safeParse(batchTimesSchema, parseJson(printed));
  if (status === 0 && parsed.success) return parsed.output;
  throw new ParetoError('server/batches', `Batches of the model could not be timed in Python: ${lastLine(errors)}`);
}

const longestStartMs = 120_000;
const pollMs = 100;
const longestEndMs = 20_000;

export interface RunningServer {
  readonly port: number;
  /** The most memory that the process used; `null` if the system does not report it, or the process ended. */
  peakMemoryBytes(): number | null;
  /** Ends the process as an orchestrator does: SIGTERM, and after 20 s SIGKILL. */
  stop(): Promise<void>;
}

/** Rejects with `server/start` and the last line of its errors if the server does not start within two minutes. */
export async function startServer(
  signal: AbortSignal,
  { executable }: PythonFound,
  { folder }: FoundBundle,
  environment: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const port = await freePort();
  const given = ['-m', 'uvicorn', 'app:app', '--port', String(port), '--loop', 'asyncio', '--log-level', 'warning'];
  const child = spawn(executable, given, {
    cwd: join(folder, 'server'),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (piece: Buffer) => (errors = keepEnd(errors, piece)));
  child.once('error', ({ message }) => (errors = message));
  const running = { port, peakMemoryBytes: () => peakMemoryBytes(child), stop: () => stop(child) };
  try {
    const latestMs = performance.now() + longestStartMs;
    while (!hasEnded(child) && performance.now() < latestMs) {
      signal.throwIfAborted();
      if (await isReady(port)) return running;
      await setTimeout(pollMs);
    }
  } catch (error) {
    await running.stop();
    throw error;
  }
  await running.stop();
  throw new ParetoError('server/start', `The server of ${folder} does not start: ${lastLine(errors)}`);
}

async function isReady(port: number): Promise<boolean> {
  try {
    const { ok } = await fetch(`http://127.0.0.1:${port}/v2/health/ready`, { signal: AbortSignal.timeout(2000) });
    return ok;
  } catch {
    return false;
  }
}

/** True also for a process that could not be started, and for one that a signal ended. */
function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGTERM');
  const killing = globalThis.setTimeout(() => child.kill('SIGKILL'), longestEndMs);
  await ended;
  clearTimeout(killing);
}

/** Linux keeps the peak of a process. */
function peakMemoryBytes({ pid }: ChildProcess): number | null {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

async function freePort(): Promise<number> {
  return new Promise((found, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function keepEnd(errors: string, piece: Buffer): string {
  return (errors + piece.toString()).slice(-4000);
}

/** The last line with a reason: uvicorn ends with a line that repeats only that the start failed. */
function lastLine(errors: string): string {
  const lines = errors.split('\n').map((line) => line.trim());
  const reason = lines.findLast((line) => line !== '' && !line.endsWith('Application startup failed. Exiting.'));
  return reason?.slice(0, 300) ?? 'Python printed no error.';
}
