/** Sentences above the actions: what can be done next stands at the head of a screen, and in its last row. They go by themselves, though not while being read or used. */
import { ActionIcon, Button, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { dismissNotice, type Notice } from '../../state/window/app-store';
import { undo } from '../../state/workspace/history';
import { useApp, useWorkspace } from '../../state/workspace/use-stores';
import { CloseIcon, WarningIcon } from '../components/icons';
import classes from './window.module.css';

const shownMs = { info: 6_000, problem: 20_000 } as const;

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
  const { id, kind, text, toCopy } = notice;
  // Undo takes back the last change: once there is a later one, this offer would be for something else.
  const depth = useWorkspace((state) => state.past.length);
  const [offeredAt] = useState(depth);
  const undoable = notice.undoable === true && depth === offeredAt && depth > 0;
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld || toCopy !== undefined) return;
    const timer = setTimeout(() => dismissNotice(id), shownMs[kind]);
    return () => clearTimeout(timer);
  }, [id, kind, isHeld, toCopy]);
  return (
    <div
      className={classes.notice}
      data-kind={kind}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
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
      {toCopy === undefined ? null : (
        <TextInput
          className={classes.toCopy}
          aria-label="Link to copy"
          value={toCopy}
          readOnly
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
      <ActionIcon variant="subtle" color="ink" aria-label="Dismiss" onClick={() => dismissNotice(id)}>
        <CloseIcon />
      </ActionIcon>
    </div>
  );
}
