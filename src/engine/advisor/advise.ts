/** Recommends the next step, by rules over measured facts. */
import { findPass } from '../passes/registry';
import type { AdvisedAction, Advice, AdviceRule, AdvisorFacts } from './advice';
import { modelRules } from './model-rules';
import { shipRules, variantRules } from './variant-rules';

/** The most urgent first. */
const rules: readonly AdviceRule[] = [...variantRules, ...modelRules, ...shipRules];

/** Every advice that the facts support, the most urgent first. The same facts give the same advice. */
export function advise(facts: AdvisorFacts): readonly Advice[] {
  return rules.flatMap(({ id, strength, say }) => {
    const content = say(facts);
    if (content === undefined) return [];
    const advice: Advice = { id, strength, ...(typeof content === 'string' ? { text: content } : content) };
    return strength === 'try' && isMade(advice.action, facts) ? [] : [advice];
  });
}

/**
 * Compares the passes that do not only prepare for others. Options that the advice leaves open are those that a person
 * chose.
 */
function isMade(action: Advice['action'], { made = [] }: AdvisorFacts): boolean {
  if (action?.kind !== 'run') return false;
  const steps = action.steps.filter(({ pass }) => isEssential(pass));
  return made.some((passes) => {
    const essential = passes.filter(({ id }) => isEssential(id));
    return essential.length === steps.length && steps.every((step, index) => isDone(step, essential[index]!));
  });
}

const isEssential = (pass: string): boolean => findPass(pass)?.isPreparation !== true;

function isDone(
  { pass, options = {} }: Extract<AdvisedAction, { kind: 'run' }>['steps'][number],
  done: NonNullable<AdvisorFacts['made']>[number][number],
): boolean {
  return (
    done.id === pass &&
    Object.entries(options).every(([name, value]) => JSON.stringify(done.options[name]) === JSON.stringify(value))
  );
}
