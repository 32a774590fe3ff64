import { Button } from '@mantine/core';
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
  const isUsed = JSON.stringify(given) === JSON.stringify(inputs);
  return (
    <Banner
      kind="notice"
      actions={
        isUsed ? undefined : (
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => changeMapping((before) => ({ ...before, inputs }), 'proposed-inputs')}
          >
            Feed pixels so
          </Button>
        )
      }
    >
      <p>{message}</p>
      {isUsed ? <p>Pixels are fed so now. Evaluate again to judge by it.</p> : null}
    </Banner>
  );
}

function TaskDoubt({ message, task }: Pick<AccuracyWarning, 'message'> & { readonly task: EvaluationTask }) {
  const isUsed = useWorkspace((state) => state.data?.mapping.task?.kind === task.kind);
  return (
    <Banner
      kind="notice"
      actions={
        isUsed ? undefined : (
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => changeMapping((before) => ({ ...before, task }), 'proposed-task')}
          >
            Judge as yes or no
          </Button>
        )
      }
    >
      <p>{message}</p>
      {isUsed ? <p>This task is set now. Evaluate again to judge by it.</p> : null}
    </Banner>
  );
}

function ClassesDoubt({ warning: { message, classes } }: { readonly warning: AccuracyWarning }) {
  const given = useWorkspace((state) => state.data?.mapping.labels?.classes);
  const isUsed = classes !== undefined && JSON.stringify(given) === JSON.stringify(classes);
  return (
    <Banner
      kind="notice"
      actions={
        classes === undefined || isUsed ? undefined : (
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => changeMapping((before) => withClassOrder(before, classes), 'proposed-classes')}
          >
            Use the order that fits
          </Button>
        )
      }
    >
      <p>{message}</p>
      {classes === undefined || classes.length > mostShown ? null : <p>The order that fits: {classes.join(', ')}.</p>}
      {isUsed ? <p>This order is set now. Evaluate again to judge by it.</p> : null}
    </Banner>
  );
}
