import { describe, expect, it } from 'vitest';
import { mostNumbers, type SampleAnswer } from '../metrics/changes/changed-sample';
import { changedSamplesPage } from './changed-page';

const hostile = '"><svg/onload=alert(1)><script>';
const box = { corners: [0.1, 0.1, 0.5, 0.5], name: hostile, score: 1, single: true } as const;

const answers: readonly SampleAnswer[] = [
  { kind: 'classes', answer: hostile, classes: [{ name: hostile, share: 0.6 }] },
  { kind: 'boxes', boxes: [box] },
  { kind: 'map', width: 2, height: 1, values: 'AAA', low: 0, high: 1, areClasses: true },
  { kind: 'text', text: `the ${hostile} sat` },
  { kind: 'neighbor', place: hostile, cosine: 0.5 },
  { kind: 'numbers', numbers: Array.from({ length: mostNumbers }, (_, place) => ({ place, value: 1 })) },
  { kind: 'wave', peak: 1, values: 'AP8A_w' },
];

const page = (...before: readonly SampleAnswer[]): Promise<string> => {
  const samples = before.map((answer, index) => ({
    index,
    place: hostile,
    size: 1,
    label: hostile,
    before: answer,
    after: answer,
  }));
  const changes = { output: 'y', compared: 9, changed: 9, samples };
  const rgba = Uint8ClampedArray.from({ length: 4 * 400 * 300 }, (_, at) => (at * 7919) % 256);
  return changedSamplesPage({ title: hostile, changes, names: [hostile, hostile] }, (index) =>
    Promise.resolve(
      index === 3 ? { text: hostile } : index === 4 ? undefined : { picture: { width: 400, height: 300, rgba } },
    ),
  );
};

describe('changedSamplesPage', () => {
  it('loads and runs nothing with hostile names', async () => {
    const html = await page(...answers);
    const tags = new Set(Array.from(html.matchAll(/<([a-z]\w*)/gi), ([, tag]) => tag!));
    const allowed = 'html meta title style h1 p ol li div dl dt dd img svg rect path span mark'.split(' ');
    expect([...tags].filter((tag) => !allowed.includes(tag))).toEqual([]);
    expect(html.match(/ on\w+=/)).toBeNull();
    expect(html).toContain("default-src 'none'");
    expect(html).toContain('&lt;script&gt;');
  });

  it('makes pictures small enough', async () => {
    const [uri] = /data:image\/png;base64,[A-Za-z0-9+/=]+/.exec(await page(answers[0]!))!;
    expect(uri.length).toBeGreaterThan(5000);
    expect(uri.length).toBeLessThanOrEqual(40_000);
  });
});
