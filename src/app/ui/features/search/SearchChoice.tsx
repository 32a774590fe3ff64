/** Selects the search in view, and removes it. Shows nothing if there is only one. */
import { Button, Group, NativeSelect } from '@mantine/core';
import { nameOfSearch } from '../../../state/workspace/kept-results';
import { removeSearch, showSearch } from '../../../state/search/search-actions';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { CaptionedField } from '../../components/CaptionedField';

export function SearchChoice() {
  const { search, otherSearches } = useWorkspace((state) => ({
    search: state.search,
    otherSearches: state.otherSearches,
  }));
  if (search === null || otherSearches.length === 0) return null;
  const all = [search, ...otherSearches];
  return (
    <Group align="end" gap={12}>
      <CaptionedField caption="Search" note={null}>
        <NativeSelect
          aria-label="Search in view"
          value="0"
          onChange={({ currentTarget }) => {
            const chosen = all[Number(currentTarget.value)];
            if (chosen !== undefined) showSearch(chosen);
          }}
          data={all.map((each, place) => ({ value: String(place), label: nameOfSearch(each) }))}
        />
      </CaptionedField>
      <Button variant="default" onClick={removeSearch}>
        Remove this search
      </Button>
    </Group>
  );
}
