/** The pages of docs/reference state the facts of the code. `node scripts/write-reference.mjs` writes them again. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allCommands } from '../cli/main.ts';
import { limitNames as checkedLimits } from '../src/engine/gate/model-limits.ts';
import { metricNames } from '../src/engine/metrics/describe-accuracy.ts';
import { limitNames as searchedLimits } from '../src/engine/search/search-goal.ts';
import { explainedOptions } from './reference/describe-commands.ts';
import { referencePages } from './reference/reference-pages.ts';

describe('docs/reference', () => {
  it('matches the code', async () => {
    for (const { path, written, made } of await referencePages()) expect(written, path).toBe(made);
  });

  it('explains every option of every command', async () => {
    for (const { name, help, options } of await allCommands()) {
      const explained = explainedOptions(help);
      expect(explained.toSorted(), name).toEqual([...new Set([...Object.keys(options), 'json'])].toSorted());
    }
  });

  it('explains every limit and every metric', () => {
    const limits = readFileSync('docs/reference/limits.md', 'utf8');
    for (const limit of [...checkedLimits, ...searchedLimits]) expect(limits).toMatch(new RegExp(`\`${limit}[\`.]`));
    const metrics = readFileSync('docs/reference/metrics.md', 'utf8');
    for (const metric of Object.keys(metricNames)) expect(metrics).toContain(`\`${metric}\``);
  });
});
