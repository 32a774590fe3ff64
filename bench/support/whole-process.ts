/**
 * Whole processes on large models: writes the files that they read, and measures their use of time and memory. Linux
 * only.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { EncodedModel } from '../../src/engine/onnx/codec/encode';

/** Part by part: it may be larger than memory. */
export function writeParts(path: string, { parts }: EncodedModel): void {
  const file = openSync(path, 'w');
  for (const part of parts) writeSync(file, part instanceof Uint8Array ? part : part.read());
  closeSync(file);
}

export interface ProcessUse {
  readonly stdout: string;
  readonly wholeMs: number;
  readonly processorMs: number;
  readonly peakBytes: number;
}

export function runProcess(command: string, args: readonly string[]): ProcessUse {
  const start = performance.now();
  // GNU time prints the use of the process as its last line.
  const { status, stdout, stderr } = spawnSync('/usr/bin/time', ['-f', '%U %S %M', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const wholeMs = performance.now() - start;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
  const [user = NaN, system = NaN, kilobytes = NaN] = stderr.trim().split('\n').pop()!.split(' ').map(Number);
  return { stdout, wholeMs, processorMs: (user + system) * 1000, peakBytes: kilobytes * 1024 };
}
