/** Which numbers the table lists. */
import { Button, Checkbox, Popover } from '@mantine/core';
import { ChevronIcon } from '../../components/icons';
import classes from './LayersView.module.css';
import type { MetricColumns } from './use-metric-columns';

export function ColumnMenu({ choices, choose }: Pick<MetricColumns, 'choices' | 'choose'>) {
  return (
    <Popover position="bottom-end" withinPortal trapFocus>
      <Popover.Target>
        <Button variant="default" rightSection={<ChevronIcon />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label="Columns of numbers" className={classes.columns}>
        {choices.map(({ metric, isShown }) => (
          <Checkbox
            key={metric.id}
            label={metric.title}
            description={metric.explanation}
            checked={isShown}
            onChange={(event) => choose(metric.id, event.currentTarget.checked)}
          />
        ))}
      </Popover.Dropdown>
    </Popover>
  );
}
