/** The whole window takes files, folders and pasted text, on every screen and at any time. */
import { useEffect, useState, type ChangeEvent, type DragEvent, type ReactNode } from 'react';
import { droppedFiles } from '../../platform/dropped-files';
import { isTypingIn } from '../../platform/is-typing-in';
import { takeFiles, takeText } from '../../state/models/intake';
import { notify } from '../../state/window/app-store';
import { FileIcon } from '../components/icons';
import classes from './window.module.css';

function usePaste(): void {
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      if (isTypingIn(event.target)) return;
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) {
        event.preventDefault();
        void takeFiles(files);
      } else if (takeText(event.clipboardData?.getData('text/plain') ?? '')) {
        event.preventDefault();
      }
    };
    window.addEventListener('paste', onPaste);
    return () => window.removeEventListener('paste', onPaste);
  }, []);
}

/** A step of the recipe and selected text can be dragged too. */
function holdsFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer.types.includes('Files');
}

/** Tracks files over the window, and takes them when they are dropped. Inner elements send enter and leave events too. */
function useDroppedFiles() {
  const [isOver, setOver] = useState(false);
  const onDragOver = (event: DragEvent): void => {
    if (!holdsFiles(event)) return;
    // The browser would show the file in place of the page.
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    setOver(true);
  };
  const onDragLeave = (event: DragEvent): void => {
    const isWithin = event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget);
    if (!isWithin) setOver(false);
  };
  const onDrop = (event: DragEvent): void => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    setOver(false);
    void droppedFiles(event).then(takeFiles, () =>
      notify('The dropped files could not be read. Drop them again, or choose them in a dialog.', { kind: 'problem' }),
    );
  };
  return { isOver, handlers: { onDragEnter: onDragOver, onDragOver, onDragLeave, onDrop } };
}

function takeChosen({ currentTarget }: ChangeEvent<HTMLInputElement>): void {
  const files = [...(currentTarget.files ?? [])];
  // The reset allows choosing the same file again.
  currentTarget.value = '';
  void takeFiles(files);
}

export function DropArea({ children }: { readonly children: ReactNode }) {
  usePaste();
  const { isOver, handlers } = useDroppedFiles();
  return (
    <div {...handlers} className={classes.area}>
      <input type="file" multiple hidden aria-label="Choose files" onChange={takeChosen} />
      {children}
      {isOver ? (
        <div className={classes.curtain}>
          <div className={classes.message}>
            <FileIcon />
            <span>Drop a model, data, a recipe or a report</span>
          </div>
        </div>
      ) : null}
    </div>
  );
}
