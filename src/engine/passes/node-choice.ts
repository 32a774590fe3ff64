/** Options of passes that choose nodes. */
export const leftNodes = {
  kind: 'list',
  default: [] as readonly string[],
  label: 'Not these nodes',
  explanation: 'Nodes that stay unchanged.',
  advanced: true,
} as const;

export const takenNodes = {
  kind: 'list',
  default: [] as readonly string[],
  label: 'Only these nodes',
  advanced: true,
} as const;
