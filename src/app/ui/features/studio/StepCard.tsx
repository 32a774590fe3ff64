/** One pass of the recipe: on or off, its options, its place. */
import { ActionIcon, Collapse, Menu, Switch, UnstyledButton, Button, CloseButton } from '@mantine/core';
import { lazy, Suspense, useId, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { Pass } from '../../../../engine/passes/pass';
import { findPass } from '../../../../engine/passes/registry';
import type { RecipeStep } from '../../../../engine/recipe/recipe';
import { notify } from '../../../state/window/app-store';
import { learns, chooseTeacher, removeTeacher } from '../../../state/recipe/teacher-actions';
import { removeStep, resetStepOptions, setStepEnabled } from '../../../state/recipe/recipe-actions';
import { ChevronIcon, GripIcon, MoreIcon } from '../../components/icons';
import { isDefault } from './option-facts';
import { OptionField } from './OptionField';
import { summarizeOptions } from './summarize-options';
import classes from './SidePanel.module.css';
import { useWorkspace } from '../../../state/workspace/use-stores';

const RecipeForecast = lazy(async () => ({ default: (await import('./RecipeForecast')).RecipeForecast }));
const StepPlan = lazy(async () => ({ default: (await import('./StepPlan')).StepPlan }));

export interface StepCardProps {
  readonly step: RecipeStep;
  readonly index: number;
  readonly count: number;
  readonly onMove: (from: number, to: number) => void;
  readonly onDragStart: (index: number, event: PointerEvent<HTMLElement>) => void;
}

export function StepCard({ step, index, count, onMove, onDragStart }: StepCardProps) {
  const [opened, setOpened] = useState(false);
  const bodyId = useId();
  const pass = findPass(step.pass);
  const title = pass?.presentation.title ?? step.pass;
  return (
    <div className={classes.card} data-enabled={step.enabled}>
      <div className={classes.stepHeader}>
        <Handle title={title} index={index} count={count} onMove={onMove} onDragStart={onDragStart} />
        <UnstyledButton
          className={classes.stepTitle}
          aria-expanded={opened}
          aria-controls={bodyId}
          onClick={() => setOpened((open) => !open)}
        >
          <span className={classes.stepName}>{title}</span>
          <span className={classes.chevron} data-open={opened}>
            <ChevronIcon />
          </span>
        </UnstyledButton>
        <Switch
          size="xs"
          checked={step.enabled}
          onChange={(event) => setStepEnabled(index, event.currentTarget.checked)}
          aria-label={`${title}: on`}
        />
        <StepMenu title={title} index={index} count={count} onMove={onMove} />
      </div>
      {opened || pass === undefined ? null : <Summary pass={pass} options={step.options} />}
      <div id={bodyId}>
        <Collapse expanded={opened}>
          {pass === undefined ? <UnknownPass id={step.pass} /> : <Options pass={pass} step={step} index={index} />}
          {opened ? (
            <Suspense fallback={null}>
              <RecipeForecast />
            </Suspense>
          ) : null}
        </Collapse>
      </div>
    </div>
  );
}

function Summary({ pass, options }: { readonly pass: Pass; readonly options: RecipeStep['options'] }) {
  const { text, whole } = summarizeOptions(pass, options);
  if (text === '') return null;
  return (
    <p className={classes.summary} title={whole}>
      {text}
    </p>
  );
}

function UnknownPass({ id }: { readonly id: string }) {
  return <p className={classes.note}>Unknown pass {id}. Remove it, or open the recipe in a newer version of Pareto.</p>;
}

interface OptionsProps {
  readonly pass: Pass;
  readonly step: RecipeStep;
  readonly index: number;
}

function Options({ pass, step, index }: OptionsProps) {
  const all = Object.entries(pass.options);
  const fieldsOf = (options: typeof all) =>
    options.map(([name, spec]) => (
      <OptionField key={name} index={index} name={name} spec={spec} value={step.options[name]} />
    ));
  const advanced = all.filter(([, spec]) => spec.advanced === true);
  const plain = all.filter(([, spec]) => spec.advanced !== true);
  // The amount comes first, and its effect stands right below.
  const before = pass.plan === undefined ? plain.length : 1;
  // Decided once: the fold does not close over an option that is set back to its default.
  const [isOpen] = useState(() => advanced.some(([name, spec]) => !isDefault(spec, step.options[name])));
  return (
    <div className={classes.options}>
      <p className={classes.note}>{pass.presentation.summary}</p>
      {fieldsOf(plain.slice(0, before))}
      {pass.plan === undefined ? null : (
        <Suspense fallback={null}>
          <StepPlan index={index} />
        </Suspense>
      )}
      {fieldsOf(plain.slice(before))}
      {learns(step) ? <TeacherField /> : null}
      {advanced.length === 0 ? null : (
        <details className={classes.advanced} open={isOpen}>
          <summary>More options</summary>
          <div className={classes.fields}>{fieldsOf(advanced)}</div>
        </details>
      )}
    </div>
  );
}

type HandleProps = Omit<StepCardProps, 'step'> & { readonly title: string };

function Handle({ title, index, count, onMove, onDragStart }: HandleProps) {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    onMove(index, index + (event.key === 'ArrowUp' ? -1 : 1));
  };
  return (
    <button
      type="button"
      className={classes.handle}
      data-handle
      aria-label={`Move ${title}, pass ${index + 1} of ${count}: arrow keys`}
      title="Drag, or use the arrow keys"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => onDragStart(index, event)}
    >
      <GripIcon />
    </button>
  );
}

type StepMenuProps = Pick<StepCardProps, 'index' | 'count' | 'onMove'> & { readonly title: string };

function StepMenu({ title, index, count, onMove }: StepMenuProps) {
  const remove = (): void => {
    removeStep(index);
    notify(`${title} removed.`, { undoable: true });
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="ink" aria-label={`More for ${title}`}>
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={index === 0} onClick={() => onMove(index, index - 1)}>
          Move up
        </Menu.Item>
        <Menu.Item disabled={index === count - 1} onClick={() => onMove(index, index + 1)}>
          Move down
        </Menu.Item>
        <Menu.Item onClick={() => resetStepOptions(index)}>Reset options</Menu.Item>
        <Menu.Item onClick={remove}>Remove</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The teacher of a step that trains: the original, or another model that a person chooses. */
function TeacherField() {
  const teacher = useWorkspace((state) => state.teacher);
  const labelId = useId();
  return (
    <div role="group" aria-labelledby={labelId}>
      <p id={labelId} className={classes.optionLabel}>
        Teacher
      </p>
      <div className={classes.teacherRow}>
        <span className={classes.teacherName}>{teacher?.name ?? 'The original'}</span>
        {teacher === null ? null : (
          <CloseButton size="sm" aria-label="Learn from the original" onClick={removeTeacher} />
        )}
        <Button variant="default" size="compact-xs" onClick={() => void chooseTeacher()}>
          Choose a model
        </Button>
      </div>
    </div>
  );
}
