/** Licenses of the packages whose code a bundle contains. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../preparation.mjs';

/**
 * @param {readonly string[]} sources  paths from the root of the checkout
 * @returns {string}
 */
export function noticesOf(sources) {
  // Decoders are copied beside the bundles.
  const folders = new Set(['node_modules/@jsquash/jpeg', 'node_modules/@jsquash/webp']);
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

const microsoft = 'Copyright (c) Microsoft Corporation. The terms of the MIT License are those of the file LICENSE.';
/** Packages that state their license in package.json alone. */
const withoutText = new Map([
  ['onnxruntime-web', microsoft],
  ['onnxruntime-common', microsoft],
]);

const mozjpegNotice = 'This software is based in part on the work of the Independent JPEG Group.';
