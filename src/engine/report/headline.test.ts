import { describe, expect, it } from 'vitest';
import { headline, type HeadlineFacts } from './headline';
import type { ExecutionProvider, Verdict } from '../metrics/cell';
import type { Loss } from '../verdict/loss';
import { lossVerdict } from '../verdict/loss-verdict';
import { createReport } from './create-report';
import { openingVariant } from './find-in-report';
import { headlineFacts } from './headline-facts';
import { exampleEvaluated } from './testing/evaluation-source';
import { exampleMatch, reportOfExample, exampleSource } from './testing/report-source';

const plain = (facts: HeadlineFacts) => headline(facts).replaceAll('\u00a0', ' ');
const variant = {
  name: 'int8 (dynamic)',
  sizeBytes: { original: 10_800_000, variant: 2_900_000 },
  changes: 3,
  refusals: 2,
};
const base: HeadlineFacts = { variant, cells: [], comparisons: [], failures: [] };
const cell = { ep: 'wasm', outputMatch: exampleMatch } as const;

function compared(ep: ExecutionProvider, ratio: number, verdict: Verdict): HeadlineFacts['comparisons'][number] {
  return { ep, ratio, verdict, interval: [ratio * 0.9, ratio * 1.1] };
}

/** A loss by labels against a limit of one point. */
function known(
  value: number,
  interval: readonly [number, number],
  facts: Partial<Loss> = {},
  from: 'evaluation' | 'search' = 'evaluation',
) {
  const loss: Loss = { of: 'accuracy', value, interval, samples: 797, inputs: 'data', ...facts };
  return { loss, verdict: lossVerdict(loss, { limit: 0.01 }), from };
}

