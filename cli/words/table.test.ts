import { expect, it } from 'vitest';
import { formatTable } from './table';
import { withoutControls } from '../terminal';

it('keeps a row on one line for any name', () => {
  const table = formatTable([
    ['input', 'x\noutput  forged\u001b[31m\u009b1m\r', 'float32'],
    ['output', 'y', 'float32'],
  ]);
  const shown = 'x\ufffdoutput  forged\ufffd[31m\ufffd1m\ufffd';
  expect(table).toBe(`input   ${shown}  float32\noutput  ${'y'.padEnd(shown.length)}  float32`);
});

it('escapes characters that reverse text, and leaves the values of JSON', () => {
  const name = 'a\u202egnp\u2069\u009b';
  expect(withoutControls(name)).toBe('a\\u202egnp\\u2069\\u009b');
  expect(JSON.parse(withoutControls(JSON.stringify({ name })))).toEqual({ name });
});
