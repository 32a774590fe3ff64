import { describe, expect, it } from 'vitest';
import { advise, type AdvisorFacts, type VariantFacts } from './advise';

const convolutional: AdvisorFacts = {
  model: {
    sizeBytes: 450_000,
    macShares: { convolutions: 0.98, products: 0.02 },
    hasConvolutions: true,
    hasProducts: true,
    floatShare: 1,
    largestTable: null,
  },
  data: { isLabelled: true },
};
const variant: VariantFacts = { sizeBytes: 100_000, passes: ['simplify', 'quantize-weights'], isWrong: false };
const idsOf = (facts: AdvisorFacts) => advise(facts).map(({ id }) => id);
const textOf = (facts: AdvisorFacts, id: string) => advise(facts).find((one) => one.id === id)?.text ?? '';

describe('advise', () => {
  it('answers the guide’s question about BERT: four levers, and what each limit still lacks', () => {
    const bert: AdvisorFacts = {
      model: {
        sizeBytes: 440_000_000,
        macShares: { convolutions: 0, products: 0.99 },
        hasConvolutions: false,
        hasProducts: true,
        floatShare: 1,
        largestTable: { path: 'graph/Gather_0', share: 0.34 },
      },
      data: { isLabelled: true },
      target: { sizeBytes: 50_000_000, latencyMs: 20 },
      originalP95Ms: 70,
    };
    expect(idsOf(bert)).toEqual(['goal', 'big-embedding', 'dynamic-or-static', 'distil']);
    expect(textOf(bert, 'goal')).toMatch(/3\.5× faster .* 8\.8× smaller/);
    expect(textOf(bert, 'distil')).toContain('cache');
    const asInTheGuide = { ...bert, variant: { ...variant, sizeBytes: 65_000_000, p95Ms: 18 } };
    expect(textOf(asInTheGuide, 'goal')).toMatch(/18\.0\sms is within 20\.0\sms; it must get 1\.3× smaller/);
  });

  it('begins with what is wrong, and with what was lost beyond doubt', () => {
    expect(idsOf({ ...convolutional, variant: { ...variant, isWrong: true } })[0]).toBe('wrong-outputs');
    const pruned = {
      ...variant,
      passes: ['simplify', 'prune-channels'],
      loss: { value: 0.03, least: 0.02, most: 0.04, samples: 2000 },
    };
    const [first] = advise({ ...convolutional, variant: pruned });
    expect(first).toMatchObject({
      id: 'accuracy-lost',
      strength: 'do',
      action: { kind: 'run', steps: [{ pass: 'simplify' }, { pass: 'prune-channels' }, { pass: 'fine-tune' }] },
    });
    const inFour = { ...variant, weightBits: 4, loss: pruned.loss };
    expect(advise({ ...convolutional, variant: inFour })[0]).toMatchObject({
      action: { kind: 'run', steps: [{ pass: 'simplify' }, { pass: 'quantize-weights', options: { bits: '8' } }] },
    });
  });

  it('says how many samples would tell, where these cannot', () => {
    const loss = { value: 0.005, least: -0.005, most: 0.015, samples: 1000 };
    expect(textOf({ ...convolutional, variant: { ...variant, loss } }, 'accuracy-undecided')).toContain(
      'About 4,000 samples',
    );
    const sure = { value: 0, least: -0.004, most: 0.004, samples: 5000 };
    expect(idsOf({ ...convolutional, variant: { ...variant, weightBits: 8, loss: sure } })).toContain('try-4-bits');
    const none = { value: 0, least: -0.004, most: 0.004, samples: 5000 };
    expect(idsOf({ ...convolutional, variant: { ...variant, loss: none } })).toEqual(['measure']);
  });

  it('says for what integers are good where they bring no speed, and asks for the measurement before', () => {
    expect(idsOf({ ...convolutional, variant })).toEqual(['measure']);
    const speed = { provider: 'WASM', verdict: 'slower', ratio: 0.7 } as const;
    expect(textOf({ ...convolutional, variant: { ...variant, speed } }, 'int8-pays')).toContain('Removing channels');
    expect(idsOf({ ...convolutional, variant: { ...variant, speed: { ...speed, verdict: 'faster' } } })).toEqual([]);
  });

  it('says nothing that no fact supports', () => {
    expect(idsOf({ ...convolutional, model: { ...convolutional.model, macShares: null } })).toEqual([]);
    expect(idsOf({ ...convolutional, data: null })).toEqual(['give-data']);
  });
});
