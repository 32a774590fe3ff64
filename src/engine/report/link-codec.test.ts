import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isParetoError } from '../errors';
import { createReport } from './create-report';
import { decodeReportFragment, encodeReportFragment, maximumLinkLength, maximumReportBytes } from './link-codec';
import { parseReport } from './report-schema';
import { reportOfExample, exampleSource } from './testing/report-source';

const fragmentOf = (bytes: Uint8Array | string) =>
  `#r=1.${deflateRawSync(Buffer.from(bytes as string)).toString('base64url')}`;

const codeOf = (fragment: string) =>
  decodeReportFragment(fragment).then(
    () => 'opened',
    (error: unknown) => (isParetoError(error) ? error.code : error),
  );

describe('report links', () => {
  it('carry a whole report', async () => {
    const fragment = await encodeReportFragment(reportOfExample());
    expect(fragment).toMatch(/^#r=1\.[A-Za-z0-9_-]+$/);
    expect(await decodeReportFragment(fragment)).toEqual(reportOfExample());
  });

  it('carry the variant that was in view, and open without one', async () => {
    const withSelection = createReport({ ...exampleSource, selected: 'v1' });
    expect((await decodeReportFragment(await encodeReportFragment(withSelection))).selected).toBe('v1');
    expect(await decodeReportFragment(await encodeReportFragment(reportOfExample()))).not.toHaveProperty('selected');
  });

  it('carry reports whose measurements are not finite numbers', async () => {
    const [cell] = exampleSource.cells;
    const broken = { ...cell!.outputMatch, sqnrDb: -Infinity, maxAbs: Infinity, cosine: NaN, valid: false };
    const report = createReport({ ...exampleSource, cells: [{ ...cell!, outputMatch: broken }] });
    const opened = await decodeReportFragment(await encodeReportFragment(report));
    expect(opened.cells[0]?.outputMatch.valid).toBe(false);
  });

  it.each([
    ['a later version outside', '#r=99.AAAA', 'report/version'],
    ['a later version inside', fragmentOf(JSON.stringify({ version: 99 })), 'report/version'],
    ['no report', '#r=', 'report/invalid'],
    ['another fragment', '#studio', 'report/invalid'],
    ['foreign characters', '#r=1.<script>', 'report/invalid'],
    ['bytes that are not compressed', '#r=1.AAAA____', 'report/invalid'],
    ['text that is not JSON', fragmentOf('hello'), 'report/invalid'],
    ['bytes that are not text', fragmentOf(Uint8Array.of(0xff, 0xfe)), 'report/invalid'],
    ['JSON that is not a report', fragmentOf('{"version":1}'), 'report/invalid'],
    ['a link that is too long', `#r=1.${'A'.repeat(maximumLinkLength)}`, 'report/too-large'],
    ['a small link that unpacks to a lot', fragmentOf(new Uint8Array(maximumReportBytes + 1)), 'report/too-large'],
  ])('answers %s with a sentence', async (_, fragment, code) => {
    expect(await codeOf(fragment)).toBe(code);
  });

  it('opens cut links never, and damaged ones never as something that is no report', async () => {
    const fragment = await encodeReportFragment(reportOfExample());
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: fragment.length - 1 }), async (length) => {
        expect(await codeOf(fragment.slice(0, length))).toBe('report/invalid');
      }),
      { numRuns: 50 },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(fragment.length - 6), fc.constantFrom(...'AZaz09-_'), async (place, character) => {
        const damaged = fragment.slice(0, place + 5) + character + fragment.slice(place + 6);
        const opened = await decodeReportFragment(damaged).catch((error: unknown) => error);
        if (opened instanceof Error) expect(isParetoError(opened)).toBe(true);
        else expect(parseReport(opened)).toEqual(opened);
      }),
      { numRuns: 100 },
    );
  });

  it('answers any JSON with a report or a ParetoError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (json) => {
        expect(await codeOf(fragmentOf(json))).toMatch(/^report\//);
      }),
    );
  });
});
