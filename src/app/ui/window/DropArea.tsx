/** The whole window takes files, folders and pasted text, on every screen and at any time. */
import { useEffect, type ReactNode } from 'react';
import { useDropzone } from 'react-dropzone';
import { droppedFiles, type FileEvent } from '../../platform/dropped-files';
import { isTypingIn } from '../../platform/is-typing-in';
import { takeFiles, takeText } from '../../state/models/intake';
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

/**
 * Takes files itself, and tells the drop zone of none: it would ask for the size of each, which the browser looks up on the disk one by
 * one, while the page waits. Of a drag it is told what is dragged.
 */
async function takeFromEvent(event: FileEvent): Promise<(File | DataTransferItem)[]> {
  const found = await droppedFiles(event);
  if ('type' in event && event.type.startsWith('drag')) return found;
  void takeFiles(found.filter((each) => each instanceof File));
  return [];
}

export function DropArea({ children }: { readonly children: ReactNode }) {
  usePaste();
  const { getRootProps, getInputProps, isDragActive } = useDropzone({
    noClick: true,
    noKeyboard: true,
    getFilesFromEvent: takeFromEvent,
  });
  const { role: _role, ...rootProps } = getRootProps();
  return (
    <div {...rootProps} className={classes.area}>
      <input {...getInputProps({ 'aria-label': 'Choose files', style: { display: 'none' } })} />
      {children}
      {isDragActive ? (
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
