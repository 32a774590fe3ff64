import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { DataMapping, EvaluationTask } from '../../../../engine/data/mapping/mapping';
import type { AccuracyWarning } from '../../../../engine/metrics/evaluation';
import { changeMapping } from '../../../state/data/data-actions';
import { withClassOrder } from '../../../state/data/data-classes';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';

/** A longer order is only looked at where it can be edited. */
const mostShown = 20;

/** Why a figure is doubtful, with the task or the order of classes that fits better to be taken over. */
export function AccuracyDoubt({ warning }: { readonly warning: AccuracyWarning }) {
  if (warning.inputs !== undefined) return <PreprocessingDoubt {...warning} inputs={warning.inputs} />;
  return warning.task === undefined ? (
    <ClassesDoubt warning={warning} />
  ) : (
    <TaskDoubt {...warning} task={warning.task} />
  );
}

function PreprocessingDoubt({
  message,
  inputs,
}: Pick<AccuracyWarning, 'message'> & { readonly inputs: DataMapping['inputs'] }) {
  const given = useWorkspace((state) => state.data?.mapping.inputs);
  return (
    <Proposal
      message={message}
      used={JSON.stringify(given) === JSON.stringify(inputs) && 'These settings are in use.'}
      action="Use these settings"
      onTake={() => changeMapping((before) => ({ ...before, inputs }), 'proposed-inputs')}
    />
  );
}

function TaskDoubt({ message, task }: Pick<AccuracyWarning, 'message'> & { readonly task: EvaluationTask }) {
  const isUsed = useWorkspace((state) => state.data?.mapping.task?.kind === task.kind);
  return (
    <Proposal
      message={message}
      used={isUsed && 'This task is in use.'}
      action="Evaluate as yes or no"
      onTake={() => changeMapping((before) => ({ ...before, task }), 'proposed-task')}
    />
  );
}

function ClassesDoubt({ warning: { message, classes } }: { readonly warning: AccuracyWarning }) {
  const given = useWorkspace((state) => state.data?.mapping.labels?.classes);
  const isUsed = classes !== undefined && JSON.stringify(given) === JSON.stringify(classes);
  return (
    <Proposal
      message={message}
      used={isUsed && 'This order is in use.'}
      action="Use the better order"
      onTake={classes && (() => changeMapping((before) => withClassOrder(before, classes), 'proposed-classes'))}
    >
      {classes === undefined || classes.length > mostShown ? null : <p>Better order: {classes.join(', ')}.</p>}
    </Proposal>
  );
}

interface ProposalProps {
  readonly message: string;
  /** What is set, once it is taken. */
  readonly used: string | false;
  readonly action: string;
  /** Absent where there is nothing to take. */
  readonly onTake?: () => void;
  readonly children?: ReactNode;
}

/** What makes a figure doubtful, and the mapping that fits better one click away. */
function Proposal({ message, used, action, onTake, children }: ProposalProps) {
  const take = (
    <Button variant="default" size="compact-sm" onClick={onTake}>
      {action}
    </Button>
  );
  return (
    <Banner kind="notice" actions={onTake === undefined || used !== false ? undefined : take}>
      <p>{message}</p>
      {children}
      {used === false ? null : <p>{used} Evaluate again to apply it.</p>}
    </Banner>
  );
}
