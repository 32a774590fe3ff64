/** A dialog over the page, with its title and a way out. */
import { Modal, type ModalProps } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './Dialog.module.css';
import { DialogHeading } from './DialogHeading';

interface DialogProps extends Pick<ModalProps, 'size'> {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({ title, size, onClose, children }: DialogProps) {
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      size={size}
      centered
      classNames={{ content: classes.content }}
      attributes={{ content: { 'aria-label': title } }}
    >
      <DialogHeading title={title} onClose={onClose} />
      {children}
    </Modal>
  );
}
