import { notify } from '../state/window/app-store';

/** Does something with a part of the application that loads when it is first needed. */
export function performLater<Part>(load: () => Promise<Part>, perform: (part: Part) => unknown): void {
  load().then(perform, () =>
    notify('This part could not be loaded. Check the connection and reload the page; your work is kept.', {
      kind: 'problem',
    }),
  );
}
