/** Sentences at the foot of the window. Problems stay until they are read; the rest goes by itself. */
import { ActionIcon, Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { dismissNotice, type Notice } from '../../state/app-store';
import { undo } from '../../state/history';
import { useApp, useWorkspace } from '../../state/use-stores';
import { CloseIcon, WarningIcon } from '../components/icons';
import classes from './Notices.module.css';

const shownMs = 6000;

export function Notices() {
  const notices = useApp((state) => state.notices);
  if (notices.length === 0) return null;
  return (
    <section className={classes.stack} aria-label="Notices">
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function NoticeCard({ notice }: { readonly notice: Notice }) {
  const { id, kind, text } = notice;
  // Undo takes back the last change: once there is a later one, this offer would be for something else.
  const depth = useWorkspace((state) => state.past.length);
  const [offeredAt] = useState(depth);
  const undoable = notice.undoable === true && depth === offeredAt && depth > 0;
  useEffect(() => {
    if (kind === 'problem') return;
    const timer = setTimeout(() => dismissNotice(id), shownMs);
    return () => clearTimeout(timer);
  }, [id, kind]);
  return (
    <div className={classes.notice} data-kind={kind}>
      {kind === 'problem' ? (
        <span className={classes.icon}>
          <WarningIcon />
        </span>
      ) : null}
      <p className={classes.text}>{text}</p>
      {undoable ? (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => {
            undo();
            dismissNotice(id);
          }}
        >
          Undo
        </Button>
      ) : null}
      <ActionIcon variant="subtle" color="ink" aria-label="Dismiss" onClick={() => dismissNotice(id)}>
        <CloseIcon />
      </ActionIcon>
    </div>
  );
}
