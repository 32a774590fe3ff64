import { describe, expect, it } from 'vitest';
import type { AdvisorFacts, VariantFacts } from './advice';
import { convolutionalModel } from '../search/testing/model-facts';
import { advise } from './advise';
import { variantFacts } from './variant-facts';
import { resolveGoal } from '../search/goals';
import { relativeError } from '../metrics/match-grade';
import type { KnownVerdict } from '../report/variant-verdict';
import type { Loss } from '../verdict/loss';
import { lossVerdict } from '../verdict/loss-verdict';

const convolutional: AdvisorFacts = { model: convolutionalModel, data: { isLabeled: true } };
const variant: VariantFacts = {
  sizeBytes: 100_000,
  passes: ['simplify', 'quantize-weights'],
  recipePasses: ['simplify', 'quantize-weights'],
  isUnchanged: false,
  isWrong: false,
  isSearched: false,
};
/** A loss by labels, held against a limit. */
function lost(
  value: number,
  interval: readonly [number, number],
  samples: number,
  { limit = 0.01, from = 'evaluation' }: { readonly limit?: number; readonly from?: KnownVerdict['from'] } = {},
): KnownVerdict {
  const loss: Loss = { of: 'accuracy', value, interval, samples, inputs: 'data' };
  return { loss, verdict: lossVerdict(loss, { limit, ...(from === 'search' && { unconfirmed: 'selected' }) }), from };
}
/** Outputs that were compared on data or on random inputs. */
function ofOutputs(matchDb: number, inputs: Loss['inputs'] = 'data'): Pick<VariantFacts, 'matchDb' | 'known'> {
  const loss: Loss = { of: 'outputs', value: relativeError(matchDb), interval: null, samples: 8, inputs };
  return { matchDb, known: { loss, verdict: lossVerdict(loss, { limit: 0.1 }), from: 'outputs' } };
}
const idsOf = (facts: AdvisorFacts) => advise(facts).map(({ id }) => id);
const textOf = (facts: AdvisorFacts, id: string) => advise(facts).find((one) => one.id === id)?.text ?? '';

