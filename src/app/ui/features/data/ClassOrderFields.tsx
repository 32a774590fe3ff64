/** Which class of the model each label stands for: the names in the order of the outputs, to be moved, typed or read from a file. */
import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatCount, formatFirst } from '../../../../engine/format';
import type { EvaluationTask } from '../../../../engine/data/mapping/mapping';
import { changeMapping } from '../../../state/data/data-actions';
import { withClassOrder, type ClassOrder } from '../../../state/data/data-classes';
import { ClassList } from './ClassList';
import { ClassListEditor } from './ClassListEditor';
import classes from './ClassOrderFields.module.css';
import { FieldProblem } from './FieldProblem';
import editor from './MappingEditor.module.css';

interface ClassOrderFieldsProps {
  readonly order: ClassOrder;
  readonly task: EvaluationTask | undefined;
  /** Names of the data's own classes, by which a file is read. */
  readonly known: readonly string[];
}

/** A longer list is edited as text: nobody moves a class up nine hundred places. */
const mostMovable = 200;
/** Of missing classes so many are named. */
const mostNamed = 5;

function changeOrder(order: readonly string[] | null): void {
  changeMapping((before) => withClassOrder(before, order), 'classes');
}

export function ClassOrderFields({ order, task, known }: ClassOrderFieldsProps) {
  const [edited, setEdited] = useState(false);
  const { names, isGiven, missing, areOnlyNames } = order;
  // Yes or no by numbers: which is yes says all, and there is nothing to order.
  if (task?.kind === 'binary' && names === null) return <PositiveLabel task={task} />;
  return (
    <div className={classes.order} role="group" aria-label="Class order">
      <h4 className={classes.heading}>
        Class order
        {names === null ? null : <span className={editor.note}>{formatCount(names.length)} classes</span>}
      </h4>
      {task?.kind === 'binary' && task.positive !== undefined ? null : (
        <p className={editor.note}>{explanationOf(order)}</p>
      )}
      {missing.length === 0 ? null : <FieldProblem problem={missingSentence(missing)} />}
      {names === null || edited || names.length > mostMovable ? null : (
        <ClassList names={names} onChange={areOnlyNames ? null : changeOrder} />
      )}
      {edited ? (
        <ClassListEditor
          names={names ?? []}
          known={known}
          onUse={(next) => {
            changeOrder(next);
            setEdited(false);
          }}
          onCancel={() => setEdited(false)}
        />
      ) : (
        <OrderButtons order={order} onEdit={() => setEdited(true)} />
      )}
      {isGiven && edited ? null : <PositiveClass task={task} names={names} />}
    </div>
  );
}

function explanationOf({ names, isGiven, isDeclared, areOnlyNames, areUnknownTexts, isYesOrNo }: ClassOrder): string {
  if (names === null && areUnknownTexts)
    return 'Labels are texts, and too many different ones to be the classes by themselves. List the classes, output 0 first.';
  if (names === null)
    return 'Labels are numbers: label 0 is the model’s output 0. List the classes where they start at another number, or to name them.';
  if (areOnlyNames) return 'Labels are numbers: label 0 is the model’s output 0, and these are the names.';
  const whose = isGiven
    ? 'As the mapping lists them'
    : isDeclared
      ? 'The data’s own, as it numbers its classes'
      : 'The data’s own, sorted by name';
  const isSorted = !isGiven && !isDeclared;
  const advice = isSorted ? ' A model that was trained with another order is judged wrongly.' : '';
  const meaning = isYesOrNo ? 'the first is no, the second is yes' : 'the first is the model’s output 0';
  return `${whose}: ${meaning}.${advice}`;
}

function missingSentence(missing: readonly string[]): string {
  const quoted = missing.map((name) => `“${name}”`);
  const all = formatFirst(quoted, mostNamed);
  return `${all} ${missing.length === 1 ? 'is' : 'are'} not in the list: samples of ${missing.length === 1 ? 'this class' : 'these classes'} are skipped and counted.`;
}

interface OrderButtonsProps {
  readonly order: ClassOrder;
  readonly onEdit: () => void;
}

function OrderButtons({ order: { names, isGiven, areOnlyNames, byNumber }, onEdit }: OrderButtonsProps) {
  return (
    <div className={classes.buttons}>
      {names === null || areOnlyNames ? null : (
        <Button variant="default" size="compact-sm" onClick={() => changeOrder(names.toReversed())}>
          {names.length === 2 ? 'Swap the classes' : 'Reverse'}
        </Button>
      )}
      {byNumber === null ? null : (
        <Button variant="default" size="compact-sm" onClick={() => changeOrder(byNumber)}>
          Sort by number
        </Button>
      )}
      <Button variant="default" size="compact-sm" onClick={onEdit}>
        {names === null ? 'List the classes' : 'Edit as text or from a file'}
      </Button>
      {isGiven ? (
        <Button variant="subtle" size="compact-sm" onClick={() => changeOrder(null)}>
          Back to the data’s order
        </Button>
      ) : null}
    </div>
  );
}

interface PositiveClassProps {
  readonly task: EvaluationTask | undefined;
  readonly names: readonly string[] | null;
}

type BinaryTask = Extract<EvaluationTask, { readonly kind: 'binary' }>;

/** Where labels are numbers without names: the one that is yes. */
function PositiveLabel({ task }: { readonly task: BinaryTask }) {
  return (
    <TextInput
      label="Yes means label"
      description="All other labels are no."
      placeholder="1"
      maxLength={60}
      value={task.positive ?? ''}
      onChange={({ currentTarget: { value } }) => {
        const { positive: _before, ...rest } = task;
        const next: BinaryTask = value.trim() === '' ? rest : { ...rest, positive: value.trim() };
        changeMapping((before) => ({ ...before, task: next }), 'positive');
      }}
    />
  );
}

/** Of an output that says yes or no. */
function PositiveClass({ task, names }: PositiveClassProps) {
  if (task?.kind !== 'binary' || names === null) return null;
  return (
    <Select
      label="Yes means"
      description="All other classes are no."
      data={[...names]}
      value={task.positive ?? names[1] ?? null}
      onChange={(positive) =>
        positive !== null && changeMapping((before) => ({ ...before, task: { ...task, positive } }), 'positive')
      }
      allowDeselect={false}
      searchable={names.length > 10}
    />
  );
}
