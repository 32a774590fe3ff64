/** Keys as they are drawn on the keyboard. */
import { Fragment } from 'react';
import { shortcutKeys } from '../../commands/shortcut';
import { isMac } from '../../platform/is-mac';
import classes from './Quantity.module.css';

export function ShortcutKeys({ shortcut }: { readonly shortcut: string }) {
  const strokes = shortcutKeys(shortcut, isMac());
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
