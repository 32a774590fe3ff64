/** The server of a bundle, started here: found, checked for what it needs, and ended. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as v from 'valibot';
import { ParetoError } from '../../src/engine/errors';
import { name, text } from '../../src/engine/metrics/schema-parts';
import { findPath } from '../disk-path';

const modelFactsSchema = v.object({ name, path: text, sha256: v.string(), maxBatch: v.number() });

export interface FoundBundle {
  readonly folder: string;
  readonly name: string;
  readonly modelPath: string;
  readonly sha256: string;
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
  const { name: modelName, path, sha256 } = parsed.output;
  const modelPath = join(folder, path);
  if (findPath(modelPath) === undefined) {
    throw new ParetoError('input/missing', `${modelPath} is missing. Write the bundle again.`);
  }
  return { folder, name: modelName, modelPath, sha256 };
}

function parseJson(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}

const needed = ['onnxruntime', 'fastapi', 'uvicorn', 'prometheus_client', 'numpy'] as const;
const versionsScript = `
import json, platform
from importlib.util import find_spec
missing = [one for one in ${JSON.stringify(needed)} if find_spec(one) is None]
import os
print(json.dumps({"missing": missing, "python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}", "cores": os.cpu_count() or 1}))
`;
const versionSchema = v.object({
  missing: v.array(v.string()),
  python: v.string(),
  machine: v.string(),
  cores: v.number(),
});

export interface PythonFound {
  readonly python: string;
  readonly onnxruntime: string;
  readonly machine: string;
  readonly cores: number;
}

/** Throws `server/python` that names what is missing and how to get it. */
export function findPython(python: string, folder: string): PythonFound {
  const asked = spawnSync(python, ['-c', versionsScript], { encoding: 'utf8', timeout: 60_000 });
  if (asked.error !== undefined || asked.status !== 0) {
    throw new ParetoError('server/python', `${python} does not run. Name a Python 3.11 or later with --python.`);
  }
  const { missing, ...found } = v.parse(versionSchema, parseJson(asked.stdout));
  if (missing.length > 0) {
    throw new ParetoError(
      'server/python',
      `${python} lacks ${missing.join(', ')}. Run: ${python} -m pip install -r ${join(folder, 'server', 'requirements.txt')}, or name another Python with --python.`,
    );
  }
  const version = spawnSync(python, ['-c', 'import onnxruntime; print(onnxruntime.__version__)'], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { ...found, onnxruntime: version.stdout.trim() };
}

const batchTimesSchema = v.array(v.object({ batch: v.number(), samplesMs: v.array(v.number()) }));

/** Runs of ONNX Runtime without HTTP. Rejects with `server/batches` and the last words of Python. */
export async function timeNativeBatches(
  signal: AbortSignal,
  python: string,
  { folder }: FoundBundle,
  environment: Readonly<Record<string, string>>,
): Promise<v.InferOutput<typeof batchTimesSchema>> {
  const child = spawn(python, ['measure_batches.py'], {
    cwd: join(folder, 'server'),
    env: { ...process.env, ...environment },
    signal,
  });
  let [printed, said] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => (printed += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const parsed = v.safeParse(batchTimesSchema, parseJson(printed));
  if (status === 0 && parsed.success) return parsed.output;
  throw new ParetoError('server/batches', `Batches of the model could not be timed in Python: ${lastLine(said)}`);
}

const longestStartS = 120;
const pollMs = 100;
const longestEndMs = 20_000;

export interface RunningServer {
  readonly port: number;
  /** The most memory that the process had; `null` where the system does not say. */
  peakMemoryBytes(): number | null;
  /** Ends it as an orchestrator does: SIGTERM, and after 20 s SIGKILL. */
  stop(): Promise<void>;
}

/** Rejects with `server/start` and its last words where it does not start. */
export async function startServer(
  signal: AbortSignal,
  python: string,
  { folder }: FoundBundle,
  environment: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const port = await freePort();
  const given = ['-m', 'uvicorn', 'app:app', '--port', String(port), '--loop', 'asyncio', '--log-level', 'warning'];
  const child = spawn(python, given, {
    cwd: join(folder, 'server'),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-4000)));
  const running = { port, peakMemoryBytes: () => peakMemoryBytes(child), stop: () => stop(child) };
  try {
    for (let waited = 0; waited < longestStartS * 1000; waited += pollMs) {
      signal.throwIfAborted();
      if (child.exitCode !== null) break;
      if (await isReady(port)) return running;
      await setTimeout(pollMs);
    }
  } catch (error) {
    await running.stop();
    throw error;
  }
  await running.stop();
  throw new ParetoError('server/start', `The server of ${folder} does not start: ${lastLine(said)}`);
}

async function isReady(port: number): Promise<boolean> {
  try {
    const { ok } = await fetch(`http://127.0.0.1:${port}/v2/health/ready`, { signal: AbortSignal.timeout(2000) });
    return ok;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
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
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function lastLine(said: string): string {
  return said.trim().split('\n').at(-1)?.slice(0, 300) ?? 'it says nothing.';
}
