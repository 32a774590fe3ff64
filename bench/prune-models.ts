/**
 * Prints what `prune-channels` (or the pass of `--pass`) does to models from other sources. The columns are the removed
 * share of the MACs, whether checker and runtime accept the result, and the speedup. The speedup is measured on WASM in
 * turns: CPU time, with its 95 % interval. Another column is the largest relative difference from the original with
 * every other channel set to zero. The last one lists what is locked and why. Channels are chosen by weights alone,
 * without data. The table therefore shows structure and speed, not accuracy.
 *
 *     npx tsx bench/prune-models.ts <models or folders>… [--shares 0.2,0.3,0.5] [--out <folder>] [--blocks 12] [--pass factorize]
 *         [--normalized tried]
 *
 * `--normalized always` also removes channels that normalizations average over, which stay otherwise if there is no
 * data. `--blocks 0` leaves out the clock. Files in `--out` can be checked with `onnx.checker.check_model(path,
 * full_check=True)`.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { inspectInputs } from '../src/engine/analysis/inspect';
import type { Feeds } from '../src/engine/data/feeds';
import { createSyntheticFeeds } from '../src/engine/data/synthetic';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { checkModel } from '../src/engine/onnx/check';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import type { Model } from '../src/engine/onnx/graph';
import { resolveOptions } from '../src/engine/passes/options';
import type { PassOutcome } from '../src/engine/passes/pass';
import { passById } from '../src/engine/passes/registry';
import { passContext } from '../src/engine/passes/testing/pass-context';
import { differencesOf, removeEveryOther } from '../src/engine/onnx/coupling/testing/removal-oracle.runtime';
import { loadOrtInNode } from '../src/runtime/node/ort';
import { toOrtTensors } from '../src/runtime/session/tensors';
import { cpuMsOf, timesFasterInTurns } from './support/cpu-time';
import { macsOf } from './support/macs-of';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...writeOption,
    shares: { type: 'string', default: '0.2,0.3,0.5' },
    out: { type: 'string' },
    blocks: { type: 'string', default: '12' },
    pass: { type: 'string', default: 'prune-channels' },
    normalized: { type: 'string', default: 'tried' },
  },
});
const shares = values.shares.split(',').map(Number);
const blocks = Number(values.blocks);
const pass = passById(values.pass);
const msPerTurn = 10;
const ort = await loadOrtInNode(1);

function filesOf(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => join(path, name));
}

class Session {
  private constructor(
    readonly inner: Awaited<ReturnType<typeof ort.InferenceSession.create>>,
    readonly feeds: ReturnType<typeof feedsFor>,
  ) {}

  static async open(bytes: Uint8Array, feeds: Feeds): Promise<Session> {
    const inner = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const session = new Session(inner, feedsFor(feeds));
    await session.inner.run(session.feeds);
    return session;
  }

  cpuMs(runs = 1): Promise<number> {
    return cpuMsOf(() => this.inner.run(this.feeds), runs);
  }
}

const feedsFor = (feeds: Feeds) => Object.fromEntries(toOrtTensors(ort, Object.entries(feeds)));

async function compare(original: Session, variant: Session): Promise<string> {
  const perTurn = Math.max(1, Math.floor(msPerTurn / (await original.cpuMs())));
  const takes = (session: Session) => (runs: number) => session.cpuMs(runs);
  return timesFasterInTurns(takes(original), takes(variant), blocks, perTurn);
}

/** The difference of the model without every other channel, once for each model. */
async function difference(original: Model, share: number): Promise<string> {
  if (share !== shares[0] || pass.id !== 'prune-channels') return '';
  try {
    const made = await removeEveryOther(original);
    return made.groups.length === 0 ? '' : (await differencesOf([made]))[0]!.toExponential(1);
  } catch (error) {
    return String(error).slice(0, 200);
  }
}

async function row(path: string, original: Model, share: number, first: Session | undefined): Promise<PassOutcome> {
  const byWeights = { recover: 'none', ranking: 'global', importance: 'l2', normalized: values.normalized };
  const options = resolveOptions(pass, { remove: share, ...(pass.id === 'prune-channels' && byWeights) });
  const outcome = await pass.run(original, options, passContext({ original }));
  const left = ((100 * macsOf(outcome.model)) / macsOf(original)).toFixed(1);
  const problems = checkModel(outcome.model);
  const bytes = joinParts(encodeModel(outcome.model));
  if (values.out) writeFileSync(join(values.out, `${basename(path, '.onnx')}.${share * 100}.onnx`), bytes);
  let latency = '';
  try {
    if (first) {
      const feeds = createSyntheticFeeds(inspectInputs(outcome.model), {}, 0);
      const second = await Session.open(bytes, feeds);
      latency = blocks > 0 ? await compare(first, second) : 'runs';
      await second.inner.release();
    }
  } catch (error) {
    latency = `FAILS: ${String(error).slice(0, 200)}`;
  }
  const valid = problems.length === 0 ? 'valid' : JSON.stringify(problems[0]);
  printRow(basename(path, '.onnx'), String(share * 100), left, valid, await difference(original, share), latency);
  return outcome;
}

if (values.out) mkdirSync(values.out, { recursive: true });
printHead(
  'model',
  { name: 'to remove', unit: '% of the MACs' },
  { name: 'MACs left', unit: '%' },
  'structure',
  'largest relative difference',
  'speed on WASM',
);
const reasons: string[] = [];
for (const path of positionals.flatMap(filesOf)) {
  const bytes = new Uint8Array(readFileSync(path));
  const original = decodeModel(new MemorySource(bytes));
  let first: Session | undefined;
  try {
    first = await Session.open(bytes, createSyntheticFeeds(inspectInputs(original), {}, 0));
  } catch (error) {
    printRow(basename(path, '.onnx'), '', '', `the original does not run: ${String(error).slice(0, 100)}`, '', '');
  }
  for (const [index, share] of shares.entries()) {
    const { refusals } = await row(path, original, share, first);
    if (index > 0) continue;
    for (const reason of new Set(refusals.map((refusal) => refusal.reason))) {
      reasons.push(
        `- ${basename(path, '.onnx')}: ${refusals.filter((each) => each.reason === reason).length} × ${reason}`,
      );
    }
  }
  await first?.inner.release();
}
console.log(`\nLeft alone:\n${reasons.join('\n')}`);
if (values.write) await writeResults('prune-models');
