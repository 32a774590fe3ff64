/** A state in words: what happened, and what can be done about it. */
import type { ReactNode } from 'react';
import { InfoIcon, WarningIcon } from './icons';
import classes from './Banner.module.css';

export interface BannerProps {
  readonly kind: 'problem' | 'notice';
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}

export function Banner({ kind, children, actions }: BannerProps) {
  return (
    <div className={classes.banner} data-kind={kind} role={kind === 'problem' ? 'alert' : undefined}>
      <span className={classes.icon}>{kind === 'problem' ? <WarningIcon /> : <InfoIcon />}</span>
      <div className={classes.text}>{children}</div>
      {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
    </div>
  );
}
