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
    return [{ id, strength, ...(typeof said === 'string' ? { text: said } : said) }];
  });
}
