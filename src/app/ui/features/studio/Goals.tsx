/**
 * Goals in the words of a person, each a card for this model: size, speed and time before it runs. One click makes the variant and
 * measures it.
 */
import { UnstyledButton } from '@mantine/core';
import { presetById } from '../../../../engine/recipe/presets';
import { followGoal } from '../../../commands/follow-goal';
import { useGoalPromises, type PromisedGoal } from '../../../state/recipe/goal-promises';
import classes from './SidePanel.module.css';

export function Goals({ isWide = false }: { readonly isWide?: boolean }) {
  const goals = useGoalPromises();
  const [time, ...others] = new Set(goals.flatMap(({ promise }) => (promise.idle === undefined ? promise.time : [])));
  // Beside a result, a time of all goals is stated once.
  const ofAll = isWide || others.length > 0 ? undefined : time;
  return (
    <section aria-labelledby="goals-title">
      <h2 className={isWide ? 'visually-hidden' : classes.heading}>
        <span id="goals-title">Goals</span>
        {ofAll === undefined ? '' : `, each ${ofAll}`}
      </h2>
      <ul className={classes.goals} data-wide={isWide}>
        {goals.map((goal) => (
          <li key={goal.id}>
            <GoalCard goal={goal} isWide={isWide} isTimed={ofAll === undefined} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const sources = {
  measured: 'Speed measured on this device with other models of this kind.',
  estimate: 'Upper limit of the speed, from the work that is left.',
  usual: 'Speed that this recipe usually has.',
  search: 'Variants are made and timed here. The fastest within the limit is kept.',
} as const;

interface GoalCardProps {
  readonly goal: PromisedGoal;
  readonly isWide: boolean;
  /** The card states its time. */
  readonly isTimed: boolean;
}

function GoalCard({ goal, isWide, isTimed }: GoalCardProps) {
  const { id, title, preset, reason, promise } = goal;
  const { size, speed, basis, time, safer, idle } = promise;
  const speedText = basis === 'measured' ? `${speed}, measured here` : speed;
  return (
    <UnstyledButton
      className={classes.goal}
      data-testid="goal-card"
      title={basis === 'search' ? sources.search : `${reason} ${sources[basis]}`}
      onClick={() => followGoal(id)}
      data-idle={idle !== undefined}
    >
      <span className={classes.goalsTitle}>{title}</span>
      {idle === undefined ? (
        <>
          <span className={classes.promise}>{[...(size === undefined ? [] : [size]), speedText].join(' · ')}</span>
          {isTimed ? (
            <span className={classes.reason}>
              {isWide ? `${basis === 'search' ? 'Search' : presetById(preset).title} · ${time}` : time}
            </span>
          ) : null}
          {safer === undefined ? null : <span className={classes.reason}>{safer}, if outputs change too much</span>}
        </>
      ) : (
        <span className={classes.reason}>Nothing to gain here. {idle}</span>
      )}
    </UnstyledButton>
  );
}
