/** Properties that the axes of all charts share. */

export const tick = { fill: 'var(--text-muted)', fontSize: 12 };

/** The axis along the bottom of a chart. */
export const bottomAxis = { tick, axisLine: { stroke: 'var(--border-control)' }, tickLine: false, height: 24 } as const;

/** The axis at the side of a chart. Its width depends on its labels. */
export const sideAxis = { tick, axisLine: false, tickLine: false } as const;
