/**
 * The action for pull requests, step by step as a runner does it: a clone with Pareto as a submodule, then the steps of
 * `action/action.yml`. Commands find nothing but git, Node and the tools of a bare system.
 *
 *     npx tsx bench/pull-requests.ts --model <model.onnx> [--options="--dim batch=1"] [--write]
 *
 * The small sample has labels. Its pull requests make it worse, leave it unchanged and make it smaller. The named model is
 * made smaller; its clone is fresh, so its time includes the installation.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serveComments, type CommentServer } from '../cli/testing/serve-comments';
import { formatNumber } from '../src/engine/format';
import { printHead, printRow } from './support/print-table';
import { runPareto } from './support/run-pareto';
import { writeOption, writeResults } from './support/results';

const { values } = parseArgs({
  options: { ...writeOption, model: { type: 'string' }, options: { type: 'string', default: '' } },
});
if (values.model === undefined) throw new Error('Name a model with --model.');
const root = fileURLToPath(new URL('..', import.meta.url));
const sample = (name: string) => join(root, 'public/samples', name);
const repeated = 50;
const token = 'token';

interface Step {
  readonly run: string;
  /** Expressions by the name of the variable. */
  readonly env: Readonly<Record<string, string>>;
}

/** The steps of the action, in the form in which it writes them. */
function readSteps(action: string): readonly Step[] {
  const [, ...blocks] = action.slice(action.indexOf('\n  steps:')).split(/^ {4}- name: /m);
  return blocks.map((block) => {
    const [, run = ''] = /^ {6}run: (?:>\n)?([^]*?)(?=\n {6}\S|\n*$(?![^]))/m.exec(block) ?? [];
    const env = [...block.matchAll(/^ {8}(\w+): \$\{\{ (.*) \}\}$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    return { run: run.replaceAll(/\s+/g, ' ').trim(), env: Object.fromEntries(env) as Step['env'] };
  });
}

const steps = readSteps(readFileSync(join(root, 'action/action.yml'), 'utf8'));
if (steps.length !== 2 || steps.some(({ run }) => run === '')) throw new Error('The action has other steps.');

const work = mkdtempSync(join(tmpdir(), 'pareto-pull-requests-'));

/** A folder with links to the only programs that commands find. */
function bareTools(): string {
  const folder = join(work, 'bin');
  mkdirSync(folder);
  const tools = 'node npm git bash sh env basename cat dirname grep head mktemp rm sed tail tee uname'.split(' ');
  const places = (process.env['PATH'] ?? '').split(delimiter);
  for (const tool of tools) {
    const found = places.map((place) => join(place, tool)).find((path) => existsSync(path));
    if (found === undefined) throw new Error(`${tool} is missing.`);
    symlinkSync(found, join(folder, tool));
  }
  return folder;
}

/** The settings of this machine for the registry. The cache is empty. */
const registry = Object.entries(process.env).filter(([name]) =>
  /^(npm_config_.*|node_extra_ca_certs|ssl_cert_(file|dir)|(https?|no)_proxy)$/i.test(name),
);
const env = {
  ...(Object.fromEntries(registry) as Record<string, string>),
  ...{ PATH: bareTools(), HOME: join(work, 'home'), LANG: 'C.UTF-8' },
  npm_config_userconfig: join(homedir(), '.npmrc'),
};
const person = ['-c', 'user.name=A', '-c', 'user.email=a@example.org', '-c', 'protocol.file.allow=always'];
const git = (folder: string, ...given: readonly string[]) =>
  execFileSync('git', [...person, ...given], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

interface Ran {
  readonly status: number;
  readonly printed: string;
  readonly cpuSeconds: number;
}

/** A command in Bash as a runner starts it. The shell counts the processor time of everything that it starts. */
async function runBash(command: string, folder: string, more: Readonly<Record<string, string>>): Promise<Ran> {
  const timed = `TIMEFORMAT='cpu %U %S'; time { ${command}; }`;
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', timed], {
    cwd: folder,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[status], printed, complaints] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(complaints) ?? [];
  return { status, printed: `${printed}${complaints}`, cpuSeconds: Number(user) + Number(system) };
}

interface Repository {
  readonly origin: string;
  readonly checkout: string;
  readonly baseSha: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly github: CommentServer;
}

/** A repository with the model on its main branch and Pareto as a submodule. Files are named by what they are for. */
async function createRepository(
  name: string,
  files: Readonly<Record<string, string>>,
  budget: object,
  options: string,
): Promise<Repository> {
  const origin = join(work, name);
  mkdirSync(origin);
  git(origin, 'init', '--quiet', '--initial-branch', 'main');
  // As on GitHub, any commit may be asked for.
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  for (const [file, path] of Object.entries(files)) copyFileSync(path, join(origin, file));
  writeFileSync(join(origin, 'budget.json'), JSON.stringify(budget));
  git(origin, 'submodule', '--quiet', 'add', '--depth', '1', `file://${root}`, 'pareto');
  git(origin, 'add', '.');
  git(origin, 'commit', '--quiet', '-m', 'base');
  const inputs = { model: 'model.onnx', budget: 'budget.json', options, comment: 'true', token, base: '', data: '' };
  const data = Object.keys(files).find((file) => file.startsWith('data'));
  const github = await serveComments(token);
  const checkout = join(work, `${name}-checkout`);
  return {
    origin,
    checkout,
    baseSha: git(origin, 'rev-parse', 'HEAD'),
    inputs: { ...inputs, data: data ?? '' },
    github,
  };
}

/** Commits a file on a branch. */
function push({ origin }: Repository, branch: string, file: string, content: Buffer | string): void {
  git(origin, 'checkout', '--quiet', '-B', branch, 'main');
  writeFileSync(join(origin, file), content);
  git(origin, 'add', '.');
  git(origin, 'commit', '--quiet', '-m', branch);
}

/** Clones what is not cloned yet, and runs the steps. */
async function runAction({ origin, checkout, baseSha, inputs, github }: Repository, branch: string): Promise<Ran> {
  const clone = [
    `git clone --quiet --depth 1 --branch ${branch} 'file://${origin}' '${checkout}'`,
    `git -c protocol.file.allow=always -C '${checkout}' submodule --quiet update --init --depth 1`,
  ].join(' && ');
  const fetch = `git -C '${checkout}' fetch --quiet --depth 1 origin ${branch} && git -C '${checkout}' checkout --quiet --force FETCH_HEAD`;
  const ran = [await runBash(existsSync(checkout) ? fetch : clone, work, {})];
  const expressions: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`inputs.${name}`, value])),
    'github.event.pull_request.base.sha': baseSha,
    'github.event.pull_request.number': '1',
  };
  const runner = {
    GITHUB_ACTION_PATH: join(checkout, 'pareto/action'),
    GITHUB_STEP_SUMMARY: join(work, 'summary.md'),
    ...{ GITHUB_REPOSITORY: 'a/b', GITHUB_API_URL: github.address, RUNNER_ENVIRONMENT: 'github-hosted' },
  };
  for (const step of steps) {
    if (ran.at(-1)!.status !== 0) break;
    const given = Object.entries(step.env).map(([name, expression]) => [name, expressions[expression]!]);
    ran.push(
      await runBash(step.run, checkout, { ...runner, ...(Object.fromEntries(given) as Record<string, string>) }),
    );
  }
  return {
    status: ran.at(-1)!.status,
    printed: ran.map(({ printed }) => printed).join('\n'),
    cpuSeconds: ran.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
}

