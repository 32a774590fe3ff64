/** What a person wants, in three words, and what it may cost. As it stands it is a good first search: one click starts it. */
import { Button, NativeSelect, NumberInput, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { formatCounted } from '../../../../engine/format';
import { usualGoal, type SearchObjective } from '../../../../engine/search/search-goal';
import { findBest, isDataMissing, type ChosenGoal } from '../../../state/search/search-actions';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CaptionedField } from '../../components/CaptionedField';
import { LossSelect } from '../../components/LossSelect';
import classes from './SearchView.module.css';

const objectives: readonly { readonly value: SearchObjective; readonly label: string }[] = [
  { value: 'size', label: 'Smaller' },
  { value: 'latency', label: 'Faster here' },
  { value: 'accuracy', label: 'Same answers' },
];

const budgets = [usualGoal.budgetMs, 300_000, 900_000];
const timeOf = (budgetMs: number): string => formatCounted(budgetMs / 60_000, 'minute');

/** Limits beside the loss, and the time for everything. */
type Bounds = Pick<ChosenGoal, 'sizeBytes' | 'latencyMs'> & Required<Pick<ChosenGoal, 'budgetMs'>>;

export function GoalForm({ isFirst }: { readonly isFirst: boolean }) {
  const [objective, setObjective] = useState<SearchObjective>(usualGoal.objective);
  const [accuracyLoss, setAccuracyLoss] = useState(usualGoal.limits.accuracyLoss);
  const [bounds, setBounds] = useState<Bounds>({ budgetMs: usualGoal.budgetMs });
  const data = useWorkspace((state) => state.data);
  const isMissing = useWorkspace(isDataMissing);
  const isIdle = useJob((state) => state.jobs.length === 0);
  // Of a variant the next step is another.
  const isNext = useWorkspace((state) => selectPrimaryAction(state) === 'find') && isFirst;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        void findBest({ objective, accuracyLoss, ...bounds });
      }}
    >
      <CaptionedField caption={<span id="search-objective">Look for</span>} note={null}>
        <SegmentedControl
          aria-labelledby="search-objective"
          data={[...objectives]}
          value={objective}
          onChange={(value) => setObjective(value as SearchObjective)}
        />
      </CaptionedField>
      {data === null ? null : <LossSelect value={accuracyLoss} onChange={setAccuracyLoss} />}
      <Button type="submit" variant={isNext ? 'filled' : 'default'} disabled={!isIdle || isMissing}>
        {isFirst ? 'Start' : 'Search again'}
      </Button>
      <p className={classes.note}>
        {isMissing
          ? 'The data was too large to be kept: give its files again on the Data screen.'
          : explain(data, bounds)}
      </p>
      <MoreLimits bounds={bounds} onChange={setBounds} />
    </form>
  );
}

/** What few ask for: folded, and without a limit as it stands. */
function MoreLimits({ bounds, onChange }: { readonly bounds: Bounds; readonly onChange: (bounds: Bounds) => void }) {
  return (
    <details className={classes.more}>
      <summary>More limits</summary>
      <div className={classes.limits}>
        <Limit
          caption="File at most"
          unit="MB"
          onChange={(value) => onChange({ ...bounds, sizeBytes: value && value * 1e6 })}
        />
        <Limit caption="WASM run at most" unit="ms" onChange={(value) => onChange({ ...bounds, latencyMs: value })} />
        <CaptionedField caption="Time" note={null}>
          <NativeSelect
            aria-label="Time"
            value={String(bounds.budgetMs)}
            onChange={({ currentTarget }) => onChange({ ...bounds, budgetMs: Number(currentTarget.value) })}
            data={budgets.map((each) => ({ value: String(each), label: timeOf(each) }))}
          />
        </CaptionedField>
      </div>
    </details>
  );
}

interface LimitProps {
  readonly caption: string;
  readonly unit: string;
  /** Without a number above 0 there is no limit. */
  readonly onChange: (value: number | undefined) => void;
}

function Limit({ caption, unit, onChange }: LimitProps) {
  // Of a number that is half typed, as `1.`, the point must stay.
  const [typed, setTyped] = useState<number | string>('');
  const valueOf = (text: number | string) => (Number(text) > 0 ? Number(text) : undefined);
  return (
    <CaptionedField caption={caption} note={null}>
      <NumberInput
        aria-label={`${caption}, ${unit}`}
        placeholder="any"
        suffix={` ${unit}`}
        hideControls
        allowNegative={false}
        w={110}
        value={typed}
        onChange={(next) => {
          setTyped(next);
          onChange(valueOf(next));
        }}
        onBlur={() => setTyped(valueOf(typed) ?? '')}
      />
    </CaptionedField>
  );
}

function explain(
  data: { readonly mapping: { readonly labels: unknown } } | null,
  { budgetMs }: Pick<Bounds, 'budgetMs'>,
): string {
  const tries = `Takes at most ${timeOf(budgetMs)}.`;
  if (data === null) {
    return `${tries} Without data only outputs are compared, on inputs that are made up.`;
  }
  const judged = data.mapping.labels === null ? 'how many answers stay the same' : 'accuracy';
  return `${tries} One part of your data chooses by ${judged}, another checks it.`;
}