describe('advise', () => {
  it('covers the BERT case of the guide: four levers, and the open facts of each limit', () => {
    const bert: AdvisorFacts = {
      model: {
        sizeBytes: 440_000_000,
        structureShare: 0.001,
        macShares: { convolutions: 0, products: 0.99 },
        weightShares: { convolutions: 0, products: 0.65, recurrent: 0 },
        productWidth: 900,
        hasConvolutions: false,
        hasProducts: true,
        floatShare: 1,
        largestTable: { path: 'graph/Gather_0', share: 0.34 },
      },
      data: { isLabeled: true },
      target: { sizeBytes: 50_000_000, latencyMs: 20 },
      originalMs: 70,
    };
    expect(idsOf(bert)).toEqual(['goal', 'big-embedding', 'dynamic-or-static', 'distil']);
    expect(textOf(bert, 'goal')).toMatch(/3\.50× faster .* 8\.\d\d× smaller/);
    expect(textOf(bert, 'distil')).toContain('cache');
    const { recipe } = resolveGoal('faster-wasm', { model: bert.model, hasData: true, device: null });
    expect(advise(bert).find(({ id }) => id === 'dynamic-or-static')?.action).toMatchObject({ steps: recipe.steps });
    expect(idsOf({ ...bert, model: { ...bert.model, sizeBytes: 27_000 } })).not.toContain('dynamic-or-static');
    const asInTheGuide = { ...bert, variant: { ...variant, sizeBytes: 65_000_000, medianMs: 18 } };
    expect(textOf(asInTheGuide, 'goal')).toMatch(/18\.0\sms is within 20\.0\sms; 1\.30× smaller for 50/);
  });

  it('suggests no step that was already applied, but still advises on a loss', () => {
    const inBits = (bits: string) => ({
      id: 'quantize-weights',
      options: { bits, blockSize: '32', symmetric: false, method: 'rtn' },
    });
    const made = (bits: string): Pick<AdvisorFacts, 'made'> => ({
      made: [[{ id: 'simplify', options: {} }, inBits(bits), { id: 'store-float16', options: {} }]],
    });
    expect(idsOf({ ...convolutional, ...made('8') })).toContain('dynamic-or-static');
    expect(idsOf({ ...convolutional, ...made('4') })).not.toContain('dynamic-or-static');
    const known = lost(0.03, [0.02, 0.04], 2000);
    const inTwo = { ...convolutional, variant: { ...variant, weightBits: 2, known }, ...made('4') };
    expect(advise(inTwo)[0]).toMatchObject({ id: 'accuracy-lost', action: { label: 'Keep 4-bit weights' } });
  });

  it('begins with wrong outputs, and with confirmed losses', () => {
    expect(idsOf({ ...convolutional, variant: { ...variant, isWrong: true } })[0]).toBe('wrong-outputs');
    const pruned = {
      ...variant,
      passes: ['simplify', 'prune-channels'],
      known: lost(0.03, [0.02, 0.04], 2000),
    };
    const [first] = advise({ ...convolutional, variant: pruned });
    expect(first).toMatchObject({
      id: 'accuracy-lost',
      strength: 'do',
      action: { kind: 'run', steps: [{ pass: 'simplify' }, { pass: 'prune-channels' }, { pass: 'fine-tune' }] },
    });
    const inFour = { ...variant, weightBits: 4, known: pruned.known! };
    expect(advise({ ...convolutional, variant: inFour })[0]).toMatchObject({
      action: { kind: 'run', steps: [{ pass: 'simplify' }, { pass: 'quantize-weights', options: { bits: '8' } }] },
    });
  });

  it('reports the sample count that would decide if the given samples cannot', () => {
    const known = lost(0.005, [-0.005, 0.015], 1000);
    expect(textOf({ ...convolutional, variant: { ...variant, known } }, 'accuracy-undecided')).toBe(
      '1,000 samples are too few for a limit of 1 point. About 4,000 samples would settle it.',
    );
    const close = lost(0.0099, [0.001, 0.02], 2000);
    expect(textOf({ ...convolutional, variant: { ...variant, known: close } }, 'accuracy-undecided')).toBe(
      '2,000 samples are too few for a limit of 1 point: too close to decide.',
    );
    const sure = lost(0, [-0.004, 0.004], 5000);
    expect(idsOf({ ...convolutional, variant: { ...variant, weightBits: 8, known: sure } })).toContain('try-4-bits');
  });

  it('trains before it rounds, and goes back by as many bits as there were', () => {
    const known = lost(0.03, [0.02, 0.04], 2000);
    const passes = ['simplify', 'prune-channels', 'quantize-weights'];
    const stepsOf = (facts: Partial<VariantFacts>) => {
      const [first] = advise({ ...convolutional, variant: { ...variant, known, ...facts } });
      return first?.action?.kind === 'run' ? first.action.steps.map(({ pass }) => pass) : undefined;
    };
    expect(stepsOf({ passes, weightBits: 4 })).toEqual(['simplify', 'prune-channels', 'fine-tune', 'quantize-weights']);
    expect(advise({ ...convolutional, variant: { ...variant, known, weightBits: 2 } })[0]).toMatchObject({
      action: { label: 'Keep 4-bit weights', steps: [{}, { options: { bits: '4', blockSize: '32' } }] },
    });
    expect(
      idsOf({ ...convolutional, variant: { ...variant, known: lost(0.03, [0.02, 0.04], 2000, { limit: 0.05 }) } }),
    ).not.toContain('accuracy-lost');
  });

  it('names the benefits of integers without a speedup and asks for measurements first', () => {
    expect(idsOf({ ...convolutional, variant })).toEqual(['measure', 'evaluate']);
    // Outputs that cannot be compared leave a time without a comparison, and another measurement gives no more.
    expect(idsOf({ ...convolutional, variant: { ...variant, medianMs: 4 } })).not.toContain('measure');
    const slow = {
      ...variant,
      passes: ['simplify', 'quantize-static'],
      speed: { provider: 'WASM', verdict: 'slower', ratio: 0.7 },
    } as const;
    expect(textOf({ ...convolutional, variant: slow }, 'int8-pays')).toContain('Channel pruning');
    const fast = { ...slow, speed: { ...slow.speed, verdict: 'faster' } } as const;
    expect(idsOf({ ...convolutional, variant: fast })).toEqual(['evaluate', 'take-it']);
    expect(textOf({ ...convolutional, variant: fast }, 'take-it')).toMatch(/^No problem measured\. A search/);
    const elsewhere = { ...fast, slowerOn: ['WebNN CPU'] };
    expect(textOf({ ...convolutional, variant: elsewhere }, 'take-it')).toMatch(
      /^It is slower on WebNN CPU\. A search/,
    );
    const searched = { ...elsewhere, isSearched: true, known: lost(0, [-0.004, 0.004], 5000) };
    expect(textOf({ ...convolutional, variant: searched }, 'take-it')).toMatch(
      /^It is slower on WebNN CPU\. It is within your limit/,
    );
    expect(idsOf({ ...convolutional, variant: searched, target: { sizeBytes: 50_000 } })).not.toContain('take-it');
    const undecided = { ...slow, speed: { ...slow.speed, verdict: 'undecided' } } as const;
    expect(idsOf({ ...convolutional, variant: undecided })).not.toContain('int8-pays');
    const found = { ...undecided, isSearched: true, known: lost(0, [-0.004, 0.004], 5000) };
    expect(idsOf({ ...convolutional, variant: found })).not.toContain('take-it');
    expect(advise({ ...convolutional, data: null, variant: slow }).find(({ id }) => id === 'int8-pays')).toEqual({
      id: 'int8-pays',
      strength: 'know',
      text: 'int8 is slower than float32 on WASM. Channel pruning makes it faster, and needs your data.',
      action: { kind: 'give-data' },
    });
    const pruned = { ...slow, passes: ['prune-channels', 'quantize-static'] };
    expect(advise({ ...convolutional, variant: pruned }).find(({ id }) => id === 'int8-pays')).toMatchObject({
      text: 'int8 is slower than float32 on WASM: use it for its size, or search for a faster one.',
      action: { kind: 'search' },
    });
    // Stored weights are not meant to be faster.
    const stored = { ...slow, passes: variant.passes, speed: { ...slow.speed, verdict: 'same' } } as const;
    expect(idsOf({ ...convolutional, variant: stored })).not.toContain('int8-pays');
    expect(textOf({ ...convolutional, data: null, variant: { ...slow, passes: variant.passes } }, 'int8-pays')).toBe(
      'It is slower on WASM. Channel pruning makes it faster, and needs your data.',
    );
  });

  it('advises to unpack weights once if products are slower on WASM', () => {
    const speed = { provider: 'WASM', verdict: 'slower', ratio: 0.1 } as const;
    const packed = { ...variant, passes: ['simplify', 'quantize-weights'], speed };
    const weightShares = { convolutions: 0, products: 1, recurrent: 0 };
    const products = { ...convolutional.model, macShares: { convolutions: 0, products: 1 }, weightShares };
    const advice = (facts: Partial<AdvisorFacts>) =>
      advise({ ...convolutional, model: products, ...facts }).find(({ id }) => id === 'int8-pays');
    expect(advice({ variant: packed })).toMatchObject({
      text: expect.stringMatching(/^Its products unpack their weights in every run/) as string,
      action: { steps: [{ pass: 'simplify' }, { pass: 'quantize-weights', options: { form: 'dequantize' } }] },
    });
    const onGpu = { ...packed, speed: { ...speed, provider: 'WebGPU' } };
    expect(advice({ variant: onGpu })?.text).toBe(
      'It is slower on WebGPU: use it for its size, or search for a faster one.',
    );
  });

  it('continues a search that evaluated few recipes', () => {
    const found = {
      ...variant,
      isSearched: true,
      speed: { provider: 'WASM', verdict: 'faster', ratio: 1.3 },
      ...ofOutputs(45),
    } as const;
    const facts = (evaluated: number, left: number): AdvisorFacts => {
      return { ...convolutional, data: { isLabeled: false }, variant: found, unfinished: { evaluated, left } };
    };
    expect(advise(facts(1, 20))[0]).toEqual({
      id: 'continue-search',
      strength: 'do',
      text: 'Only 1 of 21 recipes evaluated: there may be a better one.',
      action: { kind: 'continue-search' },
    });
    expect(idsOf(facts(6, 15))).toEqual(['take-it']);
    expect(idsOf(facts(3, 0))).toEqual(['take-it']);
  });

  it('asks for data, and calls nothing within the limit, after random inputs alone', () => {
    const speed = { provider: 'WASM', verdict: 'faster', ratio: 1.3 } as const;
    const advice = advise({
      ...convolutional,
      data: null,
      variant: { ...variant, speed, ...ofOutputs(23, 'synthetic') },
    });
    expect(advice[0]).toMatchObject({ id: 'give-data', action: { kind: 'give-data' } });
    expect(advice.map(({ text }) => text).join(' ')).not.toMatch(/within|no problem|download/i);
  });

  it('suggests 4 bits after close 8-bit outputs without labels, and names the layers with the weights', () => {
    const near: AdvisorFacts = {
      ...convolutional,
      data: { isLabeled: false },
      variant: {
        ...variant,
        weightBits: 8,
        ...ofOutputs(41.2),
        speed: { provider: 'WASM', verdict: 'same', ratio: 1 },
      },
    };
    expect(textOf(near, 'try-4-bits')).toMatch(
      /^Convolutions hold 92\s?% of the weights, and the output error is 0\.9\s?%\. Try 4-bit weights\.$/,
    );
    expect(idsOf({ ...near, variant: { ...near.variant!, ...ofOutputs(25) } })).toEqual(['take-it']);
  });

  it('never approves deviating outputs if their cost cannot be measured', () => {
    const speed = { provider: 'WASM', verdict: 'faster', ratio: 1.3 } as const;
    const off: AdvisorFacts = { ...convolutional, data: null, variant: { ...variant, speed, ...ofOutputs(12) } };
    expect(advise(off)).toEqual([
      {
        id: 'far-off',
        strength: 'do',
        text: 'Output error 25\u00a0%. Add your data to measure the accuracy.',
        action: { kind: 'give-data' },
      },
    ]);
    expect(advise({ ...off, data: { isLabeled: false } })).toMatchObject([
      { id: 'far-off', action: { kind: 'search' } },
    ]);
    expect(idsOf({ ...off, data: { isLabeled: true } })).toEqual(['evaluate']);
    const told = { ...off.variant!, known: lost(0, [-0.004, 0.004], 5000) };
    expect(idsOf({ ...off, data: { isLabeled: true }, variant: told })).toEqual(['take-it']);
    expect(idsOf({ ...off, variant: { ...off.variant!, ...ofOutputs(30) } })).toEqual(['give-data', 'take-it']);
  });

  it('asks for other samples before it recommends a searched variant, and rejects a refuted one', () => {
    const speed = { provider: 'WASM', verdict: 'faster', ratio: 1.3 } as const;
    const found = { ...variant, isSearched: true, speed };
    const adviceOn = (known: KnownVerdict) => advise({ ...convolutional, variant: { ...found, known } });
    const unchecked = lost(0.002, [-0.012, 0.016], 256, { from: 'search' });
    expect(adviceOn(unchecked)[0]).toMatchObject({ id: 'unconfirmed', action: { kind: 'evaluate' } });
    const refuted = lost(0.012, [-0.002, 0.026], 256, { from: 'search' });
    expect(adviceOn(refuted)[0]).toMatchObject({
      text: '1.2 points lost, limit 1 point. Search for a better recipe.',
      action: { kind: 'search' },
    });
    for (const known of [unchecked, refuted]) expect(adviceOn(known).map(({ id }) => id)).not.toContain('take-it');
    expect(adviceOn(lost(0, [-0.004, 0.004], 5000)).map(({ id }) => id)).toContain('take-it');
  });

  it('does not send a model without float weights to a search', () => {
    const facts = { ...convolutional, variant: { ...variant, isUnchanged: true } };
    expect(advise(facts)[0]).toMatchObject({ id: 'nothing-changed', action: { kind: 'search' } });
    const forest = { ...facts, model: { ...convolutional.model, floatShare: 0 } };
    expect(advise(forest)[0]).not.toHaveProperty('action');
    const speed = { provider: 'WASM', verdict: 'same', ratio: 1 } as const;
    const rid = { ...forest, variant: { ...variant, passes: ['simplify'], speed, ...ofOutputs(300) } };
    expect(advise(rid).map(({ action }) => action)).not.toContainEqual({ kind: 'search' });
  });

  it('sends a quantized or float16 model to restore-float, before and after a recipe that changed nothing', () => {
    const model = { ...convolutional.model, floatShare: 0, isLowPrecision: true } as const;
    const restoring = (...passes: readonly string[]) => ({
      ...{ kind: 'run', label: 'Restore float32' },
      steps: ['restore-float', ...passes].map((pass) => ({ pass })),
    });
    const facts = { ...convolutional, model };
    expect(advise(facts)[0]).toMatchObject({ id: 'restore-float', action: restoring('simplify') });
    const unchangedBy = (...ids: readonly string[]) =>
      variantFacts({
        ...{ sizeBytes: 100_000, isWrong: false, isSearched: false, comparisons: [] },
        passes: ids.map((id) => ({ id, options: {}, changes: [] })),
      });
    const actionAfter = (...ids: readonly string[]) => advise({ ...facts, variant: unchangedBy(...ids) })[0]!.action;
    expect(actionAfter('prune-channels')).toEqual(restoring('prune-channels'));
    expect(actionAfter('restore-float', 'prune-channels')).toEqual({ kind: 'search' });
    const restored = { ...variant, passes: ['restore-float', 'simplify'] };
    expect(advise({ ...facts, variant: restored }).map(({ id }) => id)).not.toContain('restore-float');
  });

  it('asks to check data whose labels contradict the original, and uses no accuracy of it', () => {
    const speed = { provider: 'WASM', verdict: 'faster', ratio: 1.3 } as const;
    const data = { isLabeled: false, isDoubted: true };
    const facts = { ...convolutional, data, variant: { ...variant, speed, ...ofOutputs(45) } };
    expect(advise(facts)).toMatchObject([{ id: 'doubted-data', action: { kind: 'check-data' } }]);
  });

  it('has a short sentence and an action for each state of a variant', () => {
    const speed = { provider: 'WASM', verdict: 'faster', ratio: 1.3 } as const;
    const known = lost(0.001, [-0.002, 0.004], 2000);
    const states: Partial<VariantFacts>[] = [
      {},
      { isUnchanged: true },
      { isWrong: true, speed },
      { speed },
      { speed, ...ofOutputs(12) },
      { speed, known },
      { speed, known: lost(0.03, [0.02, 0.04], 2000) },
    ];
    for (const state of states) {
      const all = advise({ ...convolutional, variant: { ...variant, ...state } });
      expect(all[0]?.action, JSON.stringify(state)).toBeDefined();
      for (const { text } of all) expect(text.length, text).toBeLessThanOrEqual(100);
    }
  });

  it('names a compiled module that is faster than the variant', () => {
    const speed = { provider: 'WASM', verdict: 'faster', ratio: 1.3 } as const;
    const withRatio = (compiledRatio: number, state: Partial<VariantFacts> = {}) =>
      advise({ ...convolutional, compiledRatio, variant: { ...variant, speed, ...state } });
    const found = withRatio(2.3).find(({ id }) => id === 'compiled');
    expect(found).toMatchObject({ action: { kind: 'compile' } });
    expect(found?.text).toBe('2.30× faster as a compiled module, without a runtime.');
    const hasNone = (all: ReturnType<typeof advise>) => all.every(({ id }) => id !== 'compiled');
    expect(hasNone(withRatio(1.31)) && hasNone(withRatio(2.3, { isWrong: true }))).toBe(true);
    expect(idsOf({ ...convolutional, compiledRatio: 2.3 })).toContain('compiled');
  });

  it('says nothing that no fact supports', () => {
    const model = {
      ...convolutional.model,
      macShares: null,
      weightShares: { convolutions: 0, products: 0, recurrent: 0 },
    };
    expect(idsOf({ ...convolutional, model })).toEqual([]);
    expect(idsOf({ ...convolutional, data: null })).toEqual(['give-data']);
  });

  it('names the size of names last, with the recipe that shortens them', () => {
    const speed = { provider: 'WASM', verdict: 'same' as const, ratio: 1 };
    const measured = { ...variant, speed, known: lost(0, [-0.004, 0.004], 5000) };
    const facts: AdvisorFacts = { ...convolutional, variant: { ...measured, namesBytes: 7400 } };
    const last = advise(facts).at(-1);
    expect(last).toMatchObject({
      id: 'short-names',
      strength: 'try',
      text: expect.stringMatching(/^Names take 7.% of this file/),
      action: { steps: [{ pass: 'simplify' }, { pass: 'quantize-weights' }, { pass: 'shorten-names' }] },
    });
    const many = { ...facts, variant: { ...facts.variant!, namesBytes: 21_000 } };
    expect(idsOf(many).indexOf('short-names')).toBeLessThan(idsOf(many).indexOf('take-it'));
    expect(idsOf({ ...convolutional, variant: measured })).not.toContain('short-names');
    expect(idsOf({ ...facts, variant: { ...facts.variant!, isWrong: true } })).not.toContain('short-names');
    const short = { ...facts.variant!, passes: ['simplify', 'shorten-names'] };
    expect(idsOf({ ...facts, variant: short })).not.toContain('short-names');
  });
});
