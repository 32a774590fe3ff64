import { expect, it } from 'vitest';
import { formatTable } from './table';

it('keeps a row on one line, whatever a name holds', () => {
  const table = formatTable([
    ['input', 'x\noutput  forged\u001b[31m\u009b1m\r', 'float32'],
    ['output', 'y', 'float32'],
  ]);
  const shown = 'x\ufffdoutput  forged\ufffd[31m\ufffd1m\ufffd';
  expect(table).toBe(`input   ${shown}  float32\noutput  ${'y'.padEnd(shown.length)}  float32`);
});
