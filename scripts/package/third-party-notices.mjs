/** Licenses of the packages whose code a bundle contains. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../preparation.mjs';

/** Dependencies whose code the page lacks: a tool of the checkout, and what the WebGL build of onnxruntime-web uses. */
const outsideThePage = ['tsx', 'guid-typescript'];

/**
 * Folders of the packages that the built page may contain code of: the dependencies, and theirs.
 * @returns {readonly string[]}
 */
function foldersOfPage() {
  /** @type {{ packages: Record<string, { dependencies?: Record<string, string> }> }} */
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const found = new Set(['']);
  for (const folder of found) {
    for (const name of Object.keys(packages[folder]?.dependencies ?? {})) {
      if (outsideThePage.includes(name)) continue;
      const nested = `${folder}/node_modules/${name}`;
      found.add(nested in packages ? nested : `node_modules/${name}`);
    }
  }
  return [...found].filter((folder) => folder !== '');
}

/**
 * @param {readonly string[]} sources  paths from the root of the checkout
 * @returns {string}
 */
export function noticesOf(sources) {
  // Decoders are copied beside the bundles.
  const folders = new Set(['node_modules/@jsquash/jpeg', 'node_modules/@jsquash/webp', ...foldersOfPage()]);
  for (const source of sources) {
    const [folder] = /^(?:url:)?(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(source) ?? [];
    if (folder !== undefined) folders.add(folder.replace(/^url:/, ''));
  }
  const notices = [...folders].toSorted().map(noticeOf);
  return ['The package contains code of these packages.', ...notices].join(`\n\n${'-'.repeat(80)}\n\n`);
}

/** @param {string} folder */
function noticeOf(folder) {
  const place = path.join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(path.join(place, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${name} states no license.`);
  const files = readdirSync(place).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.map((file) => readFileSync(path.join(place, file), 'utf8').trim());
  if (texts.length === 0) texts.push(withoutText.get(name) ?? noText(name));
  const decodesJpeg = name === '@jsquash/jpeg' ? [mozjpegNotice] : [];
  return [`${name} ${version}, ${license}`, ...decodesJpeg, ...texts].join('\n\n');
}

/** @param {string} name @returns {never} */
function noText(name) {
  throw new Error(`${name} has no file with its license.`);
}

const ownTerms = 'The terms of the MIT License are those of the file LICENSE.';
const microsoft = `Copyright (c) Microsoft Corporation. ${ownTerms}`;
/** Packages that state their license in package.json alone. */
const withoutText = new Map([
  ['onnxruntime-web', microsoft],
  ['onnxruntime-common', microsoft],
  ['react-remove-scroll-bar', `Copyright (c) Anton Korzunov. ${ownTerms}`],
]);

const mozjpegNotice = 'This software is based in part on the work of the Independent JPEG Group.';
