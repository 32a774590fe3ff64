/** Reads a `_headers` file, so that every server and the built page send the same ones. */
import { readFileSync } from 'node:fs';

/** @typedef {{ readonly pattern: string, readonly headers: Readonly<Record<string, string>> }} HeaderRule */

/**
 * @param {string} text  the form that Netlify and Cloudflare Pages read
 * @returns {HeaderRule[]}
 */
export function parseHeaderRules(text) {
  /** @type {{ pattern: string, headers: Record<string, string> }[]} */
  const rules = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (line.startsWith('/')) {
      rules.push({ pattern: line.trim(), headers: {} });
      continue;
    }
    const colon = line.indexOf(':');
    const rule = rules.at(-1);
    if (colon < 0 || rule === undefined) throw new Error(`_headers: cannot read the line "${line}".`);
    rule.headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return rules;
}

/** @param {string | URL} file  `_headers` of the built page, or of `public/` */
export function readHeaderRules(file) {
  return parseHeaderRules(readFileSync(file, 'utf8'));
}

/**
 * Later rules win, as on the hosts that read this file.
 * @param {readonly HeaderRule[]} rules
 * @param {string} pathname
 * @returns {Record<string, string>}
 */
export function headersFor(rules, pathname) {
  /** @type {Record<string, string>} */
  const headers = {};
  for (const { pattern, headers: own } of rules) {
    const matches = pattern.endsWith('*') ? pathname.startsWith(pattern.slice(0, -1)) : pathname === pattern;
    if (matches) Object.assign(headers, own);
  }
  return headers;
}

/**
 * The policy in the form that a meta tag may carry: browsers refuse `frame-ancestors` there.
 * @param {readonly HeaderRule[]} rules
 */
export function metaContentSecurityPolicy(rules) {
  const policy = headersFor(rules, '/')['Content-Security-Policy'];
  if (policy === undefined) throw new Error('_headers: the rule for /* has no Content-Security-Policy.');
  return policy
    .split(';')
    .map((directive) => directive.trim())
    .filter((directive) => !directive.startsWith('frame-ancestors'))
    .join('; ');
}
