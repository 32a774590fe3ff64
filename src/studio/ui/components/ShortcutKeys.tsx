/** Keys as they are drawn on the keyboard. */
import { Fragment } from 'react';
import { shortcutKeys } from '../../commands/shortcut';
import classes from './ShortcutKeys.module.css';

export function ShortcutKeys({ shortcut, isMac }: { readonly shortcut: string; readonly isMac: boolean }) {
  const strokes = shortcutKeys(shortcut, isMac);
  return (
    <span className={classes.shortcut}>
      {strokes.map((keys, index) => (
        <Fragment key={keys.join('+')}>
          {index > 0 ? <span className={classes.then}>then</span> : null}
          {keys.map((key) => (
            <kbd key={key} className={classes.key}>
              {key}
            </kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
