import { Button, Group, Modal } from '@mantine/core';
import { answerQuestion } from '../../state/window/app-store';
import { useApp } from '../../state/workspace/use-stores';
import { DialogHeading } from '../components/DialogHeading';
import classes from './dialogs.module.css';

/** Asks before work is replaced. Everything else can be undone and asks nothing. */
export function QuestionDialog() {
  const question = useApp((state) => state.question);
  if (question === null) return null;
  return (
    <Modal
      opened
      onClose={() => answerQuestion(false)}
      withCloseButton={false}
      centered
      classNames={{ content: classes.content }}
      attributes={{ content: { 'aria-label': question.title } }}
    >
      <DialogHeading title={question.title} onClose={() => answerQuestion(false)} />
      <p>{question.text}</p>
      <Group justify="flex-end" gap={8} mt={24}>
        <Button variant="default" onClick={() => answerQuestion(false)}>
          Keep working
        </Button>
        {question.other === undefined ? null : (
          <Button variant="default" onClick={() => answerQuestion('other')}>
            {question.other.label}
          </Button>
        )}
        <Button data-autofocus onClick={() => answerQuestion(true)}>
          {question.confirmLabel}
        </Button>
      </Group>
    </Modal>
  );
}
