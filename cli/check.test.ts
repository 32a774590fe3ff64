/** The gate for pipelines, on a sample that ships. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { flagsOfShortSessions } from '../src/runtime/node/test-browser.mjs';
import type { PageDownload } from '../src/engine/profiling/page-download';
import { brightnessModel, makePictures } from './testing/brightness';
import { runHere } from './testing/run-here';
import { serveComments } from './testing/serve-comments';

const sample = (name: string) => join(fileURLToPath(new URL('..', import.meta.url)), 'public/samples', name);
const digits = sample('digits-mlp.onnx');

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-check-'));
  await pareto('optimize', digits, '-o', 'smaller.onnx', '--pass', 'quantize-dynamic');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pareto = (...given: readonly string[]) => runHere(folder, ...given);

function check(limits: unknown, ...given: readonly string[]) {
  writeFileSync(join(folder, 'budget.json'), JSON.stringify(limits));
  return pareto('check', ...given, '--budget', 'budget.json');
}

it('compares sizes exactly, and exits with 1 for one byte too many', async () => {
  const sizeBytes = statSync(digits).size;
  expect((await check({ sizeBytes, parameters: 6572, opsNotOn: { webgpu: 0 } }, digits)).status).toBe(0);
  const { status, stderr, stdout } = await check({ sizeBytes: sizeBytes - 1, macs: 6464 }, digits, '--dim', 'batch=1');
  expect(status).toBe(1);
  expect(stdout).toMatch(/sizeBytes .* broken\n/);
  expect(stderr).toMatch(/^1 limit of 2 broken: sizeBytes/);
});

it('counts the MACs of one sample if the batch is free, and reads units', async () => {
  expect((await check({ macs: 6464, sizeBytes: '1 MB' }, digits)).status).toBe(0);
  expect((await check({ macs: '6.4 k' }, digits)).stderr).toMatch(/macs \(6[,.]?464, limit/);
  const encoder = sample('ch_PP-OCRv4_rec_infer.onnx');
  expect((await check({ macs: 6464 }, encoder)).stderr).toContain('macs (unknown: ');
});

it('evaluates a variant on data, and writes results for pipelines', async () => {
  const limits = { accuracyLoss: 0.5, sqnrDb: 300 };
  const data = ['--data', sample('digits-evaluation.npz'), '--limit', '100'];
  const files = ['--markdown', 'summary.md', '--junit', 'cases.xml'];
  const { status, stdout } = await check(limits, digits, 'smaller.onnx', ...data, ...files, '--json');
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    passed: false,
    checks: [
      { limit: 'accuracyLoss', allowed: 0.5, holds: true, interval: [expect.any(Number), expect.any(Number)] },
      { limit: 'sqnrDb', holds: false },
    ],
  });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  expect(read('summary.md')).toMatch(/= model \S+\skB \+ runtime 3\.\d+\sMB \(gzip\), with onnxruntime-web\/wasm\.\n/);
  expect(read('summary.md')).toMatch(/\| ❌ \| sqnrDb \| 300 \| .*\sdB on data \|\n$/);
  expect(read('cases.xml')).toMatch(/tests="2" failures="1"[^]*<failure message="[^"]+\sdB on data"\/>/);
  expect(read('cases.xml')).toMatch(
    /name="accuracyLoss"><properties><property name="measured" value="[\d.e-]+"\/><property name="allowed" value="0\.5"\/><\/properties><system-out>/,
  );
});

it('calls a limit on 16 samples open, and hints at a reversed order of classes', async () => {
  const data = ['--data', sample('digits-evaluation.npz'), '--limit', '16'];
  const few = await check({ accuracyLoss: 0.01 }, digits, 'smaller.onnx', ...data, '--markdown', 'few.md');
  expect(few.stdout).toMatch(/^accuracyLoss .* too few samples$/m);
  expect(few.stdout).not.toContain('holds');
  expect(readFileSync(join(folder, 'few.md'), 'utf8')).toMatch(/\| ❔ \| accuracyLoss \| 0\.01 \| too few samples: /);
  writeFileSync(join(folder, 'bright.onnx'), brightnessModel());
  writeFileSync(join(folder, 'brighter.onnx'), brightnessModel('N', 0.49));
  makePictures(join(folder, 'pictures'));
  const reversed = ['--data', 'pictures', '--preset', 'mnist', '--classes', 'light,dark'];
  const { stderr } = await check({ accuracyLoss: 0.5 }, 'bright.onnx', 'brighter.onnx', ...reversed);
  expect(stderr).toContain('Try: --classes dark,light');
});

it('refuses limits that would never be broken', async () => {
  expect(await check({ sizeByte: 1 }, digits)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('sizeByte') as string,
  });
  expect((await check({}, digits)).stderr).toContain('no limit');
  expect((await check({ sqnrDb: 20 }, digits)).stderr).toContain('Name both files');
  expect((await check({ latency: { webgpu: { p95Ms: 5 } } }, digits)).stderr).toContain('--browser');
});

it('shows the change against a file, and against a file of a git commit', async () => {
  const change = (figure: string, base: unknown, model: unknown) => ({ figure, base, model });
  const against = async (base: string) =>
    JSON.parse((await pareto('check', 'smaller.onnx', '--base', base, '--json')).stdout) as {
      base: { name: string; changes: readonly { figure: string; base: unknown; model: unknown }[] };
      downloads: readonly PageDownload[];
    };
  const sizes = [statSync(digits).size, statSync(join(folder, 'smaller.onnx')).size] as const;
  const { changes: ofFile } = (await against(digits)).base;
  // The batch is free: one sample is counted.
  expect(ofFile).toEqual(expect.arrayContaining([change('sizeBytes', ...sizes), change('macs', 6464, 6464)]));
  const git = (...given: readonly string[]) => execFileSync('git', given, { cwd: folder, stdio: 'ignore' });
  const person = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  git('init', '-q');
  copyFileSync(digits, join(folder, 'model.onnx'));
  git('add', 'model.onnx');
  git(...person, 'commit', '-q', '-m', 'model');
  const { base, downloads } = await against('HEAD:model.onnx');
  const ofThis = {
    plain: sizes[1],
    gzip: base.changes.find(({ figure }) => figure === 'gzipBytes')!.model,
    brotli: null,
  };
  expect(downloads.map(({ build }) => build)).toEqual(['wasm', 'jspi', 'asyncify']);
  for (const { model, runtime, total } of downloads) {
    expect(model).toEqual(ofThis);
    expect(total.gzip).toBe(model.gzip! + runtime.gzip!);
  }
  expect(base).toMatchObject({
    name: 'HEAD:model.onnx',
    changes: expect.arrayContaining([change('sizeBytes', ...sizes)]) as unknown,
  });
  const { status, stderr } = await pareto('check', 'smaller.onnx', '--base', 'HEAD:other.onnx');
  expect(status).toBe(1);
  expect(stderr).toMatch(/“HEAD:other.onnx” cannot be read from git: .*other.onnx/);
  await pareto('optimize', digits, '-o', 'split.onnx', '--pass', 'simplify', '--external-data');
  writeFileSync(join(folder, 'pointer.onnx'), 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n');
  writeFileSync(join(folder, '.gitattributes'), 'pointer.onnx filter=stored');
  git('add', 'pointer.onnx', 'split.onnx', 'split.onnx.data', '.gitattributes');
  git(...person, 'commit', '-q', '-m', 'pointer');
  expect((await pareto('check', 'smaller.onnx', '--base', 'HEAD:pointer.onnx')).stderr).toContain('pointer of Git LFS');
  // As Git LFS does where it is installed.
  git('config', 'filter.stored.smudge', 'cat model.onnx');
  expect((await against('HEAD:pointer.onnx')).base.changes).toContainEqual(change('sizeBytes', ...sizes));
  rmSync(join(folder, 'split.onnx.data'));
  const { changes } = (await against('HEAD:./split.onnx')).base;
  expect(changes.find(({ figure }) => figure === 'parameters')).toMatchObject({ base: expect.any(Number) as number });
});

it('compares a model with its base if no variant is named', async () => {
  const limits = { accuracyLoss: 0.01, sqnrDb: 300 };
  const data = ['--data', sample('digits-evaluation.npz'), '--limit', '100'];
  const { status, stdout } = await check(limits, 'smaller.onnx', '--base', digits, ...data, '--markdown', 'comment.md');
  expect(status).toBe(1);
  expect(stdout).toMatch(/sqnrDb .* broken\n[^]*sizeBytes .* −\d/);
  expect(readFileSync(join(folder, 'comment.md'), 'utf8')).toMatch(/\| ❌ \| sqnrDb [^]*\| sizeBytes \| .* \| −/);
  const same = await check({ ...limits, latency: { wasm: { ratio: 1 } } }, digits, '--base', digits, ...data);
  expect(same).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/latency\.wasm\.ratio .* the same file/) as string,
  });
});

it('runs as an action on a pull request, and replaces its comment', async () => {
  const repository = mkdtempSync(join(folder, 'repository-'));
  const git = (...given: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...given], {
      cwd: repository,
    }).toString();
  git('init', '-q');
  copyFileSync(digits, join(repository, 'model.onnx'));
  writeFileSync(join(repository, 'budget.json'), JSON.stringify({ sqnrDb: 60 }));
  git('add', '.');
  git('commit', '-q', '-m', 'base');
  const github = await serveComments('secret');
  onTestFinished(() => void github.close());
  const { comments } = github;
  comments.push({ id: 1, body: 'Looks good.' });
  const script = fileURLToPath(new URL('../action/check.sh', import.meta.url));
  const bin = mkdtempSync(join(folder, 'bin-'));
  const node = `#!/usr/bin/env bash\nexec "${process.execPath}" ${flagsOfShortSessions.join(' ')} "$@"\n`;
  writeFileSync(join(bin, 'node'), node, { mode: 0o755 });
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env['PATH']}`,
    ...{ DATA: sample('digits-evaluation.npz'), OPTIONS: '--limit\n50' },
    // An absolute path, as workflows name files.
    ...{ MODEL: join(repository, 'model.onnx'), BUDGET: 'budget.json', BASE_SHA: git('rev-parse', 'HEAD').trim() },
    ...{ PULL_REQUEST: '3', GITHUB_REPOSITORY: 'a/b', GITHUB_STEP_SUMMARY: join(repository, 'summary.md') },
    ...{ GITHUB_API_URL: github.address, TOKEN: 'secret' },
  };
  const run = async (more: Record<string, string> = {}) => {
    const child = spawn('bash', [script], {
      cwd: repository,
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [status, printed] = await Promise.all([once(child, 'close'), text(child.stdout)]);
    return { status: status[0] as number, printed };
  };
  expect((await run()).status).toBe(0);
  copyFileSync(join(folder, 'smaller.onnx'), join(repository, 'model.onnx'));
  expect((await run()).status).toBe(1);
  expect(comments).toHaveLength(2);
  expect(comments[1]!.body).toMatch(
    /^<!-- pareto check model\.onnx -->\n### model\.onnx[^]*❌ \| sqnrDb \| 60 [^]*\| sizeBytes \| .* \| −/,
  );
  expect(comments[1]!.body).toMatch(/\| top1 \| \d[^|]*% \| \d[^|]*% \| (unchanged|[+−][\d.]+ points) \|/);
  // The token of a fork may not comment. A limit that needs no run is enough. Another model has another comment.
  writeFileSync(join(repository, 'budget.json'), '{"sizeBytes": 1000000}');
  copyFileSync(digits, join(repository, 'other.onnx'));
  const cheap = { DATA: '', OPTIONS: '', MODEL: 'other.onnx' };
  const forked = await run({ ...cheap, TOKEN: 'of a fork' });
  expect(forked).toMatchObject({ status: 0, printed: expect.stringContaining('::warning::') as string });
  expect((await run(cheap)).status).toBe(0);
  expect(comments.map(({ body }) => body.split('\n')[1])).toEqual([undefined, '### model.onnx', '### other.onnx']);
  // Without a model, those that changed are checked. `other.onnx` is not tracked, and so it did not change.
  git('add', 'model.onnx');
  const changed = await run({ DATA: '', OPTIONS: '', MODEL: '', BUDGET: '' });
  expect([changed.status, changed.printed]).toEqual([0, expect.stringContaining('sizeBytes')]);
  expect(changed.printed).not.toContain('other.onnx');
  // The message of a check that cannot run begins with a name that would end a fence.
  writeFileSync(join(repository, '```.onnx'), 'no model');
  expect((await run({ ...cheap, MODEL: '```.onnx' })).status).toBe(1);
  const [, title, , ...log] = comments.at(-1)!.body.trimEnd().split('\n');
  expect([title, log.every((line) => line.startsWith('    '))]).toEqual(['### ```.onnx', true]);
  expect(log.join()).toContain('```.onnx');
});
