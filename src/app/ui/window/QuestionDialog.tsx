import { Button, Group } from '@mantine/core';
import { answerQuestion } from '../../state/window/app-store';
import { useApp } from '../../state/workspace/use-stores';
import { Dialog } from '../components/Dialog';

/** Asks before work is replaced. Everything else can be undone and asks nothing. */
export function QuestionDialog() {
  const question = useApp((state) => state.question);
  if (question === null) return null;
  return (
    <Dialog title={question.title} onClose={() => answerQuestion(false)}>
      <p>{question.text}</p>
      <Group justify="flex-end" gap={8} mt={24}>
        {question.other === undefined ? (
          <Button variant="default" onClick={() => answerQuestion(false)}>
            Keep working
          </Button>
        ) : (
          <Button variant="default" onClick={() => answerQuestion('other')}>
            {question.other.label}
          </Button>
        )}
        <Button data-autofocus onClick={() => answerQuestion(true)}>
          {question.confirmLabel}
        </Button>
      </Group>
    </Dialog>
  );
}