/** The last row of a limit that is broken, or the first row. */
function verdictOf({ github }: Repository): string {
  const rows = (github.comments.at(-1)?.body ?? '').split('\n').filter((line) => /^\| [✅❌]/u.test(line));
  const [, limit = '', allowed = '', measured = ''] = (
    rows.findLast((row) => row.includes('❌')) ??
    rows[0] ??
    ''
  ).split(' | ');
  return `${limit.trim()} ${allowed}: ${measured.replace(/ \|$/, '')}`;
}

function expectStatus({ status, printed }: Ran, expected: number): void {
  if (status !== expected) throw new Error(`The action ended with ${status}.\n${printed}`);
}

function makeVariant(model: string, ...passes: readonly string[]): Buffer {
  const output = join(work, 'variant.onnx');
  runPareto('optimize', model, '-o', output, ...passes);
  return readFileSync(output);
}

const seconds = (value: number): string => `${formatNumber(value, 3)} s`;
const row = (name: string, change: string, repository: Repository, { status, cpuSeconds }: Ran): void =>
  printRow(
    ...[name, change, status === 0 ? 'passes' : 'fails', verdictOf(repository)],
    ...[String(repository.github.comments.length), seconds(cpuSeconds)],
  );

const repositories: Repository[] = [];
try {
  printHead('model', 'pull request', 'check', 'limit and figure', 'comments', 'CPU time');
  const large = await createRepository(
    'large',
    { 'model.onnx': values.model },
    { sizeBytes: 200e6, gzipBytes: 200e6, sqnrDb: 15 },
    values.options,
  );
  repositories.push(large);
  push(large, 'smaller', 'model.onnx', makeVariant(values.model, '--pass', 'quantize-weights', '--set', 'bits=8'));
  const first = await runAction(large, 'smaller');
  expectStatus(first, 0);
  row(basename(values.model), 'smaller, in a fresh clone', large, first);

  const cnn = sample('fashion-cnn.onnx');
  const small = await createRepository(
    'small',
    { 'model.onnx': cnn, 'data.npz': sample('fashion-mnist-evaluation.npz') },
    { accuracyLoss: 0.02, latency: { wasm: { ratio: 0.8 } }, opsNotOn: { webgpu: 0 } },
    '--limit 500',
  );
  repositories.push(small);
  push(small, 'worse', 'model.onnx', makeVariant(cnn, '--pass', 'prune-weights', '--set', 'amount=0.9'));
  const worse = await runAction(small, 'worse');
  expectStatus(worse, 1);
  row(basename(cnn), 'worse, in a fresh clone', small, worse);
  push(small, 'smaller', 'model.onnx', makeVariant(cnn, '--pass', 'quantize-weights', '--set', 'bits=8'));
  const smaller = await runAction(small, 'smaller');
  expectStatus(smaller, 0);
  row(basename(cnn), 'smaller', small, smaller);
  push(small, 'unchanged', 'README.md', 'Only words.');
  const same: Ran[] = [];
  for (let count = 0; count < repeated; count += 1) same.push(await runAction(small, 'unchanged'));
  same.forEach((each) => expectStatus(each, 0));
  const cpuSeconds = same.reduce((sum, each) => sum + each.cpuSeconds, 0) / same.length;
  row(basename(cnn), `unchanged, ${same.length} times`, small, { ...same[0]!, cpuSeconds });
} finally {
  for (const { github } of repositories) github.close();
  rmSync(work, { recursive: true, force: true });
}
if (values.write) await writeResults('pull-requests');