describe('headline', () => {
  it('names the next step if nothing was done', () => {
    expect(plain({ ...base, variant: null })).toBe('No variant yet: add a pass to the recipe and run it.');
    const idle = { ...variant, changes: 0, sizeBytes: { original: 10_800_000, variant: 10_799_000 } };
    expect(plain({ ...base, variant: idle })).toBe(
      'int8 (dynamic) changed nothing, so it equals the original. The details of the pass list the reasons.',
    );
    expect(plain({ ...base, variant: { ...idle, refusals: 0 } })).toBe(
      'int8 (dynamic) changed nothing, so it equals the original. No pass found anything to change.',
    );
    expect(plain({ ...base, variant: { ...idle, sizeBytes: { original: 90_400, variant: 65_700 } } })).toContain(
      '27 % smaller',
    );
  });

  it('does not call an accuracy unknown that is only out of date', () => {
    const old = plain({ ...base, outdatedAccuracy: 'more' });
    expect(old).toContain('The model or the data settings changed since accuracy was measured. Evaluate again.');
    expect(old).not.toContain('unknown');
    expect(plain({ ...base, outdatedAccuracy: 'split' })).toContain(
      'Accuracy was measured on other samples than you selected.',
    );
  });

  it('shows the accuracy of a search until it is evaluated', () => {
    const sentence = plain({ ...base, hasLabels: true, known: known(0, [-0.005, 0.005], {}, 'search') });
    expect(sentence).toContain('; no measurable accuracy loss on 797 samples. Speed not measured yet.');
    expect(sentence).not.toContain('not evaluated');
    expect(sentence).not.toContain('outputs');
  });

  it('calls an accuracy not evaluated if data with labels waits, and unknown without any', () => {
    expect(plain({ ...base, hasLabels: true })).toContain('yet. Accuracy not evaluated yet.');
    expect(plain({ ...base, hasLabels: false })).toContain('yet. Accuracy is unknown: the data has no labels.');
    const ofData = { ...cell, outputMatch: { ...exampleMatch, inputs: 'data' } } as const;
    expect(plain({ ...base, cells: [ofData] })).toContain('on 8 samples. Accuracy not evaluated yet.');
  });

  it('claims no speed that was not measured', () => {
    expect(plain(base)).toBe('int8 (dynamic): 3.72× smaller. Speed, outputs and accuracy not measured yet.');
  });

  it('writes small differences of speed as the ratio that stands elsewhere', () => {
    const comparisons = [compared('wasm', 1.034, 'faster'), compared('webgpu', 0.97, 'slower')];
    expect(plain({ ...base, cells: [cell], comparisons })).toContain('1.03× faster on WASM and 1.03× slower on WebGPU');
  });

  it('puts size, speed and match into one sentence', () => {
    expect(
      plain({
        ...base,
        cells: [cell],
        comparisons: [
          compared('wasm', 1.52, 'faster'),
          compared('webgpu', 0.5, 'slower'),
          compared('webnn-cpu', 1.02, 'same'),
        ],
      }),
    ).toBe(
      'int8 (dynamic): 3.72× smaller, 1.52× faster on WASM and 2.00× slower on WebGPU, about the same speed on WebNN CPU; outputs match (output error 0.87 %) on 8 random inputs. Accuracy is unknown: random inputs cannot show it.',
    );
  });

  it('gives accuracy with its interval, its samples and the claim against the original', () => {
    const evaluation = {
      ep: 'wasm',
      samples: 797,
      task: 'classification',
      metrics: { top1: { value: 0.9787, interval: [0.966, 0.987] } },
    } satisfies HeadlineFacts['evaluation'];
    const said = (changes: object, hasLabels = true) =>
      plain({ ...base, hasLabels, known: known(0.001, [-0.005, 0.005]), evaluation: { ...evaluation, ...changes } });
    const match = { sqnrDb: 26, identical: false, valid: true };
    // An accuracy makes the output match dispensable.
    expect(said({ match })).toBe(
      'int8 (dynamic): 3.72× smaller; top-1 accuracy 97.9 % (96.6–98.7 %), no measurable accuracy loss on 797 samples. Speed not measured yet.',
    );
    const worse = known(0.021, [0.011, 0.03]);
    expect(plain({ ...base, known: worse, evaluation: { ...evaluation, ep: 'webgpu' } })).toContain(
      '; top-1 accuracy 97.9 % (96.6–98.7 %), 2.1 points of accuracy lost on 797 samples (1.1 to 3), above the limit of 1 point, WebGPU.',
    );
    expect(plain({ ...base, evaluation: { ...evaluation, unchecked: 'labels' } })).toContain(
      '; top-1 accuracy 97.9 % (96.6–98.7 %) on 797 samples, labels not checked.',
    );
    const unevaluated = { task: 'match', metrics: {} };
    expect(said(unevaluated, false)).toMatch(/ Accuracy is unknown: the data has no labels\.$/);
    // Labels that fit no output, a task of `match`, a variant that did not run.
    expect(said(unevaluated)).toMatch(/ Accuracy is unknown: the outputs were not evaluated with the labels\.$/);
  });

  it('compares outputs on real data before synthetic ones, unless outputs are wrong on any', () => {
    const on = (match: object, cells: HeadlineFacts['cells'] = []) =>
      plain({
        ...base,
        cells,
        evaluation: {
          ep: 'wasm',
          samples: 2000,
          task: 'match',
          metrics: {},
          match: { sqnrDb: 51, identical: false, valid: true, ...match },
        },
      });
    expect(on({})).toContain('; outputs match (output error 0.28 %) on 2,000 samples. Speed not measured yet.');
    expect(on({}, [cell])).toContain('outputs match (output error 0.28 %) on 2,000 samples.');
    const onWebgpu = { ep: 'webgpu', outputMatch: { ...exampleMatch, sqnrDb: 29 } } as const;
    expect(on({}, [cell, onWebgpu])).toContain('outputs match (output error 0.28 %) on 2,000 samples.');
    const wrong = { ep: 'wasm', outputMatch: { ...exampleMatch, valid: false, problem: 'y holds NaN' } } as const;
    expect(on({}, [wrong])).toMatch(/^Outputs are wrong on WASM: y holds NaN\./);
    expect(on({ sqnrDb: 26 }, [cell])).toContain('outputs are close (output error 5 %) on 2,000 samples.');
    expect(on({ valid: false })).toMatch(/^Outputs are wrong on WASM\./);
  });

  it('never calls a ratio a speed-up whose interval does not clear the noise', () => {
    const text = plain({
      ...base,
      cells: [cell],
      comparisons: [compared('wasm', 1.9, 'same')],
    });
    expect(text).toContain('about the same speed on WASM');
    expect(text).not.toContain('faster');
  });

  it('does not call it no difference when there were too few runs to find one', () => {
    const comparisons = [compared('wasm', 1.01, 'same'), compared('webgpu', 0.45, 'undecided')];
    expect(plain({ ...base, cells: [cell], comparisons })).toContain(
      ', about the same speed on WASM and speed not yet known on WebGPU;',
    );
  });

  it('blames no variant for outputs that the original does not repeat itself', () => {
    const problem = 'The original is not deterministic: two runs give different values of output "y".';
    const random = { ...exampleMatch, valid: false, comparable: false, problem };
    const evaluation = {
      ep: 'wasm',
      samples: 20,
      task: 'match',
      metrics: {},
      match: { sqnrDb: -3, identical: false, valid: false },
    } satisfies HeadlineFacts['evaluation'];
    const comparisons = [compared('wasm', 1.9, 'invalid')] as const;
    const text = plain({ ...base, cells: [{ ep: 'wasm', outputMatch: random }], comparisons, evaluation });
    expect(text).toMatch(/^Outputs cannot be compared on WASM: The original is not deterministic: two runs give/);
    expect(text).not.toContain('wrong');
    expect(text).not.toContain('faster');
  });

  it('leads with wrong outputs, and claims no speed for them', () => {
    const wrong = { ...exampleMatch, valid: false, problem: 'y holds NaN' };
    const text = plain({
      ...base,
      cells: [cell, { ep: 'webgpu', outputMatch: wrong }],
      comparisons: [compared('webgpu', 3, 'invalid')],
    });
    expect(text).toMatch(/^Outputs are wrong on WebGPU: y holds NaN\. int8 \(dynamic\): 3\.72× smaller/);
    expect(text).not.toContain('faster');
  });

  it('grades the match in words', () => {
    const at = (sqnrDb: number) =>
      plain({ ...base, cells: [{ ep: 'wasm', outputMatch: { ...exampleMatch, sqnrDb } }] });
    expect(at(30)).toContain('; outputs match (output error 3.2 %) on 8 random inputs.');
    expect(at(24)).toContain('; outputs are close (output error 6.3 %) on 8 random inputs.');
    expect(at(18)).toContain('; outputs differ noticeably (output error 13 %) on 8 random inputs.');
  });

  it('leads with outputs that differ strongly, and claims speed only with that said', () => {
    const strong = { ...exampleMatch, sqnrDb: 5.1 };
    const comparisons = [compared('wasm', 1.5, 'faster'), compared('webgpu', 2, 'faster')] as const;
    const onWasm = { ep: 'wasm', outputMatch: strong } as const;
    expect(plain({ ...base, cells: [onWasm, { ep: 'webgpu', outputMatch: exampleMatch }], comparisons })).toBe(
      'Outputs differ strongly on WASM (error 56 %, on 8 random inputs): evaluate the accuracy before you use it. int8 (dynamic): 3.72× smaller, 1.50× faster on WASM (with outputs that differ strongly) and 2.00× faster on WebGPU; outputs elsewhere match (output error 0.87 %) on 8 random inputs. Accuracy is unknown: random inputs cannot show it.',
    );
    expect(plain({ ...base, cells: [onWasm] })).not.toContain('match');
  });

  it('has no ratio for a variant without a byte', () => {
    const empty = { ...variant, sizeBytes: { original: 1e6, variant: 0 } };
    expect(plain({ ...base, variant: empty })).toContain(': 100 % smaller');
  });

  it('describes the result of a pass, and the saving by compression beyond the size on disk', () => {
    const pruned = { ...variant, sizeBytes: { original: 1e6, variant: 1e6 }, sentences: ['Half of it is zero.'] };
    expect(plain({ ...base, variant: pruned })).toContain(
      ': same size (1.00 MB). Speed, outputs and accuracy not measured yet. Half of it is zero.',
    );
    const gzipBytes = { original: 926_000, variant: 526_000 };
    expect(plain({ ...base, variant: { ...pruned, gzipBytes } })).toContain(
      'Half of it is zero. After gzip: 526 kB (original 926 kB).',
    );
  });

  it('omits the size after gzip if it equals the size on disk', () => {
    const gzipBytes = { original: 24_200, variant: 8_730 };
    expect(plain({ ...base, variant: { ...variant, gzipBytes } })).not.toContain('gzip');
  });

  it('claims nothing from the times of a software adapter', () => {
    const software = { ep: 'webgpu', outputMatch: exampleMatch, flags: ['software-adapter'] } as const;
    const comparisons = [compared('wasm', 1.5, 'faster'), compared('webgpu', 3, 'faster')] as const;
    const text = plain({ ...base, cells: [cell, software], comparisons });
    expect(text).toContain('1.50× faster on WASM; outputs match (output error 0.87 %)');
    expect(text).not.toContain('WebGPU');
  });

  it('names larger, identical and failed variants', () => {
    const larger = { ...variant, sizeBytes: { original: 100, variant: 125 } };
    const identical = { ...exampleMatch, identical: true, sqnrDb: 300, samples: 1 };
    expect(
      plain({
        variant: larger,
        cells: [{ ep: 'wasm', outputMatch: identical }],
        comparisons: [],
        failures: [{ ep: 'webgpu', message: '' }],
      }),
    ).toBe(
      'int8 (dynamic): 25 % larger; outputs are identical on 1 random input. It failed to run on WebGPU. Accuracy is unknown: random inputs cannot show it.',
    );
  });

  it('is the same from a report', () => {
    expect(headline(headlineFacts(reportOfExample())).replaceAll('\u00a0', ' ')).toBe(
      'int8 (dynamic): 3.73× smaller and 1.52× faster on WASM; outputs match (output error 0.87 %) on 8 random inputs. It failed to run on WebGPU. Accuracy is unknown: random inputs cannot show it.',
    );
    expect(headlineFacts(createReport({ ...exampleSource, variants: [] })).variant).toBeNull();
    const [made] = exampleSource.variants;
    const idle = ['prune-weights', 'simplify'].map((id) => ({ id, options: {}, ms: 1, changes: [], refusals: [] }));
    const passes = [...made!.optimization.passes, ...idle];
    const partly = createReport({
      ...exampleSource,
      variants: [{ ...made!, optimization: { ...made!.optimization, passes } }],
    });
    expect(headline(headlineFacts(partly))).toContain('. Prune weights changed nothing. ');
    const evaluated = createReport({ ...exampleSource, evaluated: exampleEvaluated });
    expect([reportOfExample(), evaluated].map((report) => headlineFacts(report).hasLabels)).toEqual([undefined, true]);
  });

  it('is of the variant that was in view, and of the first in reports that do not say', () => {
    const [first] = exampleSource.variants;
    const variants = [first!, { ...first!, id: 'v2', name: 'Pruned' }];
    const opening = (selected?: string) => openingVariant(createReport({ ...exampleSource, variants, selected }))?.id;
    expect(opening('v2')).toBe('v2');
    expect(opening()).toBe('v1');
    expect(opening('original')).toBe('v1');
    expect(headline(headlineFacts(createReport({ ...exampleSource, variants, selected: 'v2' })))).toMatch(/^Pruned: /);
    // A link is not trusted to name a variant that it carries.
    expect(openingVariant({ ...reportOfExample(), selected: 'gone' })?.id).toBe('v1');
  });

  it('gives the size of a model with data files as the sum', () => {
    expect(createReport({ ...exampleSource, modelBytes: 20_000_000 }).model.sizeBytes).toBe(20_000_000);
    expect(reportOfExample().model.sizeBytes).toBe(exampleSource.inspection.file.sizeBytes);
  });

  it('groups refusals and keeps the distribution of samples', () => {
    const report = reportOfExample();
    expect(report.variants[0]?.passes[0]?.refusals).toEqual([
      { code: 'slow', reason: 'It would be slow.', ops: ['Conv'], count: 2 },
    ]);
    expect(report.cells[0]?.quantilesMs).toEqual(Array.from({ length: 21 }, (_, index) => index * 5));
    expect(report.model.operators).toEqual([
      { op: 'Conv', count: 2 },
      { op: 'Relu', count: 1 },
    ]);
  });
});
