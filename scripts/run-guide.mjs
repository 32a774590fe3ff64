/**
 * `node scripts/run-guide.mjs [<page>…]`: runs the commands in docs/guide and writes their output below them. Without pages it runs all
 * of them, in their order, because later pages use files of earlier ones. Files stay in `.cache/guide`.
 *
 * It runs blocks like this one. `lines` chooses lines of a long output; without it, the page shows all of them.
 *
 *     ```console lines=1-3,8
 *     $ pareto inspect public/samples/fashion-cnn.onnx
 *     ```
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageIfNeeded, packageName } from './build-package.mjs';
import { root } from './preparation.mjs';

const guide = path.join(root, 'docs', 'guide');
const folder = path.join(root, '.cache', 'guide');

/** In the order in which the index of the guide links them. */
const pages = [...readFileSync(path.join(guide, 'README.md'), 'utf8').matchAll(/^\d+\. \[.*\]\((.*)\.md\)/gm)].map(
  ([, page = '']) => page,
);

mkdirSync(folder, { recursive: true });
if (!existsSync(path.join(folder, 'public')))
  symlinkSync(path.join(root, 'public'), path.join(folder, 'public'), 'junction');

const installed = path.join(folder, 'node_modules', packageName);
rmSync(installed, { force: true });
mkdirSync(path.dirname(installed), { recursive: true });
symlinkSync((await packageIfNeeded()).folder, installed, 'junction');

const chosen = process.argv.slice(2);
const unknown = chosen.find((page) => !pages.includes(page));
if (unknown !== undefined) throw new Error(`There is no page "${unknown}". Pages: ${pages.join(', ')}.`);
for (const page of chosen.length > 0 ? chosen : pages) rewrite(page);

/** @param {string} page */
function rewrite(page) {
  const file = path.join(guide, `${page}.md`);
  const text = readFileSync(file, 'utf8');
  for (const [, name = '', content = ''] of text.matchAll(/^Save it as `(.*)`.*\n\n```(?:json|js|ts)\n([^]*?)```/gm)) {
    writeFileSync(path.join(folder, name), content);
  }
  const block = /^```console(?: lines=(\S+))?\n(\$ (?:.*\\\n)*.*\n)[^]*?^```$/gm;
  for (const [, lines, typed = ''] of text.matchAll(block)) {
    const output = chooseLines(run(typed.slice(2)), lines);
    // Read again: a page may be edited while its commands run.
    const rewritten = readFileSync(file, 'utf8').replaceAll(block, (whole, itsLines, itsTyped) => {
      if (itsLines !== lines || itsTyped !== typed) return whole;
      return `\`\`\`console${lines === undefined ? '' : ` lines=${lines}`}\n${typed}${output}\`\`\``;
    });
    writeFileSync(file, rewritten);
  }
}

/** @param {string} typed a command, over several lines if they end in a backslash */
function run(typed) {
  const command = typed.replaceAll(/\\\n\s*/g, '').trim();
  process.stdout.write(`${command}\n`);
  const pareto = `"${process.execPath}" "${path.join(root, 'cli', 'pareto.mjs')}"`;
  const { status, stdout } = spawnSync(`${command.replaceAll(/\bpareto /g, `${pareto} `)} 2>&1`, {
    cwd: folder,
    encoding: 'utf8',
    shell: true,
    maxBuffer: 1e9,
  });
  if (status !== 0) throw new Error(`Exit code ${status}: ${command}\n${stdout}`);
  return stdout;
}

/**
 * Lines by their number, as `1-3,8`. An ellipsis replaces lines that are left out between and after them.
 * @param {string} output
 * @param {string | undefined} ranges
 */
function chooseLines(output, ranges) {
  const all = output.trimEnd().split('\n');
  const shown = all.flatMap((line, index) => {
    if (isChosen(index + 1, ranges)) return [line.trimEnd()];
    return isChosen(index, ranges) ? ['…'] : [];
  });
  const text = shown.join('\n').replace(/^\n+/, '');
  return text === '' ? '' : `${text}\n`;
}

/**
 * @param {number} line
 * @param {string | undefined} ranges
 */
function isChosen(line, ranges) {
  if (ranges === undefined) return true;
  return ranges.split(',').some((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return line >= first && line <= last;
  });
}
