/** What to do next, by rules over facts that were measured. */
import type { Advice, AdviceRule, AdvisorFacts } from './advice';
import { modelRules } from './model-rules';
import { shipRules, variantRules } from './variant-rules';

/** The most urgent first. */
const rules: readonly AdviceRule[] = [...variantRules, ...modelRules, ...shipRules];

/** Every advice that the facts support, the most urgent first. The same facts give the same advice. */
export function advise(facts: AdvisorFacts): readonly Advice[] {
  return rules.flatMap(({ id, strength, say }) => {
    const said = say(facts);
    if (said === undefined) return [];
    const advice: Advice = { id, strength, ...(typeof said === 'string' ? { text: said } : said) };
    return strength === 'try' && isMade(advice.action, facts) ? [] : [advice];
  });
}

/** Options that the advice leaves open are those that a person chose. */
function isMade(action: Advice['action'], { made = [] }: AdvisorFacts): boolean {
  if (action?.kind !== 'run') return false;
  const { steps } = action;
  return made.some(
    (passes) =>
      passes.length === steps.length &&
      steps.every(({ pass, options = {} }, index) => {
        const { id, options: own } = passes[index]!;
        return (
          id === pass &&
          Object.entries(options).every(([name, value]) => JSON.stringify(own[name]) === JSON.stringify(value))
        );
      }),
  );
}
