/** The icons of the interface: 16 px, drawn with the text's color. Hidden from screen readers: the control beside them has a name. */
import type { ReactNode } from 'react';

function icon(paths: ReactNode, label: string): () => ReactNode {
  const Icon = (): ReactNode => (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {paths}
    </svg>
  );
  Icon.displayName = label;
  return Icon;
}

export const UndoIcon = icon(<path d="M5.5 3 2.5 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6" />, 'UndoIcon');
export const RedoIcon = icon(<path d="m10.5 3 3 3-3 3M13 6H6.5a3.5 3.5 0 0 0 0 7H10" />, 'RedoIcon');
export const SunIcon = icon(
  <>
    <circle cx="8" cy="8" r="2.75" />
    <path d="M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7" />
  </>,
  'SunIcon',
);
export const MoonIcon = icon(<path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z" />, 'MoonIcon');
export const SearchIcon = icon(
  <>
    <circle cx="7" cy="7" r="4.5" />
    <path d="m10.5 10.5 3 3" />
  </>,
  'SearchIcon',
);
export const CloseIcon = icon(<path d="m4 4 8 8M12 4l-8 8" />, 'CloseIcon');
export const PlusIcon = icon(<path d="M8 3v10M3 8h10" />, 'PlusIcon');
export const CheckIcon = icon(<path d="m3 8.5 3.2 3L13 4.5" />, 'CheckIcon');
export const WarningIcon = icon(<path d="M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1" />, 'WarningIcon');
export const InfoIcon = icon(
  <>
    <circle cx="8" cy="8" r="6" />
    <path d="M8 7.3v3.7M8 5v.1" />
  </>,
  'InfoIcon',
);
export const MoreIcon = icon(
  <>
    <circle cx="3.5" cy="8" r=".6" />
    <circle cx="8" cy="8" r=".6" />
    <circle cx="12.5" cy="8" r=".6" />
  </>,
  'MoreIcon',
);
export const GripIcon = icon(
  <>
    <circle cx="6" cy="4" r=".5" />
    <circle cx="10" cy="4" r=".5" />
    <circle cx="6" cy="8" r=".5" />
    <circle cx="10" cy="8" r=".5" />
    <circle cx="6" cy="12" r=".5" />
    <circle cx="10" cy="12" r=".5" />
  </>,
  'GripIcon',
);
export const ChevronIcon = icon(<path d="m4 6 4 4 4-4" />, 'ChevronIcon');
export const RecipeIcon = icon(
  <path d="M2.5 4h6M11.5 4h2M2.5 12h2M7.5 12h6M8.5 2.5v3M7.5 10.5v3M4.5 10.5v3M11.5 2.5v3" />,
  'RecipeIcon',
);
export const FileIcon = icon(
  <path d="M9 1.75H4a1 1 0 0 0-1 1v10.5a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1v-7.5zM9 1.75v4h4" />,
  'FileIcon',
);
export const DownloadIcon = icon(<path d="M8 2.5v8M4.75 7.5 8 10.75 11.25 7.5M2.75 13.5h10.5" />, 'DownloadIcon');
export const LinkIcon = icon(
  <path d="M6.5 9.5a3 3 0 0 0 4.2 0l2.1-2.1a3 3 0 0 0-4.2-4.2l-.9.9M9.5 6.5a3 3 0 0 0-4.2 0L3.2 8.6a3 3 0 0 0 4.2 4.2l.9-.9" />,
  'LinkIcon',
);
export const LockIcon = icon(
  <>
    <rect x="3" y="7" width="10" height="6.5" rx="1.5" />
    <path d="M5.25 7V5a2.75 2.75 0 0 1 5.5 0v2" />
  </>,
  'LockIcon',
);
export const OfflineIcon = icon(
  <path d="M2 2l12 12M4.2 8.2a6 6 0 0 1 2-1.3M11.8 8.2a6 6 0 0 0-2.9-1.7M6.2 10.4a3 3 0 0 1 3.4-.1M8 12.7v.1" />,
  'OfflineIcon',
);
